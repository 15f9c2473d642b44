// What the tests of a reload begin with: two shops that have worked a while, and a reload of their plugin.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "host/base/names.h"
#include "host/plugin/isolation_for_tests.h"
#include "tests/reload/reload_world.h"

namespace quayside {

// In both modes: reload_test.cc instantiates the tests of every file.
class Reload : public ::testing::TestWithParam<IsolationMode> {
 protected:
  Reload() { world.Start(); }

  // Two shops that have worked a while with 1.0.0.
  void TwoShops(const std::map<std::string, std::string>& options = {}) {
    world.Install("v1");
    world.AddShop("a", options);
    world.AddShop("b", options);
    for (const char* shop : {"a", "b"}) world.Step(shop, 3);  // and the first one
    first_ = world.ActiveGeneration();
  }
  void SetChannelOptions(const std::map<std::string, std::string>& options) {
    world.store().Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("a-main"));
      channel.config.options = options;
      ++channel.config_revision;
      return tx.PutChannel(channel, "test");
    });
  }
  static std::vector<std::string> States(const ReloadReport& report) {
    std::vector<std::string> states;
    for (const GenerationTransition& each : report.transitions) {
      states.push_back(each.version + " " + std::string(StateName(each.to)));
    }
    return states;
  }
  // The old one works as if nothing had been: every lane goes on where it was.
  void ExpectUntouched() {
    EXPECT_EQ(world.ActiveVersion(), "1.0.0");
    EXPECT_EQ(world.ActiveGeneration(), first_);
    EXPECT_EQ(world.StateOf(first_), "ACTIVE");
    for (const char* shop : {"a", "b"}) {
      const int64_t before = world.Orders(shop);
      world.Step(shop, 2);
      EXPECT_GE(world.Orders(shop), before + 2);  // one more may have been due
    }
  }

  ReloadWorld world{{.isolation = GetParam()}};
  int64_t first_ = 0;
};

}  // namespace quayside
