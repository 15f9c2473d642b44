#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sdk/conformance/case.h"

namespace quayside::conformance {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

// Name -> in a runner.
std::map<std::string, bool> CasesOfAShop() {
  Bundle bundle;
  pb::Contract& contract = *bundle.manifest.add_contracts();
  contract.set_id("order_sync/1");
  contract.add_methods("pull");
  std::map<std::string, bool> names;
  for (const Case& one : AllCases(bundle))
    EXPECT_TRUE(names.emplace(one.name, one.isolated).second) << one.name << " twice";
  return names;
}

TEST(Catalogue, WhatAPluginAnswers_IsTriedInBothModes) {
  const auto names = CasesOfAShop();
  for (const char* name : {"calls/random order_sync/1 pull", "pages/resume order_sync/1 pull", "upgrade/garbage",
                           "hostile/answers", "library/unknown_names"}) {
    EXPECT_THAT(names, AllOf(Contains(Pair(name, false)), Contains(Pair(std::string(name) + " (isolated)", true))));
  }
}

TEST(Catalogue, WhatALibraryDoesToItsProcess_IsTriedInTheCasesOwn) {
  const auto names = CasesOfAShop();
  for (const char* name : {"static/file", "library/opens", "instance/thousand", "unload/cycles"}) {
    EXPECT_THAT(names, AllOf(Contains(Pair(name, false)), Not(Contains(Key(std::string(name) + " (isolated)")))));
  }
}

TEST(Catalogue, ContractsThatAreNotDeclared_HaveNoCases) {
  for (const auto& [name, isolated] : CasesOfAShop()) EXPECT_EQ(name.find("despatch"), std::string::npos) << name;
}

}  // namespace
}  // namespace quayside::conformance
