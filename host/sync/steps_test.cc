// The steps with a scripted plugin, a real store, a clock that stands still.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>

#include "host/base/text.h"
#include "host/inventory/channel_oversell.h"
#include "host/inventory/index/quantity_index.h"
#include "host/inventory/items.h"
#include "host/inventory/testing/store_world.h"
#include "host/orders/testing/order_builder.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

class ScriptedPlugin final : public PluginCaller {
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

class StepsTest : public ::testing::Test {
 protected:
  StepsTest() {
    for (const char* id : {"order_sync/1", "inventory_push/1"}) {
      pb::Contract* contract = manifest_.add_contracts();
      contract->set_id(id);
      contract->set_scope("account");
      contract->set_cursor_schema(1);
    }
    world_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
    channel_ = world_.AddChannel("de");
    world_.store().Follow(&index_);
    EXPECT_TRUE(index_.Build(world_.store()).ok());
  }
  ~StepsTest() override { world_.store().Follow(nullptr); }

  LaneRecord Lane(Job job, int64_t epoch = 1) {
    const std::string id = job == Job::kOrders ? "acc.orders" : "acc.inventory";
    const auto stored = world_.Read([&](ReadTx& tx) { return tx.FindLane(id); });
    LaneRecord lane = stored.value_or(LaneRecord{.id = id, .account_id = "acc", .job = job});
    lane.epoch = epoch;
    return lane;
  }

  StepInputs Inputs(LaneRecord lane) {
    index_.SetBringsOrders("acc", brings_orders_);
    EXPECT_FALSE(index_.Sweep(1'000'000));
    return {.lane = std::move(lane),
            .manifest = manifest_,
            .plugin = plugin_,
            .store = world_.store(),
            .clock = world_.clock,
            .rng = world_.rng(),
            .ids = world_.ids(),
            .logger = *logger_,
            .budgets = budgets_,
            .cipher = cipher_,
            .brings_orders = [this](const std::string&) { return brings_orders_; },
            .index = &index_};
  }

  // A page with these orders, its position at `watermark_us`.
  static std::string Page(const std::vector<pb::Order>& orders, TimeUs watermark_us, uint32_t schema = 1) {
    pb::PullOrdersReply reply;
    for (const pb::Order& order : orders) *reply.add_orders() = order;
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
  StepOutcome PushAll(const std::function<void(const pb::QuantityIntent&, pb::Outcome&)>& outcome) {
    plugin_.answer = [&](const std::string& method, const std::string& bytes) -> absl::StatusOr<std::string> {
      if (method == "read_back") {
        pb::ReadBackRequest request;
        EXPECT_TRUE(request.ParseFromString(bytes));
        pb::ReadBackReply reply;
        for (const std::string& sku : request.skus()) {
          pb::ReadBack* result = reply.add_results();
          result->set_sku(sku);
          result->set_found(true);
          result->set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
        }
        return reply.SerializeAsString();
      }
      pb::PushRequest request;
      EXPECT_TRUE(request.ParseFromString(bytes));
      pb::PushReply reply;
      for (const pb::QuantityIntent& intent : request.intents()) {
        sent_.push_back(intent);
        pb::Outcome* result = reply.add_outcomes();
        result->set_intent_id(intent.intent_id());
        outcome(intent, *result);
      }
      return reply.SerializeAsString();
    };
    return RunQuantityStep(Inputs(Lane(Job::kInventory)));
  }
  StepOutcome PushDone() {
    return PushAll(
        [](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_done()->set_reference("ref"); });
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

  StoreWorld world_;
  QuantityIndex index_;
  ChannelRecord channel_;
  pb::Manifest manifest_;
  ScriptedPlugin plugin_;
  PlainCipher cipher_;
  RateBudgets budgets_{world_.clock};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::vector<pb::QuantityIntent> sent_;
  bool brings_orders_ = false;
};

TEST_F(StepsTest, OrderStep_StoresPagePositionAndEventsTogether) {
  const StepOutcome outcome =
      PullPage(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 1);
  EXPECT_EQ(Lane(Job::kOrders).cursor.watermark_us, 100);
  EXPECT_TRUE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_EQ(EventCount(), 1);
}

TEST_F(StepsTest, OrderStep_TheSamePageAgain_ChangesNothing) {
  const std::string page = Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100);
  ASSERT_TRUE(PullPage(page).status.ok());
  const int64_t events = EventCount();
  const StepOutcome again = PullPage(page);
  EXPECT_TRUE(again.status.ok());
  EXPECT_EQ(again.items, 0);
  EXPECT_EQ(EventCount(), events);
}

TEST_F(StepsTest, OrderStep_AnOrderTheHostRefuses_BecomesADeadLetter_AndTheRestGoesOn) {
  const StepOutcome outcome = PullPage(Page(
      {MakeOrder("", pb::ORDER_STATUS_OPEN, 1, {}), MakeOrder("2", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 100));
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.bad_records, 1);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.CountDeadLetters("acc.orders", DeadLetterState::kOpen); }), 1);
  EXPECT_TRUE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "2"); }).has_value());
}

TEST_F(StepsTest, OrderStep_AWatermarkThatGoesBack_OrAForeignSchema_IsAFault_AndNothingIsStored) {
  ASSERT_TRUE(PullPage(Page({}, 100)).status.ok());
  for (const std::string& page : {Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 99),
                                  Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 200, 2)}) {
    EXPECT_TRUE(HasReason(PullPage(page).status, Reason::kPluginFault));
  }
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_EQ(Lane(Job::kOrders).cursor.watermark_us, 100);
}

TEST_F(StepsTest, OrderStep_OfAnOlderClaim_IsFenced_AndNothingIsStored) {
  ASSERT_TRUE(PullPage(Page({}, 100), 5).status.ok());
  const StepOutcome late = PullPage(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {})}, 200), 4);
  EXPECT_TRUE(HasReason(late.status, Reason::kLaneFenced)) << late.status;
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
}

// The lane's row, and the fence with it, went with the account; the step was on its first page.
TEST_F(StepsTest, OrderStep_OfAnAccountDeletedMeanwhile_StoresNothing) {
  plugin_.answer = [&](const std::string&, const std::string&) {
    world_.Write([](Tx& tx) { return tx.DeleteAccount("acc"); });
    return Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l", "MUG"}})}, 100);
  };
  const StepOutcome outcome = RunOrderStep(Inputs(Lane(Job::kOrders)));
  EXPECT_TRUE(HasReason(outcome.status, Reason::kAccountNotFound)) << outcome.status;
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindOrder("acc", "1"); }).has_value());
  EXPECT_FALSE(world_.Read([](ReadTx& tx) { return tx.FindLane("acc.orders"); }).has_value());
}

TEST_F(StepsTest, QuantityStep_Done_IsAcceptedAndExplained) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].quantity(), 12);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
  EXPECT_EQ(Target("MUG").accepted, 12);
  const auto intents = world_.Read([](ReadTx& tx) { return tx.ListIntents("acc", {IntentState::kDone}, 10); });
  ASSERT_EQ(intents.size(), 1u);
  EXPECT_THAT(intents[0].explanation, HasSubstr("\"available\":12"));
  const auto gate = world_.Read([](ReadTx& tx) { return tx.FindGate("de"); });
  ASSERT_TRUE(gate.has_value());
  EXPECT_EQ(gate->sent_us, world_.now()) << "last inventory sync";
}

TEST_F(StepsTest, QuantityStep_Events_NameTheListingAsTheApiDoes) {
  Stock("A b/%", 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(world_.EventTypes(), ::testing::ElementsAre("quantity.accepted"));
  EXPECT_THAT(world_.EventResources(), ::testing::ElementsAre("channels/de/listings/A%20b%2F%25"));
}

TEST_F(StepsTest, QuantityStep_Zero_GoesFirst) {
  manifest_.mutable_contracts(1)->set_max_items(1);
  Stock("FULL", 9);
  Stock("EMPTY", 0);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].sku(), "EMPTY");
}

TEST_F(StepsTest, QuantityStep_Rejected_ParksUntilSomethingChanges) {
  const int64_t item = Stock("MUG", 12);
  const auto reject = [](const pb::QuantityIntent&, pb::Outcome& outcome) {
    outcome.mutable_rejected()->set_reason("NO");
  };
  ASSERT_TRUE(PushAll(reject).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kParked);
  ASSERT_TRUE(PushAll(reject).status.ok());
  EXPECT_EQ(sent_.size(), 1u) << "a parked target is left alone";
  world_.SetLevel(item, 11);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 11);
}

TEST_F(StepsTest, QuantityStep_Unknown_IsSentAgain) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); }).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kDirty);
  world_.clock.Advance(10 * kMinuteUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(Target("MUG").accepted, 12);
}

TEST_F(StepsTest, QuantityStep_AMissingOutcome_IsUnknown) {
  Stock("MUG", 12);
  plugin_.answer = [](const std::string&, const std::string&) { return pb::PushReply().SerializeAsString(); };
  ASSERT_TRUE(RunQuantityStep(Inputs(Lane(Job::kInventory))).status.ok());
  EXPECT_THAT(Target("MUG").note, HasSubstr("unknown"));
  EXPECT_TRUE(Target("MUG").accepted_stale);
}

TEST_F(StepsTest, QuantityStep_AnIntentFoundWithoutOutcome_IsSentAgain) {
  Stock("MUG", 12);
  // The host died after the intent was durable: the plugin was asked and nothing came of it here.
  plugin_.answer = [](const std::string&, const std::string&) -> absl::StatusOr<std::string> {
    throw std::runtime_error("killed");
  };
  EXPECT_THROW((void)RunQuantityStep(Inputs(Lane(Job::kInventory))), std::runtime_error);
  EXPECT_EQ(Target("MUG").state, TargetState::kInFlight);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 12) << "it may have come into force before the host died";
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) { target.state = TargetState::kChanged; });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 12);
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListIntents("acc", {IntentState::kUnknown}, 10); }).size(), 1u);
}

TEST_F(StepsTest, QuantityStep_AChangeWhileInFlight_IsSentAfterwards) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 12) world_.SetLevel(item, 7);
                outcome.mutable_done();
              }).status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kChanged);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 7);
}

// Windows of channel "de" that closed, in whole seconds at the most, and those open.
std::pair<std::vector<int64_t>, int64_t> Oversells(StoreWorld& world) {
  std::vector<int64_t> seconds;
  int64_t open = 0;
  for (const ChannelOversell& channel :
       world.Read([&](ReadTx& tx) { return ReadOversells(tx, "acc", world.clock.Now()); })) {
    EXPECT_EQ(channel.channel_id, "de");
    open += channel.open;
    for (int64_t n = 1; n <= channel.closed.count(); ++n)
      seconds.push_back(channel.closed.Quantile(static_cast<int>(1000 * n / channel.closed.count())).value() /
                        kSecondUs);
  }
  return {seconds, open};
}

TEST_F(StepsTest, TheOversellWindow_IsFromTheChangeToTheAcknowledgement_AndARaiseHasNone) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::IsEmpty()) << "nobody knew what was shown";
  world_.SetLevel(item, 9);
  world_.clock.Advance(2 * kSecondUs);
  world_.SetLevel(item, 7);
  world_.clock.Advance(3 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(5)) << "from the first of two changes";
  world_.SetLevel(item, 20);
  world_.clock.Advance(kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 20);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{5}, int64_t{0}));
}

TEST_F(StepsTest, TheOversellWindow_StaysOpen_WhileTheOutcomeIsUnknown_RefusedOrPutOff) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  (void)PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); });
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>(), int64_t{1}));
  world_.clock.Advance(kHourUs);
  (void)PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
    outcome.mutable_retry()->set_at_us(world_.clock.Now() + kHourUs);
  });
  EXPECT_EQ(Oversells(world_).second, 1);
  world_.clock.Advance(kHourUs);
  (void)PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_rejected()->set_reason("NO"); });
  EXPECT_EQ(Target("MUG").state, TargetState::kParked);
  EXPECT_EQ(Oversells(world_).second, 1) << "what is refused is still shown";
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  const auto [closed, open] = Oversells(world_);
  ASSERT_THAT(closed, testing::SizeIs(1));
  EXPECT_EQ(closed[0], 2 * 3600) << "from the first change on";
  EXPECT_EQ(open, 0);
}

TEST_F(StepsTest, TheOversellWindow_OfAChangeWhileTheNumberTravels_BeginsWithThatChange) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 9) {
                  world_.clock.Advance(kSecondUs);
                  world_.SetLevel(item, 4);
                  world_.clock.Advance(kSecondUs);
                }
                outcome.mutable_done();
              }).status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(2)) << "the 4 is not decided yet";
  world_.clock.Advance(5 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{2, 6}, int64_t{0}));
}

TEST_F(StepsTest, TheOversellWindow_OfARule_BeginsWhenTheRuleChanged) {
  Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  channel_.config.max_listed_quantity = 5;
  ++channel_.config_revision;
  world_.clock.Advance(kMinuteUs);
  channel_.updated_us = world_.clock.Now();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  world_.clock.Advance(3 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{3}, int64_t{0}));
}

TEST_F(StepsTest, OversellWindows_OfMoreThanADayAgo_AreGone) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 9);
  world_.clock.Advance(kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  world_.clock.Advance(25 * kHourUs);
  EXPECT_THAT(Oversells(world_).first, testing::IsEmpty());
  world_.SetLevel(item, 8);
  world_.clock.Advance(2 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_THAT(Oversells(world_).first, testing::ElementsAre(2));
  EXPECT_EQ(world_.Read([](ReadTx& tx) { return tx.ListOversellHours("acc", 0); }).size(), 1u)
      << "the old hour is deleted";
}

TEST_F(StepsTest, QuantityStep_UnknownFulfilment_IsReadFirst_AndNeverGuessed) {
  Stock("MUG", 12, Fulfilment::kUnknown);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_TRUE(sent_.empty());
  EXPECT_THAT(plugin_.methods, ::testing::ElementsAre("read_back"));
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
}

TEST_F(StepsTest, QuantityStep_NeverSendsForAListingTheMarketplaceFulfils) {
  Stock("FBA", 12, Fulfilment::kMarketplace);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_TRUE(sent_.empty());
  EXPECT_EQ(Target("FBA").state, TargetState::kNone);
}

TEST_F(StepsTest, QuantityStep_ARaiseWaitsForOrders_ALoweringDoesNot) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_THAT(Target("MUG").note, HasSubstr("acc"));
  world_.SetLevel(item, 3);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 3);
  world_.SetLevel(item, 9);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  ASSERT_TRUE(PullPage(Page({}, world_.now() + 1)).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 9);
}

TEST_F(StepsTest, QuantityStep_LessThanARaiseOfUnknownOutcome_DoesNotWait) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  const auto unknown = [](const pb::QuantityIntent&, pb::Outcome& outcome) { outcome.mutable_unknown(); };
  world_.SetLevel(item, 14);
  ASSERT_TRUE(PushAll(unknown).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 14);
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 15);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld) << "more than may show is a raise";
  world_.SetLevel(item, 12);
  ASSERT_TRUE(PushAll(unknown).status.ok());
  ASSERT_FALSE(sent_.empty());
  EXPECT_EQ(sent_.back().quantity(), 12);
  EXPECT_EQ(Oversells(world_).second, 1);
  world_.SetLevel(item, 13);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 13) << "14 may still be shown";
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(Oversells(world_).second, 0);
}

TEST_F(StepsTest, QuantityStep_ARefusedRaise_DoesNotShow_SoLessThanItWaits) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 14);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  brings_orders_ = true;
  world_.clock.Advance(kMinuteUs);
  world_.SetLevel(item, 12);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
}

// The document that it passed came into force while the answer was on its way: which came last, nobody knows.
TEST_F(StepsTest, TheOversellWindow_IsNotClosedByAnItem_WhoseDocumentEndedMeanwhile) {
  const int64_t item = Stock("MUG", 12);
  ASSERT_TRUE(PushDone().status.ok());
  world_.SetLevel(item, 2);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                if (sent_.size() == 2) {
                  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
                    target.passed_bulk = true;
                    target.accepted_stale = true;
                    target.may_show = 50;
                    ++target.version;
                  });
                  world_.clock.Advance(kSecondUs);
                }
                outcome.mutable_done();
              }).status.ok());
  EXPECT_EQ(Target("MUG").may_show, 50);
  EXPECT_FALSE(Target("MUG").passed_bulk);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>(), int64_t{1}));
  world_.clock.Advance(2 * kSecondUs);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").may_show, std::nullopt);
  EXPECT_EQ(Oversells(world_), std::pair(std::vector<int64_t>{3}, int64_t{0}));
}

TEST_F(StepsTest, AnOrderPage_NamesTheAccountsWhoseRaisesWaitedForIt) {
  const int64_t item = Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  world_.SetLevel(item, 8);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_THAT(PullPage(Page({}, world_.now() - 1)).accounts_with_changed_targets, testing::IsEmpty());
  EXPECT_THAT(PullPage(Page({}, world_.now() + 1)).accounts_with_changed_targets, testing::ElementsAre("acc"));
}

TEST_F(StepsTest, ARuleOfTheChannel_WritesOnlyWhatFollowsFromIt) {
  Stock("FEW", 5);
  Stock("MANY", 50);
  ASSERT_TRUE(PushDone().status.ok());
  const int64_t few_version = Target("FEW").version;
  const int64_t many_version = Target("MANY").version;
  channel_.config.max_listed_quantity = 20;
  ++channel_.config_revision;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MANY").accepted, 20);
  EXPECT_GT(Target("MANY").version, many_version);
  EXPECT_EQ(Target("FEW").version, few_version);
  EXPECT_EQ(sent_.size(), 3u);
}

// The number was decided before the rule changed, and is decided once more when it is its turn.
TEST_F(StepsTest, ARaiseByARule_WaitsForOrdersThatAreNewerThanTheRule) {
  Stock("MUG", 50);
  channel_.config.max_listed_quantity = 10;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(Target("MUG").accepted, 10);
  brings_orders_ = true;
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  world_.clock.Advance(kMinuteUs);
  world_.ChangeTarget("acc", "MUG", [](TargetRecord& target) {
    target.state = TargetState::kDirty;
    target.wanted = 9;
  });
  world_.store().Follow(nullptr);
  index_.Doubt();
  channel_.config.max_listed_quantity = 20;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_EQ(Target("MUG").wanted, 20);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(StepsTest, ARuleThatChangesWhileTheNumberTravels_IsNotForgotten) {
  Stock("MUG", 50);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent& intent, pb::Outcome& outcome) {
                if (intent.quantity() == 50) {
                  channel_.config.max_listed_quantity = 20;
                  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
                }
                outcome.mutable_done();
              }).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 20);
}

TEST_F(StepsTest, ARefusedQuantity_IsTriedAgain_WhenTheChannelsRulesChange_EvenToTheSameNumber) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("NO");
              }).status.ok());
  ASSERT_EQ(Target("MUG").state, TargetState::kParked);
  world_.clock.Advance(kMinuteUs);
  channel_.config.max_listed_quantity = 20;
  channel_.updated_us = world_.now();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 5);
}

TEST_F(StepsTest, AHandlingTimeOfTheChannel_SendsTheNumberAgain_WithIt_AndOnce) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_FALSE(sent_.back().has_latency_days());
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_.back().quantity(), 5);
  EXPECT_EQ(sent_.back().latency_days(), 3);
  EXPECT_EQ(Target("MUG").latency, 3);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(StepsTest, AHandlingTimeAlone_WaitsForOrders_SinceTheMarketplaceMayHaveSold) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  brings_orders_ = true;
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  world_.clock.Advance(kMinuteUs);
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").state, TargetState::kHeld);
  EXPECT_EQ(sent_.size(), 1u);
  ASSERT_TRUE(PullPage(Page({}, world_.now())).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").latency, 3);
}

TEST_F(StepsTest, AHandlingTimeThatChangesWhileTheNumberTravels_IsNotForgotten) {
  Stock("MUG", 5);
  ASSERT_TRUE(PushAll([&](const pb::QuantityIntent&, pb::Outcome& outcome) {
                channel_.config.default_latency_days = 3;
                world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
                outcome.mutable_done();
              }).status.ok());
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").latency, 3);
}

TEST_F(StepsTest, TheItemsOwnHandlingTime_GoesBeforeTheChannels_AndARefusedOneIsTriedAgainWhenItChanges) {
  channel_.config.product_based_latency = true;
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  const int64_t item = Stock("MUG", 5);
  const auto set = [&](const char* days) {
    ItemChange change;
    change.properties.emplace();
    change.properties->emplace("SHOP_de", days);
    change.properties->emplace("Despatch Time", "9");
    world_.Write([&](Tx& tx) { return ChangeItem(tx, world_.now(), item, change).status(); });
  };
  set("30");
  ASSERT_TRUE(PushAll([](const pb::QuantityIntent&, pb::Outcome& outcome) {
                outcome.mutable_rejected()->set_reason("LATENCY_INVALID");
              }).status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 30);
  ASSERT_EQ(Target("MUG").state, TargetState::kParked);
  set("7");
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 7);
  set("soon");
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.back().latency_days(), 9) << "what is no number of days counts as missing";
  EXPECT_EQ(Target("MUG").latency, 9);
}

TEST_F(StepsTest, AHandlingTimeSwitchedOff_Stands_UntilItIsCleared) {
  channel_.config.default_latency_days = 3;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  Stock("MUG", 5);
  ASSERT_TRUE(PushDone().status.ok());
  channel_.config.default_latency_days.reset();
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_EQ(Target("MUG").latency, 3);
  world_.Write([&](Tx& tx) { return tx.ClearLatencies("de", world_.now(), 10).status(); });
  ASSERT_TRUE(PushDone().status.ok());
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_TRUE(sent_.back().clear_latency());
  EXPECT_FALSE(sent_.back().has_latency_days());
  EXPECT_EQ(Target("MUG").latency, std::nullopt);
  EXPECT_FALSE(Target("MUG").clear_latency);
  EXPECT_EQ(Target("MUG").state, TargetState::kCurrent);
}

TEST_F(StepsTest, AnIndexThatIsNotBuilt_OnlyCostsTheOrder) {
  index_.Doubt();
  Stock("MUG", 5);
  Stock("CUP", 0);
  ASSERT_TRUE(PushDone().status.ok());
  EXPECT_EQ(Target("MUG").accepted, 5);
  EXPECT_EQ(Target("CUP").accepted, 0);
}

TEST_F(StepsTest, QuantityStep_RefusedCredentials_FailTheStep_AndTheQuantityWaits) {
  Stock("MUG", 12);
  plugin_.answer = [](const std::string&, const std::string&) -> absl::StatusOr<std::string> {
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, "refused");
  };
  const StepOutcome outcome = RunQuantityStep(Inputs(Lane(Job::kInventory)));
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Target("MUG").state, TargetState::kDirty);
  EXPECT_FALSE(Target("MUG").accepted.has_value());
}

// Dead letters of orders that a person retried are asked for by id, before the page.
class OrderRecoveryTest : public StepsTest {
 protected:
  OrderRecoveryTest() {
    manifest_.mutable_contracts(0)->add_methods("pull");
    manifest_.mutable_contracts(0)->add_methods("get");
  }
  int64_t Retried(const std::string& key) {
    const int64_t id = world_.ids().Next();
    world_.Write([&](Tx& tx) {
      return tx.PutDeadLetter({.id = id,
                               .lane_id = "acc.orders",
                               .key = key,
                               .reason = "bad",
                               .raw = "sealed:raw",
                               .state = DeadLetterState::kRetrying});
    });
    return id;
  }
  DeadLetterRecord Letter(int64_t id) {
    return world_.Read([&](ReadTx& tx) { return tx.GetDeadLetter(id); });
  }
  std::vector<DeadLetterRecord> Open() {
    return world_.Read(
        [](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "acc.orders", .state = DeadLetterState::kOpen}); });
  }
  StepOutcome Step(const pb::GetOrdersReply& reply) {
    plugin_.answer = [this, reply](const std::string& method,
                                   const std::string& request) -> absl::StatusOr<std::string> {
      if (method != "get") return Page({}, world_.now());
      pb::GetOrdersRequest wanted;
      EXPECT_TRUE(wanted.ParseFromString(request));
      asked_.assign(wanted.external_ids().begin(), wanted.external_ids().end());
      return reply.SerializeAsString();
    };
    return RunOrderStep(Inputs(Lane(Job::kOrders)));
  }
  std::vector<std::string> asked_;
};

TEST_F(OrderRecoveryTest, ARetriedLetter_IsAskedForById_AndClosedWithItsOrder) {
  const int64_t taken = Retried("1");
  const int64_t gone = Retried("2");
  const int64_t bad = Retried("3");
  const int64_t unreached = Retried("4");
  pb::GetOrdersReply reply;
  *reply.add_orders() = MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}});
  reply.add_not_found("2");
  reply.add_bad_records()->set_key("3");
  reply.mutable_bad_records(0)->set_reason("still bad");
  const StepOutcome outcome = Step(reply);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.items, 1);
  EXPECT_THAT(asked_, testing::UnorderedElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(world_.Order("acc", "1").state, OrderState::kOpen);
  EXPECT_EQ(Letter(taken).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(taken).note, "taken in");
  EXPECT_EQ(Letter(gone).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(bad).state, DeadLetterState::kRetried);
  EXPECT_EQ(Letter(unreached).state, DeadLetterState::kRetrying);
  std::map<std::string, DeadLetterRecord> open;
  for (const DeadLetterRecord& letter : Open()) open[letter.key] = letter;
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open["2"].reason, "the marketplace does not know this order");
  EXPECT_EQ(open["2"].raw, "sealed:raw");
  EXPECT_EQ(open["3"].reason, "still bad");
}

TEST_F(OrderRecoveryTest, APageComesIn_AlthoughTheMarketplaceRefusesToBeAsked_AndTheLetterWaits) {
  const int64_t letter = Retried("1");
  plugin_.answer = [this](const std::string& method, const std::string&) -> absl::StatusOr<std::string> {
    if (method == "get") return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "down");
    return Page({MakeOrder("9", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}})}, world_.now());
  };
  const StepOutcome outcome = RunOrderStep(Inputs(Lane(Job::kOrders)));
  EXPECT_TRUE(HasReason(outcome.status, Reason::kChannelUnavailable)) << outcome.status;
  EXPECT_EQ(world_.Order("acc", "9").state, OrderState::kOpen);
  EXPECT_EQ(outcome.lane.cursor.watermark_us, world_.now());
  EXPECT_EQ(Letter(letter).state, DeadLetterState::kRetrying);
}

TEST_F(OrderRecoveryTest, AnOrderOverWhichEveryCallFails_IsAPersonsAfterAWhile_AndTheOthersComeIn) {
  const int64_t fine = Retried("1");
  const int64_t poison = Retried("2");  // the newest are asked for first
  plugin_.answer = [this](const std::string& method, const std::string& bytes) -> absl::StatusOr<std::string> {
    if (method != "get") return Page({}, world_.now());
    pb::GetOrdersRequest wanted;
    EXPECT_TRUE(wanted.ParseFromString(bytes));
    if (wanted.external_ids(0) == "2")
      return MakeError(absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, "HTTP 500");
    pb::GetOrdersReply reply;
    *reply.add_orders() = MakeOrder("1", pb::ORDER_STATUS_OPEN, world_.now(), {{"l1", "S", 1}});
    return reply.SerializeAsString();
  };
  int failed = 0;
  while (failed < 20 && !RunOrderStep(Inputs(Lane(Job::kOrders))).status.ok()) ++failed;
  EXPECT_EQ(failed, 5) << "an outage is not the order's fault";
  EXPECT_EQ(Letter(poison).state, DeadLetterState::kRetried);
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].key, "2");
  EXPECT_THAT(Open()[0].reason, HasSubstr("HTTP 500"));
  EXPECT_EQ(Letter(fine).note, "taken in");
}

TEST_F(OrderRecoveryTest, AnOrderThePluginCannotBeAskedFor_IsOpenAgain) {
  manifest_.mutable_contracts(0)->clear_methods();
  const int64_t letter = Retried("1");
  EXPECT_TRUE(Step({}).status.ok());
  EXPECT_THAT(asked_, testing::IsEmpty());
  EXPECT_EQ(Letter(letter).state, DeadLetterState::kRetried);
  ASSERT_EQ(Open().size(), 1u);
  EXPECT_EQ(Open()[0].reason, "the plugin cannot ask for single orders");
}

// What the merchant sees as "last order sync".
TEST_F(StepsTest, LastOrderSync_IsTheOldestOrderOfTheLatestSync_WhenItIsOver) {
  const TimeUs now = world_.now();
  pb::PullOrdersReply first;
  ASSERT_TRUE(
      first.ParseFromString(Page({MakeOrder("1", pb::ORDER_STATUS_OPEN, now - kHourUs, {{"l1", "S", 1}})}, now - 2)));
  first.set_has_more(true);
  StepOutcome outcome = PullPage(first.SerializeAsString());
  EXPECT_EQ(outcome.lane.oldest_order_us, 0) << "the sync is under way";
  outcome = PullPage(Page({MakeOrder("2", pb::ORDER_STATUS_OPEN, now - 1, {{"l1", "S", 1}})}, now - 1));
  EXPECT_EQ(outcome.lane.oldest_order_us, now - kHourUs);
  outcome = PullPage(Page({}, now));
  EXPECT_EQ(outcome.lane.oldest_order_us, now - kHourUs) << "nothing came";
  outcome = PullPage(Page({MakeOrder("3", pb::ORDER_STATUS_OPEN, now, {{"l1", "S", 1}})}, now));
  EXPECT_EQ(outcome.lane.oldest_order_us, now);
  EXPECT_EQ(Lane(Job::kOrders).oldest_order_us, now) << "stored";
}

}  // namespace
}  // namespace quayside
