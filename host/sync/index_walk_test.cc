// Random walks through everything that quantities follow from: after every change the index says what DecideTarget says
// of the store's rows, whether it followed the commits or was built anew, and what it names is all that is to be
// decided.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <set>

#include "host/base/text.h"
#include "host/inventory/decision_stands.h"
#include "host/inventory/testing/store_world.h"
#include "host/security/plain_cipher_for_tests.h"
#include "host/sync/index_check.h"
#include "host/sync/lane_id.h"
#include "host/sync/quantity_decider.h"
#include "host/sync/target_reader.h"

namespace quayside {
namespace {

constexpr int kAccounts = 3;
constexpr int kChannels = 6;
constexpr int kSkus = 6;
constexpr int kItems = 4;
constexpr std::array<const char*, 3> kLocations = {"default", "second", "fba"};

std::string Account(int number) { return Concat("acc", number % kAccounts); }
std::string Channel(int number) { return Concat("ch", number); }
std::string SkuOf(int number) { return Concat("SKU", number); }

class NoPlugin final : public PluginCaller {
 public:
  absl::StatusOr<std::string> Call(const char*, const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }
  absl::StatusOr<std::string> UpgradeCursor(const char*, const std::string&) override {
    return absl::UnimplementedError("no");
  }
};

class Walk {
 public:
  explicit Walk(uint64_t seed) : random_(seed) {
    for (int i = 0; i < kChannels; ++i) {
      channels_.push_back(world_.AddChannel(Channel(i), [&](ChannelRecord& channel) {
        channel.account_id = Account(i);
        channel.updated_us = 1;
      }));
    }
    for (const char* location : kLocations) world_.AddLocation(location);
    world_.store().Follow(index_.get());
    Restart();
  }
  ~Walk() { world_.store().Follow(nullptr); }

  // One change, and what must hold after it.
  void Step() {
    world_.clock.Advance(Below(3) * kSecondUs);
    if (Below(12) == 0) {
      Restart();
      done_ += "restart; ";
    } else if (Below(6) == 0) {
      DecideAll();
      done_ += "decide; ";
    } else {
      Change();
    }
    // The rest is a change of whole channels.
    if (!index_->ready()) Restart();
    while (index_->Sweep(1 + Below(20))) {
    }
    ExpectTheSameAsTheStore();
  }
  // Everything that the index names is decided; then every decision stands.
  void DecideAll();
  [[nodiscard]] const std::string& done() const { return done_; }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }
  bool Maybe() { return Below(2) == 0; }
  std::optional<int32_t> MaybeNumber(int bound) {
    return Maybe() ? std::optional<int32_t>(Below(bound)) : std::nullopt;
  }
  bool BringsOrders(const std::string& account) const { return brings_orders_.contains(account); }

  void Restart() {
    world_.store().Follow(nullptr);
    index_ = std::make_unique<QuantityIndex>();
    for (const std::string& account : brings_orders_) index_->SetBringsOrders(account, true);
    world_.store().Follow(index_.get());
    ASSERT_TRUE(index_->Build(world_.store()).ok());
  }
  void Change();
  absl::Status ChangeRows(Tx& tx, int kind);
  absl::Status PutSomeListing(Tx& tx);
  absl::Status PutSomeTarget(Tx& tx);
  void ExpectTheSameAsTheStore();
  LastDecision LastOf(const TargetRecord& row, bool stored, const TargetDecision& decision, ReadTx& tx);

  std::mt19937_64 random_;
  StoreWorld world_;
  std::unique_ptr<QuantityIndex> index_ = std::make_unique<QuantityIndex>();
  std::vector<ChannelRecord> channels_;
  std::set<std::string> brings_orders_;
  NoPlugin plugin_;
  PlainCipher cipher_;
  RateBudgets budgets_{world_.clock};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  quayside::plugin::v1::Manifest manifest_;
  std::string done_;
};

absl::Status Walk::PutSomeListing(Tx& tx) {
  const int channel = Below(kChannels);
  ListingRecord listing{.channel_id = Channel(channel), .account_id = Account(channel), .sku = SkuOf(Below(kSkus))};
  listing.fulfilment = static_cast<Fulfilment>(Below(4) == 0 ? Below(3) : 1);
  listing.item_id = Below(kItems + 1);
  listing.units_per_listing = 1 + Below(3);
  listing.ignored = Below(6) == 0;
  listing.vanished = Below(6) == 0;
  listing.quantity_seen = MaybeNumber(10);
  listing.max_listed_quantity = MaybeNumber(8);
  if (Maybe()) listing.listed_percentage_e4 = Below(5) * 250'000;
  listing.end_when_quantity = MaybeNumber(4);
  listing.pass_id = Concat("p", Below(2));
  return tx.PutListing(listing);
}

absl::Status Walk::PutSomeTarget(Tx& tx) {
  const std::string account = Account(Below(kAccounts));
  const std::string sku = SkuOf(Below(kSkus));
  QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> stored, tx.FindTarget(account, sku));
  TargetRecord target = stored.value_or(TargetRecord{.account_id = account, .sku = sku});
  target.state = static_cast<TargetState>(Below(10));
  if (target.state == TargetState::kNone && Maybe()) target.note = Maybe() ? kNotSaidNote : kSkuNotKnownNote;
  target.wanted = MaybeNumber(8);
  target.accepted = MaybeNumber(8);
  target.accepted_stale = Below(4) == 0;
  if (Maybe()) target.owner_channel_id = Channel(Below(kChannels));
  if (Maybe()) target.changed_us = world_.now() - Below(10) * kSecondUs;
  if (target.state == TargetState::kInFlight) {
    target.intent_id = world_.ids().Next();
    QS_RETURN_IF_ERROR(tx.PutIntent({.id = target.intent_id,
                                     .account_id = account,
                                     .target = sku,
                                     .quantity = target.wanted.value_or(0),
                                     .target_version = target.version}));
  }
  return tx.PutTarget(target);
}

absl::Status Walk::ChangeRows(Tx& tx, int kind) {
  const int64_t item = 1 + Below(kItems);
  const char* location = kLocations[static_cast<size_t>(Below(3))];
  switch (kind) {
    case 0:
      return tx.SetLevel(item, location, Below(12), world_.now());
    case 1:
      return tx.AddReserved(item, location, Below(4), world_.now());
    case 2:
    case 3:
      return PutSomeListing(tx);
    case 4:
      return tx.MarkTargetsOfItem(item, world_.now()).status();
    case 5:
      return tx.MarkTarget(Account(Below(kAccounts)), SkuOf(Below(kSkus)), world_.now());
    case 6: {
      ChannelRecord& channel = channels_[static_cast<size_t>(Below(kChannels))];
      channel.enabled = Below(5) != 0;
      channel.config.update_inventory = Below(6) != 0;
      channel.config.inventory_locations.clear();
      for (const char* chosen : kLocations) {
        if (Below(4) == 0) channel.config.inventory_locations.emplace_back(chosen);
      }
      channel.config.inventory_from_location = !channel.config.inventory_locations.empty() && Below(5) != 0;
      channel.config.max_listed_quantity = MaybeNumber(9);
      channel.config.listed_percentage_e4 = Maybe() ? std::optional<int32_t>(500'000) : std::nullopt;
      channel.config.end_when_quantity = Below(3);
      channel.updated_us = world_.now();
      return tx.PutChannel(channel, "walk");
    }
    case 7: {
      const std::string account = Account(Below(kAccounts));
      const std::string id = AccountLaneId(account, Job::kOrders);
      QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> stored, tx.FindLane(id));
      LaneRecord lane = stored.value_or(LaneRecord{.id = id, .account_id = account, .job = Job::kOrders});
      const CursorRecord before = lane.cursor;
      lane.cursor = {.schema = 1, .state = "at", .watermark_us = world_.now() - Below(6) * kSecondUs};
      return tx.CommitLane({lane, before});
    }
    case 8:
    case 9:
      return PutSomeTarget(tx);
    case 10:
      return tx
          .MarkVanished({.channel_id = Channel(Below(kChannels)),
                         .pass_id = "p0",
                         .seen_by_us = world_.now(),
                         .looked_at = 1 + Below(4)})
          .status();
    case 11:
      return tx.PutLocation({.id = location, .display_name = location, .fulfilment_centre = Maybe()});
    case 12:
      return tx.MarkTargetSold(Account(Below(kAccounts)), SkuOf(Below(kSkus)));
    case 13:
      return tx.MarkKnownTargets(Account(Below(kAccounts)), {SkuOf(0), SkuOf(Below(kSkus))}, world_.now()).status();
    case 14: {
      const std::string channel = Channel(Below(kChannels));
      QS_RETURN_IF_ERROR(tx.MarkTargetsOfChannel(channel, world_.now()).status());
      QS_RETURN_IF_ERROR(tx.DeleteChannel(channel));
      return tx.PutChannel(channels_[static_cast<size_t>(channel.back() - '0')], "walk");
    }
    case 15:
      QS_RETURN_IF_ERROR(tx.BrakeDirtyTargets(Channel(Below(kChannels)), 1, "stopped", 2).status());
      return tx.ReleaseBraked(Channel(Below(kChannels)), Below(2), 2).status();
    default:
      return absl::OkStatus();
  }
}

void Walk::Change() {
  if (Below(12) == 0) {
    const std::string account = Account(Below(kAccounts));
    const bool brings = Maybe();
    if (brings) {
      brings_orders_.insert(account);
    } else {
      brings_orders_.erase(account);
    }
    index_->SetBringsOrders(account, brings);
    done_ += "brings; ";
    return;
  }
  const bool fails = Below(8) == 0;
  std::vector<int> kinds;
  for (int i = 0; i <= Below(3); ++i) kinds.push_back(Below(16));
  if (fails) done_ += "failed ";
  for (const int kind : kinds) done_ += Concat(kind, " ");
  done_ += "; ";
  // What a transaction that fails has changed was never so.
  const std::vector<ChannelRecord> channels = channels_;
  const absl::Status written = world_.store().Write([&](Tx& tx) -> absl::Status {
    for (const int kind : kinds) QS_RETURN_IF_ERROR(ChangeRows(tx, kind));
    return fails ? absl::CancelledError("on purpose") : absl::OkStatus();
  });
  ASSERT_EQ(written.ok(), !fails) << written;
  if (fails) channels_ = channels;
}

LastDecision Walk::LastOf(const TargetRecord& row, bool stored, const TargetDecision& decision, ReadTx& tx) {
  const auto owner = tx.GetChannel(decision.owner_channel_id);
  return {.stored = stored,
          .state = row.state,
          .wanted = row.wanted,
          .reason = ReasonOfNote(row.note, decision),
          .same_owner = row.owner_channel_id == decision.owner_channel_id,
          .rules_changed = owner.ok() && owner->updated_us > row.changed_us};
}

void Walk::ExpectTheSameAsTheStore() {
  const auto brings_orders = [this](const std::string& account) { return BringsOrders(account); };
  (void)world_.Read([&](ReadTx& tx) -> absl::StatusOr<bool> {
    TargetReader reader(tx, brings_orders);
    for (int account = 0; account < kAccounts; ++account) {
      for (int sku = 0; sku < kSkus; ++sku) {
        QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> row, tx.FindTarget(Account(account), SkuOf(sku)));
        const TargetRecord target = row.value_or(TargetRecord{.account_id = Account(account), .sku = SkuOf(sku)});
        QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
        const TargetDecision decision = DecideTarget(inputs);
        const std::optional<IndexedTarget> found = index_->Find(Account(account), SkuOf(sku));
        if (!found.has_value()) {
          EXPECT_FALSE(row.has_value()) << SkuOf(sku);
          EXPECT_THAT(inputs.candidates, testing::IsEmpty()) << SkuOf(sku);
          continue;
        }
        EXPECT_EQ(found->last.stored, row.has_value());
        EXPECT_EQ(found->last.state, target.state);
        EXPECT_EQ(found->last.wanted, target.wanted);
        EXPECT_EQ(found->state, decision.state) << decision.note;
        EXPECT_EQ(found->reason, decision.reason) << decision.note;
        EXPECT_EQ(found->wanted, decision.wanted);
        EXPECT_EQ(found->owner_channel_id, decision.owner_channel_id);
      }
    }
    return true;
  });
  const auto differences = CompareIndexWithStore(*index_, world_.store(), world_.rng(), brings_orders, 10);
  ASSERT_TRUE(differences.ok()) << differences.status();
  EXPECT_THAT(*differences, testing::IsEmpty());
}

void Walk::DecideAll() {
  for (int account = 0; account < kAccounts; ++account) {
    StepInputs in{.lane = {.id = AccountLaneId(Account(account), Job::kInventory), .account_id = Account(account)},
                  .manifest = manifest_,
                  .plugin = plugin_,
                  .store = world_.store(),
                  .clock = world_.clock,
                  .rng = world_.rng(),
                  .ids = world_.ids(),
                  .logger = *logger_,
                  .budgets = budgets_,
                  .cipher = cipher_,
                  .brings_orders = [this](const std::string& id) { return BringsOrders(id); }};
    int rounds = 0;
    while (index_->CountUndecided(Account(account)) > 0) {
      ASSERT_LT(++rounds, 20) << "the same targets are named for ever";
      const std::vector<std::string> skus = index_->Take(Account(account), 4);
      world_.Write([&](Tx& tx) -> absl::Status {
        QuantityDecider decider(tx, in);
        for (const std::string& sku : skus) QS_RETURN_IF_ERROR(decider.DecideAgain(sku));
        return absl::OkStatus();
      });
      index_->Decided(Account(account), skus);
    }
  }
  (void)world_.Read([&](ReadTx& tx) -> absl::StatusOr<bool> {
    TargetReader reader(tx, [this](const std::string& id) { return BringsOrders(id); });
    for (int account = 0; account < kAccounts; ++account) {
      for (int sku = 0; sku < kSkus; ++sku) {
        QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> row, tx.FindTarget(Account(account), SkuOf(sku)));
        const TargetRecord target = row.value_or(TargetRecord{.account_id = Account(account), .sku = SkuOf(sku)});
        QS_ASSIGN_OR_RETURN(const TargetInputs inputs, reader.Read(target));
        const TargetDecision decision = DecideTarget(inputs);
        const LastDecision last = LastOf(target, row.has_value(), decision, tx);
        const bool stands =
            DecisionStands(last, {.state = decision.state, .reason = decision.reason, .wanted = decision.wanted});
        if (stands) continue;
        EXPECT_EQ(target.state, TargetState::kInFlight)
            << Account(account) << " " << SkuOf(sku) << " is " << static_cast<int>(target.state) << "/"
            << target.wanted.value_or(-1) << " of " << target.owner_channel_id << " '" << target.note
            << "' and should be " << static_cast<int>(decision.state) << "/" << decision.wanted.value_or(-1) << " of "
            << decision.owner_channel_id << " '" << decision.note << "'";
        if (target.state != TargetState::kInFlight) continue;
        QS_ASSIGN_OR_RETURN(const IntentRecord intent, tx.GetIntent(target.intent_id));
        EXPECT_NE(intent.target_version, target.version) << "its outcome would settle it";
      }
    }
    return true;
  });
}

class IndexWalkTest : public testing::TestWithParam<int> {};

TEST_P(IndexWalkTest, IndexSaysWhatTheStoreSays_AndNamesAllThatIsToBeDecided) {
  Walk walk(static_cast<uint64_t>(GetParam()));
  for (int step = 0; step < 150; ++step) {
    walk.Step();
    if (testing::Test::HasFailure()) FAIL() << "after: " << walk.done();
  }
  walk.DecideAll();
}

INSTANTIATE_TEST_SUITE_P(Seeds, IndexWalkTest, testing::Range(1, 13));

}  // namespace
}  // namespace quayside
