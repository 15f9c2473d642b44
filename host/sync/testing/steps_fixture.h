// Steps of an account's orders and quantities with a scripted plugin, and the index of quantities that the engine
// keeps.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/inventory/index/quantity_index.h"
#include "host/sync/lane_id.h"
#include "host/sync/testing/step_fixture.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

class ScriptedCaller final : public PluginCaller {
 public:
  using Answer = std::function<absl::StatusOr<std::string>(const std::string& method, const std::string& request)>;
  Answer answer;
  std::vector<std::string> methods;

  absl::StatusOr<std::string> Call(const char*, const char* method, const std::string& request) override {
    methods.emplace_back(method);
    return answer(method, request);
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }
};

class StepsFixture : public StepFixture {
 protected:
  StepsFixture() {
    Offer("order_sync/1").set_scope("account");
    Offer("inventory_push/1").set_scope("account");
    brings_orders_ = false;
    // These shops are so small that any zero would stop them; what the brake does is tested beside it.
    channel_ = world_.AddChannel("de", [](ChannelRecord& channel) { channel.config.zero_brake_percent = 100; });
    world_.store().Follow(&index_);
    EXPECT_TRUE(index_.Build(world_.store()).ok());
  }
  ~StepsFixture() override { world_.store().Follow(nullptr); }

  LaneRecord Lane(Job job, int64_t epoch = 1) { return Claimed(AccountLaneId("acc", job), job, "", epoch); }

  StepInputs Inputs(LaneRecord lane) {
    index_.SetBringsOrders("acc", brings_orders_);
    EXPECT_FALSE(index_.Sweep(1'000'000));
    StepInputs in = InputsOf(std::move(lane), plugin_);
    in.index = &index_;
    in.submissions_us = submissions_us_;
    return in;
  }

  // A page with these orders, its position at `watermark_us`.
  static std::string Page(const std::vector<plugin::v1::Order>& orders, TimeUs watermark_us, uint32_t schema = 1) {
    plugin::v1::PullOrdersReply reply;
    for (const plugin::v1::Order& order : orders) *reply.add_orders() = order;
    reply.mutable_next_cursor()->set_schema(schema);
    reply.mutable_next_cursor()->set_state("at " + std::to_string(watermark_us));
    reply.mutable_next_cursor()->set_watermark_us(watermark_us);
    return reply.SerializeAsString();
  }

  StepOutcome PullPage(const std::string& page, int64_t epoch = 1) {
    plugin_.answer = [&](const std::string&, const std::string&) { return page; };
    return RunOrderStep(Inputs(Lane(Job::kOrders, epoch)));
  }

  // Answers every push with `outcome`; read_back says merchant fulfilled.
  StepOutcome PushAll(const std::function<void(const plugin::v1::QuantityIntent&, plugin::v1::Outcome&)>& outcome) {
    plugin_.answer = [&](const std::string& method, const std::string& bytes) -> absl::StatusOr<std::string> {
      if (method == "read_back") {
        plugin::v1::ReadBackRequest request;
        EXPECT_TRUE(request.ParseFromString(bytes));
        plugin::v1::ReadBackReply reply;
        for (const std::string& sku : request.skus()) {
          plugin::v1::ReadBack* result = reply.add_results();
          result->set_sku(sku);
          result->set_found(true);
          result->set_fulfilment(plugin::v1::FULFILMENT_CHANNEL_MERCHANT);
        }
        return reply.SerializeAsString();
      }
      plugin::v1::PushRequest request;
      EXPECT_TRUE(request.ParseFromString(bytes));
      plugin::v1::PushReply reply;
      for (const plugin::v1::QuantityIntent& intent : request.intents()) {
        sent_.push_back(intent);
        plugin::v1::Outcome* result = reply.add_outcomes();
        result->set_intent_id(intent.intent_id());
        outcome(intent, *result);
      }
      return reply.SerializeAsString();
    };
    return RunQuantityStep(Inputs(Lane(Job::kInventory)));
  }
  StepOutcome PushDone() {
    return PushAll([](const plugin::v1::QuantityIntent&, plugin::v1::Outcome& outcome) {
      outcome.mutable_done()->set_reference("ref");
    });
  }

  TargetRecord Target(const std::string& sku) {
    return world_.Read([&](ReadTx& tx) { return tx.FindTarget("acc", sku); }).value();
  }
  // An item with this level, listed and linked under the same SKU.
  int64_t Stock(const std::string& sku, int64_t level, Fulfilment fulfilment = Fulfilment::kMerchant) {
    const int64_t item = world_.AddItem(sku, level);
    world_.AddListing(channel_, sku, item, 1, fulfilment);
    world_.SetLevel(item, level);
    return item;
  }
  int64_t EventCount() {
    return world_.Read([](ReadTx& tx) { return tx.LastEventRevision(); });
  }

  QuantityIndex index_;
  ChannelRecord channel_;
  ScriptedCaller plugin_;
  std::vector<plugin::v1::QuantityIntent> sent_;
  DurationUs submissions_us_ = 0;
};

}  // namespace quayside
