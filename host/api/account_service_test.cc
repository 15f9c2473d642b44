#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(AccountServiceTest, CreatesShowsAndLists) {
  ApiWorld world;
  const auto created = world.Ask(&Accounts::CreateAccount, R"(account_id: "amz-eu" account {
      plugin: "plugins/amazon" display_name: "Amazon Europe" options { key: "region" value: "eu" } })");
  ASSERT_TRUE(created.ok()) << created;
  EXPECT_EQ(created->account().name(), "accounts/amz-eu");
  EXPECT_EQ(created->account().etag(), "1");
  EXPECT_EQ(created->account().create_time().seconds(), 1'767'225'600);
  EXPECT_EQ(created->account().secrets_set().size(), 2u);
  EXPECT_FALSE(created->account().secrets_set().at("refresh_token"));
  EXPECT_EQ(world.engine.accounts_changed("amz-eu"), 1);
  EXPECT_THAT(world.EventTexts(), ElementsAre("account.created accounts/amz-eu"));

  const auto got = world.Ask(&Accounts::GetAccount, "name: 'accounts/amz-eu'");
  EXPECT_EQ(got->account().ShortDebugString(), created->account().ShortDebugString());
  const auto listed = world.Ask(&Accounts::ListAccounts, "");
  ASSERT_EQ(listed->accounts_size(), 1);
  EXPECT_EQ(listed->accounts(0).options().at("region"), "eu");
}

TEST(AccountServiceTest, MakesAnIdWhenNoneIsGiven) {
  ApiWorld world;
  const std::string request = "account { plugin: 'plugins/amazon' }";
  EXPECT_EQ(world.Ask(&Accounts::CreateAccount, request)->account().name(), "accounts/amazon");
  EXPECT_EQ(world.Ask(&Accounts::CreateAccount, request)->account().name(), "accounts/amazon-2");
}

TEST(AccountServiceTest, RefusesATakenId) {
  ApiWorld world;
  world.MakeAccount();
  const auto second = world.Ask(&Accounts::CreateAccount, "account_id: 'amz' account { plugin: 'plugins/amazon' }");
  EXPECT_EQ(second.reason(), "ACCOUNT_EXISTS");
  EXPECT_EQ(second.code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Refusal(second.status).resource.resource_name(), "accounts/amz");
  EXPECT_EQ(Refusal(second.status).resource.resource_type(), "accounts");
}

TEST(AccountServiceTest, NamesEveryViolationAtOnce) {
  ApiWorld world;
  world.engine.validate = [](const AccountRecord&) {
    return MakeFieldError(Reason::kInvalidConfiguration,
                          {{"region", "must be eu or na"}, {"options.seller_id", "is required"}});
  };
  const auto refused = world.Ask(&Accounts::CreateAccount, R"(account_id: "Not An Id" account {
      plugin: "plugins/amazon" display_name: "two\nlines" })");
  EXPECT_EQ(refused.reason(), "INVALID_CONFIGURATION");
  EXPECT_EQ(refused.code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.fields(), UnorderedElementsAre("account_id", "account.display_name", "account.options.region",
                                                     "account.options.seller_id"));
  EXPECT_TRUE(world.EventTexts().empty());
}

TEST(AccountServiceTest, RefusesAPluginThatIsNotInstalled) {
  ApiWorld world;
  EXPECT_EQ(world.Ask(&Accounts::CreateAccount, "account { plugin: 'plugins/ebay' }").reason(), "PLUGIN_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Accounts::CreateAccount, "account { plugin: 'amazon' }").fields(),
              ElementsAre("account.plugin"));
}

TEST(AccountServiceTest, UpdateFollowsMaskAndEtag) {
  ApiWorld world;
  world.MakeAccount();
  const auto renamed =
      world.Ask(&Accounts::UpdateAccount, R"(account { name: "accounts/amz" display_name: "New" etag: "1"
      options { key: "region" value: "na" } } update_mask { paths: "display_name" })");
  ASSERT_TRUE(renamed.ok()) << renamed;
  EXPECT_EQ(renamed->account().display_name(), "New");
  EXPECT_EQ(renamed->account().options().at("region"), "eu");
  EXPECT_EQ(renamed->account().etag(), "2");

  const auto stale =
      world.Ask(&Accounts::UpdateAccount, "account { name: 'accounts/amz' display_name: 'Late' etag: '1' }");
  EXPECT_EQ(stale.reason(), "ETAG_MISMATCH");
  EXPECT_EQ(stale.code(), grpc::StatusCode::ABORTED);

  const auto unknown = world.Ask(&Accounts::UpdateAccount,
                                 "account { name: 'accounts/amz' } update_mask { paths: 'plugin' paths: 'etag' }");
  EXPECT_EQ(unknown.reason(), "INVALID_ARGUMENT");
  EXPECT_THAT(unknown.fields(), ElementsAre("update_mask", "update_mask"));
}

TEST(AccountServiceTest, UpdateChecksTheOptions) {
  ApiWorld world;
  world.MakeAccount();
  world.engine.validate = [](const AccountRecord& account) {
    return account.options.contains("region")
               ? absl::OkStatus()
               : MakeFieldError(Reason::kInvalidConfiguration, {{"region", "is required"}});
  };
  const auto refused =
      world.Ask(&Accounts::UpdateAccount, "account { name: 'accounts/amz' } update_mask { paths: 'options' }");
  EXPECT_THAT(refused.fields(), ElementsAre("account.options.region"));
  EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: 'accounts/amz'")->account().etag(), "1");
}

TEST(AccountServiceTest, WhoseAccountItIs_StaysOnceALaneDidSomething) {
  ApiWorld world;
  world.catalog.plugin.manifest.set_config_schema(R"({"type": "object", "properties": {
      "region": {"type": "string", "x-qs-identity": true}, "pace": {"type": "string"},
      "site": {"type": "string", "default": "main", "x-qs-identity": true}}})");
  world.MakeAccount();
  const auto with = [&](const std::string& options) {
    return world.Ask(&Accounts::UpdateAccount,
                     "account { name: 'accounts/amz' " + options + " } update_mask { paths: 'options' }");
  };
  ASSERT_TRUE(with("options { key: 'region' value: 'na' }").ok()) << "nothing is there that belongs to the other";
  world.Write([&](Tx& tx) -> absl::Status {
    LaneRecord lane{.id = "amz.orders", .account_id = "amz", .job = Job::kOrders};
    lane.cursor = {.schema = 1, .state = "here", .watermark_us = 5};
    return tx.CommitLane({lane, {}});
  });
  const auto refused = with("options { key: 'region' value: 'eu' } options { key: 'site' value: 'other' }");
  EXPECT_EQ(refused.reason(), "INVALID_CONFIGURATION");
  EXPECT_THAT(refused.fields(), UnorderedElementsAre("account.options.region", "account.options.site"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("add another account"));
  EXPECT_THAT(with("").fields(), ElementsAre("account.options.region")) << "nor taken away";
  EXPECT_TRUE(with("options { key: 'region' value: 'na' } options { key: 'pace' value: 'slow' }").ok());
  EXPECT_TRUE(with("options { key: 'region' value: 'na' } options { key: 'site' value: 'main' }").ok())
      << "what holds anyway can be said";
  // Also when the position is gone, but not what was read.
  world.Write([&](Tx& tx) -> absl::Status {
    LaneRecord lane = *tx.FindLane("amz.orders").value();
    lane.last_success_us = 7;
    QS_RETURN_IF_ERROR(tx.PutLaneControl(lane));
    return tx.RestoreCursor("amz.orders", {});
  });
  EXPECT_FALSE(with("options { key: 'region' value: 'eu' }").ok());
}

// Each order of the seller would be taken twice, and its stock be held twice.
TEST(AccountServiceTest, OneSellerIsOneAccount) {
  ApiWorld world;
  world.catalog.plugin.manifest.set_config_schema(R"({"type": "object", "properties": {
      "seller": {"type": "string", "x-qs-identity": true},
      "region": {"type": "string", "default": "eu", "x-qs-identity": true}, "pace": {"type": "string"}}})");
  const auto account = [](const std::string& head, const std::map<std::string, std::string>& options) {
    std::string text = head;
    for (const auto& [name, value] : options) text += " options { key: '" + name + "' value: '" + value + "' }";
    return "account { " + text + " }";
  };
  const auto create = [&](const std::string& id, const std::map<std::string, std::string>& options,
                          const std::string& more = "") {
    return world.Ask(&Accounts::CreateAccount,
                     "account_id: '" + id + "' " + more + account("plugin: 'plugins/amazon'", options));
  };
  ASSERT_TRUE(create("one", {{"seller", "A1"}}, "request_id: 'r1' ").ok());
  EXPECT_TRUE(create("one", {{"seller", "A1"}}, "request_id: 'r1' ").ok()) << "a repetition";
  for (const char* more : {"", "validate_only: true "}) {
    const auto twice = create("two", {{"seller", "A1"}, {"region", "eu"}}, more);
    EXPECT_EQ(twice.reason(), "INVALID_CONFIGURATION");
    EXPECT_THAT(twice.fields(), UnorderedElementsAre("account.options.region", "account.options.seller"));
    EXPECT_THAT(twice.status.error_message(), HasSubstr("'accounts/one' has the same region and seller"));
  }
  EXPECT_THAT(create("Not An Id", {{"seller", "A1"}}).fields(),
              UnorderedElementsAre("account_id", "account.options.region", "account.options.seller"))
      << "with all else";
  ASSERT_TRUE(create("two", {{"seller", "A1"}, {"region", "na"}}).ok()) << "another account there";
  ASSERT_TRUE(create("three", {{"seller", "A3"}}).ok());

  const auto update = [&](const std::string& id, const std::map<std::string, std::string>& options) {
    return world.Ask(&Accounts::UpdateAccount,
                     account("name: 'accounts/" + id + "'", options) + " update_mask { paths: 'options' }");
  };
  EXPECT_THAT(update("three", {{"seller", "A1"}}).fields(),
              UnorderedElementsAre("account.options.region", "account.options.seller"));
  EXPECT_TRUE(update("one", {{"seller", "A1"}, {"region", "eu"}}).ok()) << "its own";
  // Two that a former version let be can still be changed, and told apart.
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(AccountRecord three, tx.GetAccount("three"));
    three.options = {{"seller", "A1"}, {"region", "eu"}};
    return tx.PutAccount(three);
  });
  EXPECT_TRUE(update("one", {{"seller", "A1"}, {"pace", "slow"}}).ok());
  EXPECT_TRUE(update("three", {{"seller", "A3"}}).ok());
  EXPECT_FALSE(update("three", {{"seller", "A1"}}).ok());
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/one'").ok());
  EXPECT_TRUE(update("three", {{"seller", "A1"}}).ok()) << "free again";
}

TEST(AccountServiceTest, SecretIsSealedShownAsSetAndRemoved) {
  ApiWorld world;
  world.MakeAccount();
  const auto set = world.Ask(&Accounts::SetAccountSecret,
                             "name: 'accounts/amz' secret: 'refresh_token' value: 'Atzr|canary' request_id: 'r1'");
  ASSERT_TRUE(set.ok()) << set;
  EXPECT_TRUE(set->account().secrets_set().at("refresh_token"));
  EXPECT_EQ(set->account().etag(), "2");
  EXPECT_EQ(world.engine.accounts_changed("amz"), 2);
  std::map<std::string, std::string> stored;
  std::string replay;
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(stored, tx.GetSecrets("amz"));
    QS_ASSIGN_OR_RETURN(const auto request, tx.FindRequest("SetAccountSecretRequest", "r1"));
    replay = request.value_or(RequestRecord{}).response + request.value_or(RequestRecord{}).body_sha256;
    return absl::OkStatus();
  });
  EXPECT_EQ(world.cipher.Open(stored["refresh_token"], "secret/amz/refresh_token").value_or(""), "Atzr|canary");
  EXPECT_FALSE(replay.empty());
  EXPECT_EQ(replay.find("canary"), std::string::npos);
  EXPECT_EQ(world.Ask(&Events::ListEvents, "")->ShortDebugString().find("canary"), std::string::npos);

  const auto removed = world.Ask(&Accounts::SetAccountSecret, "name: 'accounts/amz' secret: 'refresh_token'");
  EXPECT_FALSE(removed->account().secrets_set().at("refresh_token"));
  EXPECT_THAT(world.EventTexts(),
              ElementsAre("account.created accounts/amz", "secret.set accounts/amz", "secret.removed accounts/amz"));
}

TEST(AccountServiceTest, RefusesSecretsThePluginDoesNotAskFor) {
  ApiWorld world;
  world.MakeAccount();
  const auto refused =
      world.Ask(&Accounts::SetAccountSecret, "name: 'accounts/amz' secret: 'password' value: 'canary'");
  EXPECT_EQ(refused.reason(), "UNKNOWN_SECRET");
  EXPECT_THAT(refused.status.error_message(), HasSubstr("client_secret, refresh_token"));
  EXPECT_EQ(refused.status.error_message().find("canary"), std::string::npos);
  EXPECT_EQ(world.Ask(&Accounts::SetAccountSecret, "name: 'accounts/none' secret: 'refresh_token'").reason(),
            "ACCOUNT_NOT_FOUND");
}

TEST(AccountServiceTest, DeleteNeedsAnAccountWithoutChannelsAndOpenSubmissions) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto with_channel = world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'");
  EXPECT_EQ(with_channel.reason(), "ACCOUNT_HAS_CHANNELS");
  EXPECT_EQ(with_channel.code(), grpc::StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").ok());

  IntentRecord intent{.id = world.ids().Next(), .account_id = "amz", .target = "A", .state = IntentState::kAccepted};
  world.Write([&](Tx& tx) { return tx.PutIntent(intent); });
  EXPECT_EQ(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'").reason(), "OUTCOMES_UNKNOWN");
  intent.state = IntentState::kDone;
  intent.settled_us = 5;
  world.Write([&](Tx& tx) { return tx.PutIntent(intent); });

  EXPECT_EQ(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' etag: '9'").reason(), "ETAG_MISMATCH");
  EXPECT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' validate_only: true").ok());
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'").ok());
  EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: 'accounts/amz'").reason(), "ACCOUNT_NOT_FOUND");
}

TEST(AccountServiceTest, WithAnAccount_ItsDocumentsGo_AndNotBefore) {
  ApiWorld world;
  for (const char* id : {"amz", "amz-us"}) world.MakeAccount(id);
  EXPECT_EQ(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' etag: '9'").reason(), "ETAG_MISMATCH");
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' validate_only: true").ok());
  EXPECT_THAT(world.documents.released(), ::testing::IsEmpty());
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'").ok());
  EXPECT_THAT(world.documents.released(), ElementsAre("amz"));

  // A disk that refuses keeps nobody's account: the sweep of documents tries again.
  world.documents.answer = absl::InternalError("the disk refuses");
  EXPECT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz-us'").ok());
  EXPECT_THAT(world.documents.released(), ElementsAre("amz", "amz-us"));
}

TEST(AccountServiceTest, TestNamesMissingSecretsThenAsksThePlugin) {
  ApiWorld world;
  world.MakeAccount();
  world.engine.test_account = [](const std::string&, DurationUs timeout) {
    EXPECT_GT(timeout, 5 * kSecondUs);
    EXPECT_LE(timeout, 10 * kSecondUs);
    return FromText<quayside::plugin::v1::CheckReply>(
        "findings { subject: 'credentials' ok: true } findings { subject: 'role:orders' message: 'add the role' }");
  };
  const auto missing = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
  EXPECT_EQ(missing.reason(), "SECRET_MISSING");
  EXPECT_THAT(missing.status.error_message(), HasSubstr("client_secret, refresh_token"));
  for (const char* secret : {"client_secret", "refresh_token"}) {
    world.Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
  }
  const auto tested = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
  ASSERT_TRUE(tested.ok()) << tested;
  EXPECT_FALSE(tested->ok());
  ASSERT_EQ(tested->findings_size(), 2);
  EXPECT_EQ(tested->findings(1).message(), "add the role");
}

TEST(AccountServiceTest, EveryChange_IsInTheAuditTrail_WithoutSecrets) {
  ApiWorld world;
  world.MakeAccount();
  ASSERT_TRUE(world
                  .Ask(&Accounts::UpdateAccount,
                       "account { name: 'accounts/amz' options { key: 'region' value: 'na' } } "
                       "update_mask { paths: 'options' }")
                  .ok());
  ASSERT_TRUE(
      world.Ask(&Accounts::SetAccountSecret, "name: 'accounts/amz' secret: 'client_secret' value: 'CANARY'").ok());
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'").ok());
  const auto audit = world.Ask(&Audits::ListAuditRecords, "resource: 'accounts/amz'");
  std::vector<std::string> actions;
  for (const auto& record : audit->records()) actions.push_back(record.action());
  EXPECT_THAT(actions, ::testing::ElementsAre("AccountService.DeleteAccount", "AccountService.SetAccountSecret",
                                              "AccountService.UpdateAccount", "AccountService.CreateAccount"));
  EXPECT_EQ(audit->records(1).details().at("secret"), "client_secret");
  EXPECT_EQ(audit->records(1).details().at("value"), "set");
  EXPECT_EQ(audit->records(2).details().at("options.region"), "eu -> na");
  EXPECT_THAT(audit->ShortDebugString(), ::testing::Not(::testing::HasSubstr("CANARY")));
}

}  // namespace
}  // namespace quayside
