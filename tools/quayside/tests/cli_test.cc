#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CliTest : public testing::Test {
 protected:
  void WriteFile(const std::string& name, const std::string& text) { std::ofstream(world.Path(name)) << text; }

  CliWorld world;
  FakeHost host{world.socket()};
};

google::protobuf::Struct ParseJson(const std::string& text) {
  google::protobuf::Struct document;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, &document).ok()) << text;
  return document;
}

TEST_F(CliTest, EmptyList_SaysWhatToDoNext) {
  const CliResult result = world.Run({"plugin", "list"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "No plugin is installed. Install one: quayside plugin install FOLDER\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, Json_IsOneDocumentWithEveryField) {
  host.data.plugins.emplace_back().set_name("plugins/amazon");
  const CliResult result = world.Run({"plugin", "list", "--json"});
  const auto document = ParseJson(result.out);
  const auto& plugin = document.fields().at("plugins").list_value().values(0).struct_value().fields();
  EXPECT_EQ(plugin.at("name").string_value(), "plugins/amazon");
  EXPECT_EQ(plugin.at("displayName").string_value(), "");
  EXPECT_EQ(plugin.at("state").string_value(), "PLUGIN_STATE_UNSPECIFIED");
}

TEST_F(CliTest, PluginShow_ListsOptionsOfTheSchema) {
  auto& plugin = host.data.plugins.emplace_back();
  plugin.set_name("plugins/amazon");
  plugin.set_config_schema(
      R"({"required":["region"],"properties":{"region":{"type":"string","title":"Region","enum":["eu"]}}})");
  EXPECT_THAT(world.Run({"plugin", "show", "amazon"}).out, HasSubstr("region  string  yes       Region\n"));
}

TEST_F(CliTest, Mutation_IsSentOnceMoreWithTheSameId_WhenUnavailable) {
  host.ledger.FailNext({grpc::UNAVAILABLE, "going away"});
  const CliResult result = world.Run({"channel", "enable", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto sent = host.ledger.All<v1::EnableChannelRequest>();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].request_id().size(), 36U);
  EXPECT_EQ(sent[0].request_id(), sent[1].request_id());
}

TEST_F(CliTest, Mutation_IsNotSentAThirdTime) {
  for (int i = 0; i < 3; ++i)
    host.ledger.FailNext(HostError(grpc::UNAVAILABLE, "Amazon answers 503", "CHANNEL_UNAVAILABLE"));
  const CliResult result = world.Run({"channel", "enable", "uk"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("error: Amazon answers 503 [CHANNEL_UNAVAILABLE]\n"));
  EXPECT_EQ(host.ledger.All<v1::EnableChannelRequest>().size(), 2U);
}

TEST_F(CliTest, Mutation_OtherFailuresAreNotRepeated_AndIdsDiffer) {
  host.ledger.FailNext(HostError(grpc::FAILED_PRECONDITION, "x", "CHANNEL_ENABLED"));
  EXPECT_EQ(world.Run({"channel", "enable", "uk"}).exit_code, 1);
  EXPECT_EQ(world.Run({"channel", "enable", "uk"}).exit_code, 0);
  const auto sent = host.ledger.All<v1::EnableChannelRequest>();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_NE(sent[0].request_id(), sent[1].request_id());
}

TEST_F(CliTest, Failure_WithJson_IsTheHostsStatus) {
  host.ledger.FailNext(HostError(grpc::INVALID_ARGUMENT, "bad", "INVALID_CONFIGURATION", {{"config.x", "too large"}}));
  const CliResult result = world.Run({"--json", "channel", "show", "uk"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  const auto error = ParseJson(result.err).fields().at("error").struct_value().fields();
  EXPECT_EQ(error.at("code").number_value(), 3);
  EXPECT_EQ(error.at("details").list_value().values(0).struct_value().fields().at("reason").string_value(),
            "INVALID_CONFIGURATION");
}

TEST_F(CliTest, NoHost_IsExitCode3) {
  world.environment["QUAYSIDE_SOCKET"] = world.Path("nobody");
  const CliResult result = world.Run({"sync", "status"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("no host answers at " + world.Path("nobody") + " (chosen by $QUAYSIDE_SOCKET)"));
  EXPECT_THAT(result.err, HasSubstr("what to do: there is no such socket; start the host"));
}

TEST_F(CliTest, WrongCommandLine_IsExitCode2) {
  for (const std::vector<std::string>& line :
       std::vector<std::vector<std::string>>{{},
                                             {"stock"},
                                             {"stock", "sett"},
                                             {"orders", "list", "--state", "odd"},
                                             {"orders", "list", "--limit", "-1"},
                                             {"channel", "add", "uk"},
                                             {"stock", "set", "A"},
                                             {"stock", "set", "A", "x"},
                                             {"sync", "start"},
                                             {"sync", "start", "main.orders", "--job", "orders"},
                                             {"stock", "adjust", "A", "0", "--note", "n"},
                                             {"plugin", "list", "extra"},
                                             {"plugin", "list", "--no-such-flag"},
                                             {"sync", "watch", "--after", "x"}}) {
    const CliResult result = world.Run(line);
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(line);
    EXPECT_NE(result.err, "") << testing::PrintToString(line);
  }
  EXPECT_THAT(world.Run({"stock", "sett"}).err, HasSubstr("'quayside stock' has no command 'sett'"));
}

TEST_F(CliTest, OutputThatCannotBeWritten_IsAFailure) {
  world.broken_out = true;
  EXPECT_EQ(world.Run({"plugin", "list"}).exit_code, 1);
}

TEST_F(CliTest, Help_IsExitCode0_OnStdout) {
  const CliResult result = world.Run({"channel", "config", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("Usage: quayside channel config [OPTIONS] ID"));
}

TEST_F(CliTest, Terminal_TruncatesAndColors_PipesDoNot) {
  auto& lane = host.data.lanes.emplace_back();
  lane.set_name("lanes/main.orders");
  lane.set_account("accounts/main");
  lane.set_job("orders");
  lane.set_state(v1::LANE_STATE_BACKOFF);
  lane.set_failures(3);
  lane.mutable_last_success_time()->set_seconds(1732356000 - 12);
  lane.mutable_watermark_time()->set_seconds(1732356000 - 185);
  lane.set_last_error(std::string(200, 'x'));
  lane.set_last_error_reason("THROTTLED");
  EXPECT_EQ(
      world.Run({"sync", "status"}).out,
      "LANE         JOB     ACCOUNT/CHANNEL  STATE    LAST SUCCESS          NEXT RUN    LAG  FAILS  DEAD  LAST ERROR\n"
      "main.orders  orders  accounts/main    backoff  12 s ago (09:59:48Z)  -         3 min      3     0  " +
          std::string(200, 'x') + " [THROTTLED]\n");
  world.terminal = true;
  const std::string seen = world.Run({"sync", "status"}).out;
  EXPECT_THAT(seen, HasSubstr("\x1b[33mbackoff\x1b[0m"));
  EXPECT_THAT(seen, HasSubstr("…"));
  EXPECT_THAT(world.Run({"sync", "status", "--no-color"}).out, Not(HasSubstr("\x1b")));
  world.environment["NO_COLOR"] = "1";
  EXPECT_THAT(world.Run({"sync", "status"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(CliTest, RelativeTimes_AreOfTheHostsClock) {
  // Seven days ahead, as under a simulator.
  const int64_t host_seconds = 1732356000 + 7 * 86400;
  host.data.time_us = host_seconds * 1'000'000;
  auto& lane = host.data.lanes.emplace_back();
  lane.set_name("lanes/main.orders");
  lane.mutable_last_success_time()->set_seconds(host_seconds - 12);
  lane.mutable_next_run_time()->set_seconds(host_seconds + 30);
  const std::string seen = world.Run({"sync", "status"}).out;
  EXPECT_THAT(seen, HasSubstr("12 s ago"));
  EXPECT_THAT(seen, HasSubstr("in 30 s"));
}

TEST_F(CliTest, AccountAdd_SaysWhichSecretsAreMissing_WithoutATerminal) {
  (*host.data.account.mutable_secrets_set())["client_secret"] = false;
  (*host.data.account.mutable_secrets_set())["refresh_token"] = false;
  world.input = "s3cret\n";
  const CliResult result =
      world.Run({"account", "add", "main", "--option", "region=eu", "--secret", "client_secret=-"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "added accounts/main (plugin amazon)\n  region = eu\nset secret client_secret\n");
  EXPECT_EQ(result.err, "secret refresh_token is missing; set it: quayside account secret main refresh_token\n");
  const auto created = host.ledger.All<v1::CreateAccountRequest>();
  EXPECT_EQ(created.at(0).account().plugin(), "plugins/amazon");
  EXPECT_EQ(created.at(0).account().options().at("region"), "eu");
  EXPECT_EQ(host.ledger.All<v1::SetAccountSecretRequest>().at(0).value(), "s3cret");
}

TEST_F(CliTest, AccountAdd_AsksOnATerminal) {
  (*host.data.account.mutable_secrets_set())["client_secret"] = false;
  (*host.data.account.mutable_secrets_set())["refresh_token"] = false;
  auto* secret = host.data.plugins.emplace_back().add_secrets();
  secret->set_name("client_secret");
  secret->set_label("LWA client secret");
  secret->set_help("from Seller Central");
  world.terminal = true;
  world.answers = {"hunter2", "hunter3"};
  const CliResult result = world.Run({"account", "add", "main"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(world.prompts, ElementsAre("LWA client secret (from Seller Central): ", "refresh_token: "));
  EXPECT_THAT(result.out, HasSubstr("next: quayside account test main\n"));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr("hunter")));
}

TEST_F(CliTest, AccountSecret_IsNeverTakenFromTheCommandLine) {
  const CliResult result = world.Run({"account", "add", "main", "--secret", "token=hunter2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, Not(HasSubstr("hunter2")));
  EXPECT_THAT(host.ledger.All<v1::CreateAccountRequest>(), IsEmpty());
  EXPECT_EQ(world.Run({"account", "secret", "main", "token", "hunter2"}).exit_code, 2);
}

TEST_F(CliTest, AccountSecret_ComesFromStdinOrAFile) {
  host.data.account.set_name("accounts/main");
  world.input = "from stdin\r\n";
  EXPECT_EQ(world.Run({"account", "secret", "main", "token", "--stdin"}).exit_code, 0);
  WriteFile("token", "from\nfile\n");
  EXPECT_EQ(world.Run({"account", "secret", "main", "token", "--file", world.Path("token")}).exit_code, 0);
  EXPECT_EQ(world.Run({"account", "secret", "main", "token"}).exit_code, 2) << "no terminal to ask on";
  world.input = "\n";
  EXPECT_EQ(world.Run({"account", "secret", "main", "token", "--stdin"}).exit_code, 2)
      << "an empty value would remove it";
  const auto sent = host.ledger.All<v1::SetAccountSecretRequest>();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].value(), "from stdin");
  EXPECT_EQ(sent[1].value(), "from\nfile");
}

TEST_F(CliTest, AccountDelete_AsksOnATerminalOnly) {
  host.data.account.set_name("accounts/main");
  host.data.account.set_etag("e1");
  world.terminal = true;
  world.input = "n\n";
  EXPECT_EQ(world.Run({"account", "delete", "main"}).exit_code, 130);
  EXPECT_THAT(host.ledger.All<v1::DeleteAccountRequest>(), IsEmpty());
  world.terminal = false;
  EXPECT_EQ(world.Run({"account", "delete", "main"}).exit_code, 0);
  EXPECT_EQ(host.ledger.All<v1::DeleteAccountRequest>().at(0).etag(), "e1");
}

TEST_F(CliTest, AccountTest_FailsWhenACheckFails) {
  auto* finding = host.data.test.add_findings();
  finding->set_subject("role");
  finding->set_message("ask for the Inventory role");
  const CliResult result = world.Run({"account", "test", "main"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("role   not ok  ask for the Inventory role\n"));
  EXPECT_THAT(result.err, HasSubstr("accounts/main does not work: 1 of 1 checks failed"));
}

TEST_F(CliTest, ChannelTest_FailsWhenSomethingIsMissing) {
  const auto find = [this](const std::string& subject, bool ok, const std::string& message) {
    auto& finding = *host.data.channel_test.add_findings();
    finding.set_subject(subject);
    finding.set_ok(ok);
    finding.set_message(message);
  };
  find("plugin", true, "plugins/amazon 1.0.0");
  find("lane lanes/main.orders", false, "paused; resume it");
  const CliResult result = world.Run({"channel", "test", "uk"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("plugin                  ok      plugins/amazon 1.0.0\n"));
  EXPECT_THAT(result.out, HasSubstr("lane lanes/main.orders  not ok  paused; resume it\n"));
  EXPECT_THAT(result.err, HasSubstr("channels/uk does not work: 1 of 2 checks failed"));
  EXPECT_EQ(host.ledger.All<v1::TestChannelRequest>().at(0).name(), "channels/uk");
  host.data.channel_test.Clear();
  host.data.channel_test.set_ok(true);
  const CliResult works = world.Run({"channel", "test", "uk"});
  EXPECT_EQ(works.exit_code, 0);
  EXPECT_EQ(works.out, "channels/uk works\n");
}

TEST_F(CliTest, ChannelConfig_SendsMaskAndEtag_AndPrintsTheDifference) {
  host.data.channel.set_name("channels/uk");
  host.data.channel.set_etag("e7");
  host.data.channel.set_config_revision(4);
  host.data.channel.mutable_config()->set_max_listed_quantity(5);
  const CliResult result =
      world.Run({"channel", "config", "uk", "--set", "listed_percentage=33.3", "--unset", "max_listed_quantity"});
  EXPECT_EQ(result.out,
            "changed channels/uk, configuration revision 5\n"
            "  max_listed_quantity: 5 -> unset\n"
            "  listed_percentage: unset -> 33.3\n");
  const auto sent = host.ledger.All<v1::UpdateChannelRequest>().at(0);
  EXPECT_THAT(sent.update_mask().paths(), ElementsAre("config.listed_percentage_e4", "config.max_listed_quantity"));
  EXPECT_EQ(sent.channel().etag(), "e7");
  EXPECT_FALSE(sent.validate_only());
}

TEST_F(CliTest, ChannelConfig_DryRunChangesNothing) {
  host.data.channel.set_name("channels/uk");
  const CliResult result = world.Run({"channel", "config", "uk", "--set", "max_listed_quantity=20", "--dry-run"});
  EXPECT_EQ(result.out, "would change channels/uk\n  max_listed_quantity: unset -> 20\n");
  EXPECT_TRUE(host.ledger.All<v1::UpdateChannelRequest>().at(0).validate_only());
}

TEST_F(CliTest, ChannelConfig_BadValueIsNotSent) {
  EXPECT_EQ(world.Run({"channel", "config", "uk", "--set", "listed_percentage=33.33333"}).exit_code, 2);
  EXPECT_THAT(host.ledger.All<v1::UpdateChannelRequest>(), IsEmpty());
}

TEST_F(CliTest, StockSet_PrintsBeforeAndAfter) {
  auto& item = host.data.items.emplace_back();
  item.set_sku("A-1");
  item.add_levels()->set_location("locations/default");
  item.mutable_levels(0)->set_level(12);
  EXPECT_EQ(world.Run({"stock", "set", "A-1", "20"}).out, "set A-1 at locations/default: 12 -> 20\n");
  const auto sent = host.ledger.All<v1::SetLevelsRequest>().at(0);
  EXPECT_EQ(sent.changes(0).level(), 20);
  EXPECT_FALSE(sent.create_items());
}

TEST_F(CliTest, StockAdjust_TakesNegativeNumbers) {
  host.data.items.emplace_back().set_sku("A-1");
  const CliResult result = world.Run({"stock", "adjust", "A-1", "-2", "--note", "sold at the counter"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto sent = host.ledger.All<v1::AdjustLevelRequest>().at(0);
  EXPECT_EQ(sent.delta(), -2);
  EXPECT_EQ(sent.note(), "sold at the counter");
}

TEST_F(CliTest, StockFile_IsOneImport_InChunksOfAThousand) {
  std::string csv = "SKU,Level\n";
  for (int i = 0; i < 2500; ++i) csv += "S" + std::to_string(i) + "," + std::to_string(i) + "\n";
  WriteFile("levels.csv", csv);
  const CliResult result = world.Run({"stock", "set", "--file", world.Path("levels.csv"), "--create"});
  EXPECT_EQ(result.out, "2500 rows: changed 2500 levels, created 0 items\n") << result.err;
  EXPECT_EQ(result.err, "") << "progress is for terminals";
  const auto sent = host.ledger.All<v1::ImportLevelsRequest>();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].changes_size(), 1000);
  EXPECT_TRUE(sent[0].create_items());
  EXPECT_EQ(sent[0].request_id().size(), 36U);
  EXPECT_EQ(sent[2].changes_size(), 500);
  EXPECT_EQ(sent[2].changes(499).sku(), "S2499");
}

TEST_F(CliTest, StockFile_GoesOnWhereTheHostIs_WhenTheStreamBreaks) {
  std::string csv = "SKU,Level\n";
  for (int i = 0; i < 2500; ++i) csv += "S" + std::to_string(i) + ",1\n";
  WriteFile("levels.csv", csv);
  host.ledger.FailNext(grpc::Status::OK);
  host.ledger.FailNext({grpc::UNAVAILABLE, "going away"});
  const CliResult result = world.Run({"stock", "set", "--file", world.Path("levels.csv"), "--create"});
  EXPECT_EQ(result.out, "2500 rows: changed 2500 levels, created 0 items\n") << result.err;
  const auto sent = host.ledger.All<v1::ImportLevelsRequest>();
  // Two chunks, the second refused; the question; the rest.
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[2].changes_size(), 0);
  EXPECT_EQ(sent[2].request_id(), sent[0].request_id());
  EXPECT_EQ(sent[3].begin(), 1000);
  EXPECT_EQ(sent[3].changes(0).sku(), "S1000");
  EXPECT_EQ(sent[3].request_id(), sent[0].request_id());
  EXPECT_TRUE(sent[3].create_items());
  EXPECT_EQ(sent[4].changes_size(), 500);
}

TEST_F(CliTest, StockFile_SaysWhatIsSet_WhenTheHostStaysAway) {
  for (int i = 0; i < 6; ++i) host.ledger.FailNext({grpc::UNAVAILABLE, "going away"});
  world.input = "SKU,Level\nA,1\n";
  const CliResult result = world.Run({"stock", "set", "--file", "-"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("  known to be set: 0 rows\n"));
}

TEST_F(CliTest, StockFile_WithBadRows_SetsNothing_UnlessTold) {
  WriteFile("levels.csv", "SKU,Level\nA,1\nB,x\n");
  const CliResult refused = world.Run({"stock", "set", "--file", world.Path("levels.csv")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("  line 3: B: 'x' is no level"));
  EXPECT_THAT(host.ledger.All<v1::ImportLevelsRequest>(), IsEmpty());
  EXPECT_EQ(world.Run({"stock", "set", "--file", world.Path("levels.csv"), "--skip-bad"}).exit_code, 0);
  EXPECT_EQ(host.ledger.All<v1::ImportLevelsRequest>().at(0).changes_size(), 1);
}

TEST_F(CliTest, StockFile_TranslatesTheHostsRowsToLines) {
  host.ledger.FailNext(HostError(grpc::INVALID_ARGUMENT, "bad", "INVALID_LEVEL", {{"changes[1].level", "too large"}}));
  world.input = "SKU,Level\nA,1\n\nB,2\n";
  const CliResult result = world.Run({"stock", "set", "--file", "-"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("  line 4: B: too large\n  nothing of lines 2 to 4 was set\n"));
}

TEST_F(CliTest, StockFile_BlamesTheFile_ForWhatIsInItOnly) {
  world.input = "SKU,Level\nA,1\n";
  host.ledger.FailNext(HostError(grpc::PERMISSION_DENIED, "this needs the role operator", "PERMISSION_DENIED"));
  const CliResult refused = world.Run({"stock", "set", "--file", "-"});
  EXPECT_THAT(refused.err, HasSubstr("  nothing of lines 2 to 2 was set\n"));
  EXPECT_THAT(refused.err, HasSubstr("what to do: use a token with that role"));
  EXPECT_THAT(refused.err, Not(HasSubstr("correct the file")));
  for (int i = 0; i < 6; ++i) host.ledger.FailNext(HostError(grpc::UNAVAILABLE, "it is stopping", "SHUTTING_DOWN"));
  world.input = "SKU,Level\nA,1\n";
  const CliResult stopping = world.Run({"stock", "set", "--file", "-"});
  EXPECT_THAT(stopping.err, HasSubstr("  known to be set: 0 rows\n"));
  EXPECT_THAT(stopping.err, Not(HasSubstr("correct the file")));
}

TEST_F(CliTest, StockList_ReadsPagesUpToTheLimit) {
  for (int i = 0; i < 1500; ++i) host.data.items.emplace_back().set_sku("S" + std::to_string(i));
  const auto rows_of = [](const std::string& json) {
    return ParseJson(json).fields().at("items").list_value().values_size();
  };
  EXPECT_EQ(rows_of(world.Run({"stock", "list", "--json", "--limit", "0"}).out), 1500);
  EXPECT_EQ(rows_of(world.Run({"stock", "list", "--json", "--limit", "1200"}).out), 1200);
  EXPECT_THAT(world.Run({"stock", "list", "--limit", "10"}).out, HasSubstr("... the first 10; --limit N shows more"));
}

TEST_F(CliTest, LongLists_SayHowFarTheyAre_OnTerminalsOnly) {
  for (int i = 0; i < 2500; ++i) host.data.items.emplace_back().set_sku("S" + std::to_string(i));
  EXPECT_EQ(world.Run({"stock", "list", "--limit", "0"}).err, "");
  world.terminal = true;
  const std::string said = world.Run({"stock", "list", "--limit", "0"}).err;
  EXPECT_THAT(said, HasSubstr("1000 read ..."));
  EXPECT_THAT(said, HasSubstr("2000 read ..."));
  EXPECT_THAT(said, testing::EndsWith("\r\x1b[K")) << "nothing of it is left";
}

TEST_F(CliTest, OrdersShow_TakesTheChannelsId) {
  auto& order = host.data.orders.emplace_back();
  order.set_name("orders/o1");
  order.set_external_id("026-1234567-1234567");
  order.set_state(v1::ORDER_STATE_OPEN);
  for (const char* id : {"o1", "orders/o1", "026-1234567-1234567"}) {
    const CliResult result = world.Run({"orders", "show", id});
    EXPECT_EQ(result.exit_code, 0) << id;
    EXPECT_THAT(result.out, HasSubstr("orders/o1")) << id;
  }
  order.mutable_receive_time()->set_seconds(1732355700);
  order.set_receive_utc_offset_minutes(60);
  order.mutable_recipient()->set_buyer_name("Ann");
  order.mutable_recipient()->set_buyer_email("NOT DISCLOSED BY AMAZON");
  order.mutable_recipient()->set_buyer_email_undisclosed(true);
  order.add_lines()->set_sku("ANCHOR");
  order.mutable_lines(0)->set_external_id("7");
  order.mutable_lines(0)->set_cancellation_requested(true);
  const std::string shown = world.Run({"orders", "show", "o1"}).out;
  EXPECT_THAT(shown, HasSubstr("2024-11-23 10:55:00+01:00 (5 min ago)"));
  EXPECT_THAT(shown, HasSubstr("Ann (NOT DISCLOSED BY AMAZON)"));
  EXPECT_THAT(shown, HasSubstr("the buyer asks to cancel ANCHOR (line 7)"));
  const CliResult unknown = world.Run({"orders", "show", "027"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("[ORDER_NOT_FOUND]"));
}

TEST_F(CliTest, ListingsLink_EncodesTheSku) {
  const CliResult result = world.Run({"listings", "link", "uk", "A/1", "ANCHOR", "--units", "6"});
  EXPECT_EQ(result.out,
            "linked A/1 of channels/uk to item ANCHOR, 6 units in one listing; 2 waiting order lines linked with it\n");
  const auto sent = host.ledger.All<v1::LinkListingRequest>().at(0);
  EXPECT_EQ(sent.name(), "channels/uk/listings/A%2F1");
  EXPECT_EQ(sent.units_per_listing(), 6);
}

TEST_F(CliTest, ListingsLink_MakesTheItemOfTheListing) {
  EXPECT_EQ(world.Run({"listings", "link", "uk", "A/1", "--create-item"}).out,
            "linked A/1 of channels/uk to item A/1; 2 waiting order lines linked with it\n");
  EXPECT_EQ(world.Run({"listings", "link", "uk", "A/1", "ANCHOR", "--create-item"}).exit_code, 0);
  const auto sent = host.ledger.All<v1::LinkListingRequest>();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[0].create_item());
  EXPECT_EQ(sent[0].item_sku(), "");
  EXPECT_EQ(sent[1].item_sku(), "ANCHOR");
  EXPECT_EQ(world.Run({"listings", "link", "uk", "A/1"}).exit_code, 2);
  EXPECT_EQ(world.Run({"listings", "link", "uk", "--by-sku", "--create-item"}).exit_code, 2);
}

TEST_F(CliTest, ListingsLinkBySku_SaysWhatIsLeft) {
  EXPECT_THAT(world.Run({"listings", "link", "uk", "--by-sku"}).out,
              HasSubstr("linked 3 listings, created 0 items, 0 waiting order lines linked, 1 still unlinked\n"));
  EXPECT_EQ(world.Run({"listings", "link", "uk", "A", "B", "--by-sku"}).exit_code, 2);
}

}  // namespace
}  // namespace quayside::cli
