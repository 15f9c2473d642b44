#include "host/plugin/version_order.h"

#include <gtest/gtest.h>

#include <vector>

namespace quayside {
namespace {

TEST(VersionOrderTest, FollowsThePrecedenceOfSemanticVersioning) {
  // Sections 11.2 to 11.4 of the specification.
  const std::vector<const char*> rising = {
      "0.0.1",      "0.9.0",        "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
      "1.0.1",      "1.9.0",        "1.10.0",        "2.0.0",         "2.1.0",
      "999999.0.0"};
  for (size_t i = 0; i < rising.size(); ++i) {
    for (size_t j = 0; j < rising.size(); ++j) {
      const int order = CompareVersions(rising[i], rising[j]);
      EXPECT_EQ(order, i < j ? -1 : i > j ? 1 : 0) << rising[i] << " and " << rising[j];
    }
  }
}

TEST(VersionOrderTest, WhatABuildIsCalled_DoesNotCount) {
  EXPECT_EQ(CompareVersions("1.0.0+dev.0a1b", "1.0.0"), 0);
  EXPECT_EQ(CompareVersions("1.0.0+dev.0a1b", "1.0.0+dev.ffff"), 0);
  EXPECT_EQ(CompareVersions("1.0.1+dev.0a1b", "1.0.0"), 1);
}

TEST(VersionOrderTest, LeadingZeros_AreNumbers) { EXPECT_EQ(CompareVersions("1.02.0", "1.2.0"), 0); }

}  // namespace
}  // namespace quayside
