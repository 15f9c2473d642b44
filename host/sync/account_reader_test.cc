// Which lanes an account has, and which of them work.
#include "host/sync/account_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using ::testing::UnorderedElementsAre;

constexpr ComparingJobs kComparing = {
    .now = kWorldStartUs, .reconcile_us = 30 * kMinuteUs, .completeness_us = 24 * kHourUs};

// Knows one plugin and runs nothing.
class OnePlugin final : public PluginCatalog {
 public:
  // `methods`: of each.
  explicit OnePlugin(const std::vector<std::string>& contracts, const std::vector<std::string>& methods = {}) {
    plugin_.record.id = "shop";
    for (const std::string& id : contracts) {
      quayside::plugin::v1::Contract& contract = *plugin_.manifest.add_contracts();
      contract.set_id(id);
      contract.mutable_methods()->Assign(methods.begin(), methods.end());
    }
  }
  absl::Status Start() override { return absl::OkStatus(); }
  std::vector<PluginStatus> List() override { return {plugin_}; }
  absl::StatusOr<PluginStatus> Get(const std::string&) override { return plugin_; }
  absl::StatusOr<BundleInspection> Inspect(const std::string&) override { return absl::UnimplementedError("none"); }
  absl::StatusOr<PluginStatus> Install(const std::string&, const InstallOptions&, const InstallHook&) override {
    return absl::UnimplementedError("none");
  }
  absl::StatusOr<std::shared_ptr<Generation>> Active(const std::string&) override {
    return absl::UnimplementedError("none");
  }
  void Stop() override {}

 private:
  PluginStatus plugin_;
};

class AccountReaderTest : public ::testing::Test {
 protected:
  AccountReaderTest() {
    world_.Write([](Tx& tx) { return tx.PutAccount({.id = "acc", .plugin_id = "shop"}); });
    channel_ = world_.AddChannel("de");
  }
  // Lanes by id, and whether each works; read in both ways there are.
  std::map<std::string, bool> Lanes(const std::vector<std::string>& contracts, const ComparingJobs& comparing = {}) {
    OnePlugin catalog(contracts);
    std::map<std::string, bool> one;
    std::map<std::string, bool> all;
    world_.Write([&](Tx& tx) -> absl::Status {
      one.clear();
      all.clear();
      QS_ASSIGN_OR_RETURN(const AccountLanes of_account, ReadAccountLanes(tx, catalog, budgets_, "acc", comparing));
      for (const Lane& lane : of_account.lanes) one[lane.record.id] = lane.enabled;
      QS_ASSIGN_OR_RETURN(const std::vector<AccountLanes> accounts, ReadAllLanes(tx, catalog, budgets_, comparing));
      for (const AccountLanes& account : accounts) {
        for (const Lane& lane : account.lanes) all[lane.record.id] = lane.enabled;
      }
      return absl::OkStatus();
    });
    EXPECT_EQ(one, all);
    return one;
  }
  void Disable() {
    channel_.enabled = false;
    world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  }

  // When the account's despatch lane runs by itself.
  TimeUs DueOfDespatch() {
    OnePlugin catalog({"despatch/1"});
    return world_.Read([&](ReadTx& tx) { return ReadAccountLanes(tx, catalog, budgets_, "acc"); }).lanes.front().due_us;
  }

  // By lane, as a start of the host finds them, with a plugin that offers orders, another list of them, listings and
  // quantities.
  std::map<std::string, TimeUs> DueTimes(TimeUs now) {
    OnePlugin catalog({"order_sync/1", "listing_sync/1", "inventory_push/1"}, {"enumerate", "get"});
    ComparingJobs comparing = kComparing;
    comparing.now = now;
    std::map<std::string, TimeUs> due;
    for (const AccountLanes& account :
         world_.Read([&](ReadTx& tx) { return ReadAllLanes(tx, catalog, budgets_, comparing); })) {
      for (const Lane& lane : account.lanes) due[lane.record.id] = lane.due_us;
    }
    return due;
  }

  StoreWorld world_;
  RateBudgets budgets_{world_.clock};
  ChannelRecord channel_;
};

TEST_F(AccountReaderTest, ALaneForEachJobThePluginOffers) {
  EXPECT_THAT(Lanes({"order_sync/1", "listing_sync/1", "despatch/1"}),
              UnorderedElementsAre(std::pair("acc.orders", true), std::pair("acc.de.listings", true),
                                   std::pair("acc.despatch", true)));
  EXPECT_THAT(Lanes({"inventory_push/1"}), UnorderedElementsAre(std::pair("acc.inventory", true)));
}

TEST_F(AccountReaderTest, LanesThatCompare_AreThereWhenTheyAreSwitchedOnAndOffered) {
  const std::vector<std::string> offered = {"order_sync/1", "listing_sync/1", "inventory_push/1"};
  EXPECT_FALSE(Lanes(offered).contains("acc.de.reconcile"));
  EXPECT_TRUE(Lanes(offered, kComparing).at("acc.de.reconcile"));
  EXPECT_FALSE(Lanes(offered, kComparing).contains("acc.completeness")) << "the plugin has no other list of orders";
  EXPECT_FALSE(Lanes({"inventory_push/1"}, kComparing).contains("acc.de.reconcile")) << "it reads no listings";
  channel_.config.update_inventory = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_FALSE(Lanes(offered, kComparing).at("acc.de.reconcile")) << "nothing is sent";
}

// As with the first version that compares: none of a thousand lanes has ever run.
TEST_F(AccountReaderTest, LanesThatCompare_BeginOneAfterTheOther_AndTheOthersAtOnce) {
  constexpr int kAccounts = 1'000;
  world_.Write([](Tx& tx) -> absl::Status {
    for (int n = 0; n < kAccounts; ++n) {
      const std::string id = "shop" + std::to_string(n);
      QS_RETURN_IF_ERROR(tx.PutAccount({.id = id, .plugin_id = "shop"}));
      QS_RETURN_IF_ERROR(tx.PutChannel({.id = id, .account_id = id, .marketplace = "mp", .enabled = true}, "test"));
    }
    return absl::OkStatus();
  });
  const TimeUs now = world_.now();
  const std::map<std::string, TimeUs> due = DueTimes(now);
  std::map<TimeUs, int> compared;  // by minute
  for (int n = 0; n < kAccounts; ++n) {
    const std::string id = "shop" + std::to_string(n);
    EXPECT_EQ(due.at(id + ".orders"), 0);
    EXPECT_EQ(due.at(id + ".inventory"), 0);
    EXPECT_EQ(due.at(id + "." + id + ".listings"), 0);
    for (const auto& [lane, within] :
         {std::pair(id + "." + id + ".reconcile", kComparing.reconcile_us), std::pair(id + ".completeness", kHourUs)}) {
      EXPECT_GE(due.at(lane), now);
      EXPECT_LT(due.at(lane), now + within);
      ++compared[(due.at(lane) - now) / kMinuteUs];
    }
  }
  for (const auto& [minute, lanes] : compared) EXPECT_LT(lanes, kAccounts / 8) << "in minute " << minute;
  EXPECT_EQ(DueTimes(now + 1).at("shop7.completeness"), due.at("shop7.completeness")) << "started again";
}

TEST_F(AccountReaderTest, ALaneThatHasCompared_KeepsItsTime) {
  LaneRecord lane{.id = "acc.de.reconcile", .account_id = "acc", .channel_id = "de", .job = Job::kReconcile};
  lane.next_run_us = world_.now() - 1;
  world_.Write([&](Tx& tx) { return tx.PutLaneControl(lane); });
  EXPECT_EQ(DueTimes(world_.now()).at("acc.de.reconcile"), lane.next_run_us);
}

TEST_F(AccountReaderTest, WithoutAnEnabledChannel_OnlyWhatIsOpenIsFollowed) {
  Disable();
  const std::vector<std::string> offered = {"order_sync/1", "despatch/1", "inventory_push/1"};
  EXPECT_FALSE(Lanes(offered).at("acc.despatch"));
  DespatchRecord package{.id = 5, .order_id = 1, .number = 1, .account_id = "acc", .state = DespatchState::kAccepted};
  world_.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  EXPECT_TRUE(Lanes(offered).at("acc.despatch"));
  EXPECT_FALSE(Lanes(offered).at("acc.inventory"));
  EXPECT_FALSE(Lanes(offered).at("acc.orders"));
  package.state = DespatchState::kConfirmed;
  world_.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  EXPECT_FALSE(Lanes(offered).at("acc.despatch"));
}

TEST_F(AccountReaderTest, ADespatchLane_RunsByItselfOnlyWhenSomethingWaits) {
  EXPECT_EQ(DueOfDespatch(), kNever);
  world_.Write([](Tx& tx) { return tx.PutDespatch({.id = 5, .order_id = 1, .number = 1, .account_id = "acc"}); });
  EXPECT_EQ(DueOfDespatch(), 0) << "at once";
}

TEST_F(AccountReaderTest, CancellationsAndRefunds_AreFollowedToTheirEnd) {
  EXPECT_TRUE(Lanes({"post_sale/1"}).at("acc.post-sale"));
  Disable();
  EXPECT_FALSE(Lanes({"post_sale/1"}).at("acc.post-sale"));
  world_.Write([](Tx& tx) {
    return tx.PutPostSale(
        {.id = 5, .order_id = 1, .number = 1, .account_id = "acc", .state = PostSaleState::kAccepted});
  });
  EXPECT_TRUE(Lanes({"post_sale/1"}).at("acc.post-sale"));
}

TEST_F(AccountReaderTest, AFulfilmentCentre_IsReadThroughTheChannelThatSaysSo) {
  EXPECT_THAT(Lanes({"fulfilment/1"}), UnorderedElementsAre(std::pair("acc.fulfilment-outbound", true)));
  channel_.config.fba_enabled = true;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_THAT(Lanes({"fulfilment/1"}), UnorderedElementsAre(std::pair("acc.fulfilment-outbound", true)))
      << "another channel of the pool reads it";
  channel_.config.fba_sync_inventory = true;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_THAT(Lanes({"fulfilment/1"}), UnorderedElementsAre(std::pair("acc.de.fulfilment-stock", true),
                                                            std::pair("acc.fulfilment-outbound", true)));
  Disable();
  EXPECT_THAT(Lanes({"fulfilment/1"}), UnorderedElementsAre(std::pair("acc.de.fulfilment-stock", false),
                                                            std::pair("acc.fulfilment-outbound", false)));
}

}  // namespace
}  // namespace quayside
