// Whose trace a step belongs to.
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/sync/testing/engine_fixture.h"

namespace quayside {
namespace {

class EngineTraceTest : public EngineFixture {};

// The traces in which a shop's orders were asked for, in order. [plugin]
class TracesOfPulls {
 public:
  ShopAnswer Note(const ShopCall& call, ShopAnswer answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (call.contract == "order_sync/1") traces_.push_back(KeepTrace().value_or(TraceContext()));
    return answer;
  }
  TraceContext At(size_t pull) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pull < traces_.size() ? traces_[pull] : TraceContext();
  }

 private:
  std::mutex mutex_;
  std::vector<TraceContext> traces_;
};

TEST_F(EngineTraceTest, AStep_IsASpanOfWhoeverMadeItDue_OrOfAFreshTrace) {
  TracesOfPulls traces;
  MakeShop().Follow([&](const ShopCall& call) { return traces.Note(call, shop_->Usual(call)); });
  AddShop("a", "uk");
  Start();
  UntilPulled("a", 1);
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  RunRecord run;
  {
    const TraceScope scope(asked);
    run = UntilEnded(AskForRun("a.orders").id);
  }
  UntilPulled("a", 2);
  EXPECT_EQ(run.trace_id, TraceIdText(*asked));
  const auto found = world_.Read([&](ReadTx& tx) { return tx.ListRuns({.trace_id = TraceIdText(*asked)}); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().id, run.id);
  world_.clock.Advance(kOrdersIntervalUs);
  UntilPulled("a", 3);
  EXPECT_EQ(TraceIdText(traces.At(1)), TraceIdText(*asked));
  EXPECT_NE(traces.At(1).span_id, asked->span_id);
  EXPECT_NE(traces.At(0).trace_id_low, 0U);
  EXPECT_NE(TraceIdText(traces.At(0)), TraceIdText(traces.At(2)));
  EXPECT_NE(TraceIdText(traces.At(2)), TraceIdText(*asked)) << "who asked once did not ask for this one";
  StopEverything();
}

TEST_F(EngineTraceTest, AStepAskedForDuringAnother_HasTheTraceOfWhoAsked) {
  TracesOfPulls traces;
  MakeShop().Follow([&](const ShopCall& call) {
    const ShopAnswer answer = traces.Note(call, shop_->Usual(call));
    if (call.contract == "order_sync/1") gate_.Pass();
    return answer;
  });
  AddShop("a", "uk");
  Start();
  gate_.AwaitArrivals(1);
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  RunRecord run;
  {
    const TraceScope scope(asked);
    run = AskForRun("a.orders");
  }
  gate_.Open();
  UntilEnded(run.id);
  EXPECT_NE(TraceIdText(traces.At(0)), TraceIdText(*asked));
  EXPECT_EQ(TraceIdText(traces.At(1)), TraceIdText(*asked));
  EXPECT_FALSE(traces.At(1).sampled);
  StopEverything();
}

TEST_F(EngineTraceTest, AFailedStep_NamesItsTraceInItsEvent) {
  MakeShop().Follow([this](const ShopCall& call) {
    if (call.contract != "order_sync/1") return shop_->Usual(call);
    return ShopAnswer{QS_OK, "\xff no protobuf"};
  });
  AddShop("a", "uk");
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  Start();
  Until("the first step failed", [&] { return EventCount("lane.failed") == 1; });
  {
    const TraceScope scope(asked);
    UntilEnded(AskForRun("a.orders").id);
  }
  const auto failures = world_.Read([](ReadTx& tx) { return tx.ListEvents({.type_prefixes = {"lane.failed"}}); });
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_NE(failures[0].attributes.at("trace_id"), TraceIdText(*asked));
  EXPECT_EQ(failures[1].attributes.at("trace_id"), TraceIdText(*asked));
  // A run nobody asked for is found by the trace that its failure names.
  const auto first =
      world_.Read([&](ReadTx& tx) { return tx.ListRuns({.trace_id = failures[0].attributes.at("trace_id")}); });
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first.front().state, RunState::kFailed);
}

TEST_F(EngineTraceTest, ACallBesideTheLanes_IsOfItsCallersTrace) {
  std::mutex mutex;
  TraceContext seen;
  MakeShop().Follow([&](const ShopCall& call) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (call.method == "check") seen = KeepTrace().value_or(TraceContext());
    return shop_->Usual(call);
  });
  AddShop("a", "uk");
  Start();
  const auto asked = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const TraceScope scope(asked);
  EXPECT_TRUE(engine_->TestAccount("a", kStepTimeoutUs).ok());
  StopEverything();
  EXPECT_EQ(seen, *asked);
}

}  // namespace
}  // namespace quayside
