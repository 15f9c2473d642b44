// What a step needs: a real store with the account "acc" of the plugin "shop", a clock that stands still until it is
// moved, and a manifest. The plugin is the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/inventory/testing/store_world.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/step.h"

namespace quayside {

class StepFixture : public ::testing::Test {
 protected:
  StepFixture() {
    world_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
  }

  // A contract of the plugin, whose positions are of layout 1; `methods` that a manifest has to list.
  plugin::v1::Contract& Offer(const std::string& id, const std::vector<std::string>& methods = {}) {
    plugin::v1::Contract& contract = *manifest_.add_contracts();
    contract.set_id(id);
    contract.set_cursor_schema(1);
    for (const std::string& method : methods) contract.add_methods(method);
    return contract;
  }
  // A lane of the account as the store knows it, or a fresh one, claimed.
  LaneRecord Claimed(const std::string& id, Job job, const std::string& channel_id = "", int64_t epoch = 1) {
    const auto stored = world_.Read([&](ReadTx& tx) { return tx.FindLane(id); });
    LaneRecord lane = stored.value_or(LaneRecord{.id = id, .account_id = "acc", .channel_id = channel_id, .job = job});
    lane.epoch = epoch;
    return lane;
  }
  StepInputs InputsOf(LaneRecord lane, PluginCaller& plugin) {
    return InputsOf(std::move(lane), plugin, world_.store());
  }
  StepInputs InputsOf(LaneRecord lane, PluginCaller& plugin, Store& store) {
    return {.lane = std::move(lane),
            .manifest = manifest_,
            .plugin = plugin,
            .store = store,
            .clock = world_.clock,
            .rng = world_.rng(),
            .ids = world_.ids(),
            .logger = *logger_,
            .budgets = budgets_,
            .cipher = cipher_,
            .brings_orders = [this](const std::string&) { return brings_orders_; }};
  }

  StoreWorld world_;
  plugin::v1::Manifest manifest_;
  PlainCipher cipher_;
  RateBudgets budgets_{world_.clock};
  const std::unique_ptr<Logger> logger_ = MakeNullLogger();
  bool brings_orders_ = true;
};

}  // namespace quayside
