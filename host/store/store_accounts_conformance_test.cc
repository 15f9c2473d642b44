// Plugins, accounts, secrets, channels, lanes and runs.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, Plugins_RoundTripAndReplace) {
  PluginRecord plugin{.id = "amazon",
                      .version = "1.2.3",
                      .folder = "amazon-1.2.3",
                      .sha256 = "ab",
                      .manifest_json = "{}",
                      .installed_us = 42};
  MustWrite([&](Tx& tx) { return tx.PutPlugin({.id = "zalando"}); });
  MustWrite([&](Tx& tx) { return tx.PutPlugin(plugin); });
  plugin.version = "1.2.4";
  MustWrite([&](Tx& tx) { return tx.PutPlugin(plugin); });
  const PluginRecord read = MustRead([](ReadTx& tx) { return tx.GetPlugin("amazon"); });
  EXPECT_EQ(read.version, "1.2.4");
  EXPECT_EQ(read.folder, plugin.folder);
  EXPECT_EQ(read.sha256, plugin.sha256);
  EXPECT_EQ(read.manifest_json, plugin.manifest_json);
  EXPECT_EQ(read.installed_us, plugin.installed_us);
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListPlugins(); }), &PluginRecord::id),
              ElementsAre("amazon", "zalando"));
}

TEST_P(StoreConformance, MissingRow_IsNotFoundWithItsReason) {
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetPlugin("x"); }), Reason::kPluginNotFound));
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetAccount("x"); }), Reason::kAccountNotFound));
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetChannel("x"); }), Reason::kChannelNotFound));
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetRun(1); }), Reason::kRunNotFound));
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetItem(1); }), Reason::kItemNotFound));
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetPostalMethod("x"); }), Reason::kPostalMethodNotFound));
  EXPECT_EQ(ReadStatus([](ReadTx& tx) { return tx.GetIntent(1); }).code(), absl::StatusCode::kNotFound);
  const absl::Status order = ReadStatus([](ReadTx& tx) { return tx.GetOrder(42); });
  EXPECT_EQ(order.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(HasReason(order, Reason::kOrderNotFound));
  EXPECT_EQ(MetadataOf(order).at("resource"), "orders/42");
}

TEST_P(StoreConformance, Accounts_RoundTripAndPageById) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int64_t n : {3, 1, 2}) QS_RETURN_IF_ERROR(tx.PutAccount(sample::Account(n)));
    return absl::OkStatus();
  });
  const AccountRecord read = MustRead([](ReadTx& tx) { return tx.GetAccount("acc-0002"); });
  const AccountRecord written = sample::Account(2);
  EXPECT_EQ(read.plugin_id, written.plugin_id);
  EXPECT_EQ(read.display_name, written.display_name);
  EXPECT_EQ(read.options, written.options);
  EXPECT_EQ(read.revision, written.revision);
  EXPECT_EQ(read.created_us, written.created_us);
  EXPECT_EQ(read.updated_us, written.updated_us);
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListAccounts("", 2); }), &AccountRecord::id),
              ElementsAre("acc-0001", "acc-0002"));
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListAccounts("acc-0002", 2); }), &AccountRecord::id),
              ElementsAre("acc-0003"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListAccounts("", 0); }), IsEmpty());
}

TEST_P(StoreConformance, RowsOfAPlugin_AreThoseOfItsAccounts_ByAccountAndId) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int64_t n : {1, 2, 3, 4}) {
      AccountRecord account = sample::Account(n);
      account.plugin_id = n == 3 ? "other" : "mine";
      QS_RETURN_IF_ERROR(tx.PutAccount(account));
      // Ids that are not in the order of the accounts.
      for (const char* letter : {"b", "a"}) {
        const std::string id = letter + std::to_string(9 - n);
        QS_RETURN_IF_ERROR(
            tx.PutChannel({.id = id, .account_id = account.id, .marketplace = letter, .enabled = true}, "ann"));
        LaneRecord lane{.id = id, .account_id = account.id};
        QS_RETURN_IF_ERROR(tx.PutLaneControl(lane));
      }
    }
    return absl::OkStatus();
  });
  const auto accounts = [&](const char* after, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListAccountsOfPlugin("mine", after, limit); }),
                  &AccountRecord::id);
  };
  EXPECT_THAT(accounts("", 2), ElementsAre("acc-0001", "acc-0002"));
  EXPECT_THAT(accounts("acc-0002", 2), ElementsAre("acc-0004"));
  const auto lanes = [&](const PluginRowsQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListLanePlacesOfPlugin(query); }), &LanePlaceRecord::id);
  };
  const auto channels = [&](const PluginRowsQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListChannelsOfPlugin(query); }), &ChannelRecord::id);
  };
  for (const auto& rows : {lanes({"mine", "", "", 3}), channels({"mine", "", "", 3})}) {
    EXPECT_THAT(rows, ElementsAre("a8", "b8", "a7"));
  }
  for (const auto& rows : {lanes({"mine", "acc-0002", "a7", 9}), channels({"mine", "acc-0002", "a7", 9})}) {
    EXPECT_THAT(rows, ElementsAre("b7", "a5", "b5"));
  }
}

TEST_P(StoreConformance, Secrets_AreKeptAsBytesReplacedAndRemoved) {
  const std::string bytes("\0\xff\x01", 3);
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutSecret("acc-1", "token", "old"));
    QS_RETURN_IF_ERROR(tx.PutSecret("acc-1", "token", bytes));
    QS_RETURN_IF_ERROR(tx.PutSecret("acc-1", "gone", "x"));
    QS_RETURN_IF_ERROR(tx.PutSecret("acc-1", "gone", ""));
    return tx.PutSecret("acc-2", "token", "other");
  });
  const std::map<std::string, std::string> expected = {{"token", bytes}};
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetSecrets("acc-1"); }), expected);
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetSecrets("acc-3"); }), IsEmpty());
}

TEST_P(StoreConformance, DeleteAccount_TakesWhatIsItsOwnAndNothingElse) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* account : {"acc-1", "acc-2"}) {
      AccountRecord record = sample::Account(1);
      record.id = account;
      QS_RETURN_IF_ERROR(tx.PutAccount(record));
      QS_RETURN_IF_ERROR(tx.PutSecret(account, "token", "x"));
      LaneRecord lane = sample::Lane(std::string(account) + ".orders", 1, "");
      lane.account_id = account;
      QS_RETURN_IF_ERROR(tx.PutLaneControl(lane));
      TargetRecord target = sample::Target("SKU", TargetState::kDirty, 1, 1);
      target.account_id = account;
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
      QS_RETURN_IF_ERROR(tx.PutBudget({.account_id = account, .operation = "op"}));
    }
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {}));
    return tx.DeleteAccount("acc-1");
  });
  EXPECT_FALSE(ReadStatus([](ReadTx& tx) { return tx.GetAccount("acc-1"); }).ok());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetSecrets("acc-1"); }), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListLanes({.account_id = "acc-1"}); }), IsEmpty());
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "SKU"); }).has_value());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListBudgets("acc-1"); }), IsEmpty());
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindOrder("acc-1", "ext-0001"); }).has_value());
  EXPECT_TRUE(ReadStatus([](ReadTx& tx) { return tx.GetAccount("acc-2"); }).ok());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetSecrets("acc-2"); }).size(), 1u);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListLanes({.account_id = "acc-2"}); }).size(), 1u);
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-2", "SKU"); }).has_value());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListBudgets("acc-2"); }).size(), 1u);
}

TEST_P(StoreConformance, Channels_RoundTripWithEveryOption) {
  const ChannelRecord written = sample::Channel("acc-1", 1);
  ChannelRecord plain;
  plain.id = "plain";
  plain.account_id = "acc-1";
  plain.marketplace = "M9";
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutChannel(written, "ann"));
    return tx.PutChannel(plain, "ann");
  });
  const ChannelRecord read = MustRead([&](ReadTx& tx) { return tx.GetChannel(written.id); });
  EXPECT_EQ(read.account_id, written.account_id);
  EXPECT_EQ(read.marketplace, written.marketplace);
  EXPECT_EQ(read.display_name, written.display_name);
  EXPECT_TRUE(read.enabled);
  EXPECT_EQ(read.config, written.config);
  EXPECT_EQ(read.config_revision, written.config_revision);
  EXPECT_EQ(read.revision, written.revision);
  EXPECT_EQ(read.created_us, written.created_us);
  EXPECT_EQ(read.updated_us, written.updated_us);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetChannel("plain"); }).config, ChannelConfig{}) << "unset stays unset";
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindChannel("acc-1", "M0001"); })->id, written.id);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindChannel("acc-2", "M0001"); }).has_value());
}

TEST_P(StoreConformance, PutChannel_RefusesASecondChannelOfTheMarketplace) {
  MustWrite([](Tx& tx) { return tx.PutChannel(sample::Channel("acc-1", 1), "ann"); });
  ChannelRecord second = sample::Channel("acc-1", 2);
  second.marketplace = sample::Channel("acc-1", 1).marketplace;
  const absl::Status status = store().Write([&](Tx& tx) { return tx.PutChannel(second, "ann"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(HasReason(status, Reason::kChannelExists));
}

TEST_P(StoreConformance, Channels_PageByIdOverAllAndByAccount) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int64_t n : {4, 2, 1, 3}) {
      QS_RETURN_IF_ERROR(tx.PutChannel(sample::Channel(n % 2 == 0 ? "even" : "odd", n), "ann"));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const ChannelQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListChannels(query); }), &ChannelRecord::id);
  };
  EXPECT_THAT(ids({.limit = 3}), ElementsAre("ch-0001", "ch-0002", "ch-0003"));
  EXPECT_THAT(ids({.after_id = "ch-0003"}), ElementsAre("ch-0004"));
  EXPECT_THAT(ids({.account_id = "even"}), ElementsAre("ch-0002", "ch-0004"));
  EXPECT_THAT(ids({.account_id = "even", .after_id = "ch-0002", .limit = 1}), ElementsAre("ch-0004"));
}

TEST_P(StoreConformance, DeleteChannel_TakesListingsAndLanesAndLeavesOrders) {
  MustWrite([](Tx& tx) -> absl::Status {
    ChannelRecord channel = sample::Channel("acc-1", 1);
    channel.id = "ch-1";
    QS_RETURN_IF_ERROR(tx.PutChannel(channel, "ann"));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 1)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-2", "A", 1)));
    QS_RETURN_IF_ERROR(tx.PutLaneControl(sample::Lane("acc-1.ch-1.listings", 1, "")));
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {}));
    return tx.DeleteChannel("ch-1");
  });
  EXPECT_FALSE(ReadStatus([](ReadTx& tx) { return tx.GetChannel("ch-1"); }).ok());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); }).total, 0);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "A"); }).has_value());
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-2", "A"); }).has_value());
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindLane("acc-1.ch-1.listings"); }).has_value());
  EXPECT_TRUE(ReadStatus([](ReadTx& tx) { return tx.GetOrder(1); }).ok());
}

TEST_P(StoreConformance, OpenRuns_AreThoseWithoutAnEnd_OldestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutRun({.id = 3, .lane_id = "a", .state = RunState::kQueued, .started_us = 1}));
    QS_RETURN_IF_ERROR(tx.PutRun({.id = 2, .lane_id = "b", .state = RunState::kRunning, .started_us = 1}));
    return tx.PutRun({.id = 1, .lane_id = "a", .state = RunState::kFailed, .started_us = 1, .ended_us = 2});
  });
  const auto open = [&](const char* lane) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOpenRuns(lane); }), &RunRecord::id);
  };
  EXPECT_THAT(open(""), ElementsAre(2, 3));
  EXPECT_THAT(open("a"), ElementsAre(3));
  MustWrite([](Tx& tx) { return tx.PutRun({.id = 3, .lane_id = "a", .state = RunState::kSucceeded, .ended_us = 4}); });
  EXPECT_THAT(open("a"), IsEmpty());
}

TEST_P(StoreConformance, Runs_RoundTripNewestFirstAndTrim) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 6; ++id) {
      QS_RETURN_IF_ERROR(tx.PutRun({.id = id,
                                    .lane_id = id == 4 ? "other" : "lane",
                                    .state = RunState::kFailed,
                                    .started_us = 1,
                                    .ended_us = 2,
                                    .steps = 3,
                                    .items = 4,
                                    .bad_records = 5,
                                    .error = "e",
                                    .error_reason = "R",
                                    .trace_id = id % 2 == 0 ? "two" : ""}));
    }
    return absl::OkStatus();
  });
  const RunRecord read = MustRead([](ReadTx& tx) { return tx.GetRun(2); });
  EXPECT_EQ(read.lane_id, "lane");
  EXPECT_EQ(read.state, RunState::kFailed);
  EXPECT_EQ(read.started_us, 1);
  EXPECT_EQ(read.ended_us, 2);
  EXPECT_EQ(read.steps, 3);
  EXPECT_EQ(read.items, 4);
  EXPECT_EQ(read.bad_records, 5);
  EXPECT_EQ(read.error, "e");
  EXPECT_EQ(read.error_reason, "R");
  EXPECT_EQ(read.trace_id, "two");
  const auto listed = [&](const RunQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListRuns(query); }), &RunRecord::id);
  };
  const auto ids = [&](const char* lane, int64_t before, int limit) {
    return listed({.lane_id = lane, .before_id = before, .limit = limit});
  };
  EXPECT_THAT(listed({.trace_id = "two"}), ElementsAre(6, 4, 2));
  EXPECT_THAT(listed({.trace_id = "two", .before_id = 6, .limit = 1}), ElementsAre(4));
  EXPECT_THAT(listed({.lane_id = "lane", .trace_id = "two"}), ElementsAre(6, 2));
  EXPECT_THAT(listed({.trace_id = "three"}), IsEmpty());
  EXPECT_THAT(ids("lane", 0, 2), ElementsAre(6, 5));
  EXPECT_THAT(ids("lane", 5, 10), ElementsAre(3, 2, 1));
  EXPECT_THAT(ids("", 0, 10), ElementsAre(6, 5, 4, 3, 2, 1));
  MustWrite([](Tx& tx) { return tx.TrimRuns("lane", 10); });
  EXPECT_THAT(ids("lane", 0, 10), ElementsAre(6, 5, 3, 2, 1));
  MustWrite([](Tx& tx) { return tx.TrimRuns("lane", 2); });
  EXPECT_THAT(ids("", 0, 10), ElementsAre(6, 5, 4));
  MustWrite([](Tx& tx) { return tx.TrimRuns("lane", 0); });
  EXPECT_THAT(ids("", 0, 10), ElementsAre(4));
}

}  // namespace
}  // namespace quayside
