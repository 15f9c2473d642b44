#include "host/sync/lane_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace quayside {
namespace {

// One is a prefix of another, one holds the name of a job: whatever people choose.
constexpr const char* kIds[] = {"shop", "shop-2", "uk", "orders", "listings"};

TEST(Jobs, AreAllListed) {
  for (int number = 0; number < 100; ++number) {
    const Job job = static_cast<Job>(number);
    const bool listed = std::find(std::begin(kJobs), std::end(kJobs), job) != std::end(kJobs);
    EXPECT_EQ(listed, JobName(job) != "unknown") << number;
    EXPECT_EQ(listed, !ContractOf(job).empty()) << number;
  }
}

TEST(LaneId, NoTwoLanesShareOne_WhateverAccountsAndChannelsAreCalled) {
  std::set<std::string> ids;
  size_t made = 0;
  for (const char* account : kIds) {
    for (const Job job : kJobs) {
      ids.insert(AccountLaneId(account, job));
      ++made;
      for (const char* channel : kIds) {
        ids.insert(ChannelLaneId(account, channel, job));
        ++made;
      }
    }
  }
  EXPECT_EQ(ids.size(), made);
}

TEST(LaneId, BeginsWithThePrefixOfItsAccount_AndOfNoOther) {
  for (const char* account : kIds) {
    for (const char* other : kIds) {
      const bool same = std::string_view(account) == other;
      EXPECT_EQ(AccountLaneId(account, Job::kOrders).starts_with(LaneIdPrefix(other)), same);
      EXPECT_EQ(ChannelLaneId(account, "uk", Job::kListings).starts_with(LaneIdPrefix(other)), same);
    }
  }
}

}  // namespace
}  // namespace quayside
