// Which lanes an account has, and which of them work.
#include "host/sync/account_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "host/inventory/testing/store_world.h"

namespace quayside {
namespace {

using ::testing::UnorderedElementsAre;

// Knows one plugin and runs nothing.
class OnePlugin final : public PluginCatalog {
 public:
  explicit OnePlugin(const std::vector<std::string>& contracts) {
    plugin_.record.id = "shop";
    for (const std::string& id : contracts) plugin_.manifest.add_contracts()->set_id(id);
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
  EXPECT_TRUE(Lanes(offered, {.reconcile = true, .completeness = true}).at("acc.de.reconcile"));
  EXPECT_FALSE(Lanes(offered, {.reconcile = true, .completeness = true}).contains("acc.completeness"))
      << "the plugin has no other list of orders";
  EXPECT_FALSE(Lanes({"inventory_push/1"}, {.reconcile = true}).contains("acc.de.reconcile")) << "it reads no listings";
  channel_.config.update_inventory = false;
  world_.Write([&](Tx& tx) { return tx.PutChannel(channel_, "test"); });
  EXPECT_FALSE(Lanes(offered, {.reconcile = true}).at("acc.de.reconcile")) << "nothing is sent";
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
