// plugin record and replay, as far as they come without a plugin's library; tests/e2e/marketplace_sim_test.py goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sdk/conformance/cassette.h"
#include "tools/quayside/cassette_file.h"
#include "tools/quayside/crossings.h"
#include "tools/quayside/tests/cli_world.h"

namespace quayside::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kManifest[] = R"({"schema": 1, "id": "shop", "version": "1.0.0", "name": "Shop",
  "contracts": [{"id": "plugin/1", "scope": "account", "methods": ["check"]}],
  "origins": [{"name": "shop", "url": "https://api.shop.example"}]})";

class CassettesTest : public ::testing::Test {
 protected:
  CassettesTest() {
    std::filesystem::create_directory(world_.Path("bundle"));
    Write("bundle/manifest.json", kManifest);
    Write("bundle/plugin.so", "no library");
  }
  void Write(const std::string& name, const std::string& text) { std::ofstream(world_.Path(name)) << text; }
  CliResult Record(std::vector<std::string> more) {
    more.insert(more.begin(), {"plugin", "record", world_.Path("bundle"), "--out", world_.Path("out.json")});
    return world_.Run(more);
  }

  CliWorld world_;
};

TEST_F(CassettesTest, Record_NeedsABundleAndItsOrigins) {
  const CliResult nothing = world_.Run({"plugin", "record", world_.Path("nothing"), "--out", world_.Path("out.json")});
  EXPECT_EQ(nothing.exit_code, 2);
  const CliResult origin = Record({"--origin", "other=http://127.0.0.1:1"});
  EXPECT_EQ(origin.exit_code, 2);
  EXPECT_THAT(origin.err,
              HasSubstr("--origin other=http://127.0.0.1:1: write NAME=ADDRESS with an origin of the manifest"));
}

TEST_F(CassettesTest, Record_TakesNoSecretFromTheCommandLine) {
  const CliResult refused = Record({"--secret", "api_key=tops3cret"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, Not(HasSubstr("tops3cret")));
}

TEST_F(CassettesTest, ALibraryThatCannotBeLoaded_IsSaid_AndNothingIsWritten) {
  const CliResult refused = Record({"--origin", "shop=http://127.0.0.1:1"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("load: "));
  EXPECT_FALSE(std::filesystem::exists(world_.Path("out.json")));
}

TEST_F(CassettesTest, Replay_NamesWhatIsWrongWithACassette) {
  Write("broken.json", "{");
  Write("typo.json", R"({"exchange": []})");
  const auto replay = [&](const char* name) {
    return world_.Run({"plugin", "replay", world_.Path("bundle"), "--cassette", world_.Path(name)});
  };
  EXPECT_THAT(replay("nothing.json").err, HasSubstr("cannot be read"));
  EXPECT_THAT(replay("broken.json").err, HasSubstr("is no JSON object"));
  EXPECT_THAT(replay("typo.json").err, HasSubstr("there is no member 'exchange'"));
}

TEST(CrossingTextTest, PersonalDataIsHidden_AndWhoCalledIsSeen) {
  plugin::v1::HttpRequest request;
  request.set_method("POST");
  request.set_path("/orders");
  request.set_body("Ada");
  plugin::v1::HttpReply reply;
  reply.set_status(201);
  EXPECT_EQ(CrossingText({"http/1", true, request.SerializeAsString(), QS_OK, reply.SerializeAsString()}),
            "  http/1 method: \"POST\" path: \"/orders\" body: ***\n    -> OK status: 201\n");
  plugin::v1::Error error;
  error.set_reason("THROTTLED");
  EXPECT_EQ(CrossingText({"order_sync/1 pull", false, "", QS_RETRY, error.SerializeAsString()}),
            "order_sync/1 pull\n  -> RETRY reason: \"THROTTLED\"\n");
  EXPECT_EQ(CrossingText({"http/1", true, "\xff", QS_OK, ""}), "  http/1 (1 bytes that are no message)\n    -> OK\n");
}

TEST(CassetteTextTest, HasOneExchangeALine_AndReadsBack) {
  const boost::json::value cassette = boost::json::parse(R"({"now_us": 5, "exchanges": [
    {"request": {"method": "GET", "origin": "shop", "path": "/a"}, "reply": {"status": 200}},
    {"request": {"method": "GET", "origin": "shop", "path": "/b"}, "reply": {"status": 200}}], "marketplaces": []})");
  const std::string text = CassetteText(cassette.as_object());
  EXPECT_THAT(text, HasSubstr("\n    {\"request\":{\"method\":\"GET\",\"origin\":\"shop\",\"path\":\"/b\"}"));
  EXPECT_EQ(boost::json::parse(text), cassette);
  EXPECT_EQ(conformance::ParseCassette(text).problem, "");
}

}  // namespace
}  // namespace quayside::cli
