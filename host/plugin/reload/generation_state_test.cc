#include "host/plugin/reload/generation_state.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace quayside {
namespace {

using S = GenerationState;

constexpr S kAll[] = {S::kVerified, S::kLoaded,   S::kProbed,     S::kCanary,      S::kActive, S::kDraining, S::kWarm,
                      S::kUnloaded, S::kRejected, S::kRolledBack, S::kQuarantined, S::kWedged, S::kLeaked};

std::set<S> Followers(S from) {
  std::set<S> found;
  for (const S to : kAll) {
    if (MayFollow(from, to)) found.insert(to);
  }
  return found;
}

TEST(GenerationState, TheStraightWay_LeadsFromVerifiedToUnloaded) {
  const std::vector<S> way = {S::kVerified, S::kLoaded,   S::kProbed, S::kCanary,
                              S::kActive,   S::kDraining, S::kWarm,   S::kUnloaded};
  for (size_t i = 0; i + 1 < way.size(); ++i) EXPECT_TRUE(MayFollow(way[i], way[i + 1])) << StateName(way[i]);
}

TEST(GenerationState, NothingFollowsTheEnd) {
  EXPECT_TRUE(Followers(S::kUnloaded).empty());
  EXPECT_TRUE(Followers(S::kLeaked).empty());
}

TEST(GenerationState, NoStateFollowsItself) {
  for (const S state : kAll) EXPECT_FALSE(MayFollow(state, state)) << StateName(state);
}

TEST(GenerationState, WhatALaneNeverSaw_IsRejected_WhatOneSaw_IsRolledBack) {
  for (const S state : {S::kVerified, S::kLoaded, S::kProbed}) {
    EXPECT_TRUE(MayFollow(state, S::kRejected)) << StateName(state);
    EXPECT_FALSE(MayFollow(state, S::kRolledBack)) << StateName(state);
  }
  for (const S state : {S::kCanary, S::kActive}) {
    EXPECT_FALSE(MayFollow(state, S::kRejected)) << StateName(state);
    EXPECT_TRUE(MayFollow(state, S::kRolledBack)) << StateName(state);
  }
}

TEST(GenerationState, OnlyWarmIsGoneBackTo) {
  for (const S state : kAll) {
    const bool forward = state == S::kProbed || state == S::kCanary;
    EXPECT_EQ(MayFollow(state, S::kActive), forward || state == S::kWarm) << StateName(state);
  }
}

TEST(GenerationState, AWedgedOneNeverWorksAgain) {
  EXPECT_EQ(Followers(S::kWedged), (std::set<S>{S::kLeaked, S::kUnloaded}));
}

TEST(GenerationState, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (const S state : kAll) names.insert(StateName(state));
  EXPECT_EQ(names.size(), std::size(kAll));
}

}  // namespace
}  // namespace quayside
