#include "host/plugin/reload/activation_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/reload_records.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Version(const std::string& version, const std::string& schema) {
  return R"({"schema": 1, "id": "shop", "version": ")" + version + R"(", "config_schema": )" + schema + R"(,
      "contracts": [{"id": "plugin/1", "scope": "account"},
                    {"id": "order_sync/1", "scope": "account", "cursor_schema": 1, "reads_cursor_schemas": [1]}]})";
}

const std::string kOld = Version("1.0.0", R"({"properties": {"site": {"type": "string"}}})");
const std::string kNew =
    Version("1.1.0", R"({"properties": {"shop": {"type": "string", "x-qs-renamed-from": "site"}}})");

// Version 1.0.0 works; the accounts a and b have an option that 1.1.0 renames, c has none.
class ActivationPlanTest : public ::testing::Test {
 protected:
  ActivationPlanTest() {
    Activate(kOld, {});
    Write([](Tx& tx) -> absl::Status {
      for (const char* id : {"a", "b", "c"}) {
        AccountRecord account{.id = id, .plugin_id = "shop", .revision = 1};
        if (account.id != "c") account.options["site"] = id;
        QS_RETURN_IF_ERROR(tx.PutAccount(account));
      }
      return tx.PutAccount({.id = "stranger", .plugin_id = "other", .options = {{"site", "x"}}, .revision = 1});
    });
  }
  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  ActivationPlan Plan(const std::string& manifest) {
    ActivationPlan plan;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(plan, PlanActivation(tx, ParseManifest(manifest).value(), manifests_));
      return absl::OkStatus();
    });
    return plan;
  }
  void Activate(const std::string& json, const ActivationPlan& plan) {
    const absl::Status status = TryToActivate(json, plan);
    ASSERT_TRUE(status.ok()) << status;
  }
  absl::Status TryToActivate(const std::string& json, const ActivationPlan& plan) {
    const auto manifest = ParseManifest(json).value();
    return store_->Write([&](Tx& tx) {
      return WriteActivation(tx,
                             {.version = {.plugin_id = "shop", .version = manifest.version(), .manifest_json = json},
                              .manifest = manifest,
                              .now = 1},
                             plan)
          .status();
    });
  }
  OptionMap OptionsOf(const std::string& id) {
    OptionMap options;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(id));
      options = account.options;
      return absl::OkStatus();
    });
    return options;
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_ = OpenSqliteStore({.data_dir = folder_ / "data"}).value();
  ManifestMemo manifests_;
};

TEST_F(ActivationPlanTest, NamesWhatChanges_AndNothingElse) {
  EXPECT_THAT(Plan(kNew).accounts, ElementsAre("a", "b"));
  EXPECT_THAT(Plan(kOld).accounts, IsEmpty());
  Activate(kNew, Plan(kNew));
  EXPECT_EQ(OptionsOf("a"), (OptionMap{{"shop", "a"}}));
  EXPECT_EQ(OptionsOf("stranger"), (OptionMap{{"site", "x"}}));
}

TEST_F(ActivationPlanTest, WhatIsChangedAfterThePlan_FollowsAllTheSame) {
  const ActivationPlan plan = Plan(kNew);
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "c", .plugin_id = "shop", .options = {{"site", "late"}}, .revision = 2}));
    return tx.AppendEvent({0, 1, "account.updated", AccountName("c"), {}}).status();
  });
  Activate(kNew, plan);
  EXPECT_EQ(OptionsOf("c"), (OptionMap{{"shop", "late"}}));
}

TEST_F(ActivationPlanTest, AChannelThatGetsAnUnexplainedOptionAfterThePlan_HoldsTheVersionUp) {
  Activate(kNew, Plan(kNew));
  const std::string forgetful = Version("1.2.0", R"({"properties": {"shop": {"type": "string"}}})");
  const std::string more =
      Version("1.1.1", R"({"properties": {"shop": {"type": "string"}, "page": {"type": "integer"}}})");
  Activate(more, Plan(more));
  const ActivationPlan plan = Plan(forgetful);
  Write([](Tx& tx) -> absl::Status {
    ChannelRecord channel{.id = "a-main", .account_id = "a", .marketplace = "main", .revision = 1};
    channel.config.options = {{"page", "20"}};
    QS_RETURN_IF_ERROR(tx.PutChannel(channel, "test"));
    return tx.AppendEvent({0, 1, "channel.updated", ChannelName("a-main"), {}}).status();
  });
  const absl::Status refused = TryToActivate(forgetful, plan);
  EXPECT_TRUE(HasReason(refused, Reason::kReloadRefused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("options.page"));
}

TEST_F(ActivationPlanTest, BringUpToDate_TakesWhatTheEventsName) {
  ActivationPlan plan = Plan(kNew);
  Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AppendEvent({0, 1, "account.updated", AccountName("c"), {}}).status());
    return BringUpToDate(tx, ParseManifest(kNew).value(), manifests_, plan);
  });
  EXPECT_THAT(plan.accounts, testing::UnorderedElementsAre("a", "b", "c"));
}

TEST_F(ActivationPlanTest, BringUpToDate_PlansAnew_WhenMuchHasHappened) {
  ActivationPlan plan = Plan(kNew);
  Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.DeleteAccount("a"));
    for (int i = 0; i < 5000; ++i)
      QS_RETURN_IF_ERROR(tx.AppendEvent({0, 1, "order.received", "orders/1", {}}).status());
    return BringUpToDate(tx, ParseManifest(kNew).value(), manifests_, plan);
  });
  EXPECT_THAT(plan.accounts, testing::ElementsAre("b"));
}

TEST_F(ActivationPlanTest, AnAccountThatIsGoneByThen_IsNoHindrance) {
  const ActivationPlan plan = Plan(kNew);
  Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.DeleteAccount("a"));
    return tx.AppendEvent({0, 1, "account.deleted", AccountName("a"), {}}).status();
  });
  Activate(kNew, plan);
  EXPECT_EQ(OptionsOf("b"), (OptionMap{{"shop", "b"}}));
}

}  // namespace
}  // namespace quayside
