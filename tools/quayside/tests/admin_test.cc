// admin info, limits and log-level; and that the command line covers the whole API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "host/api/source_tree_for_tests.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class AdminTest : public testing::Test {
 protected:
  CliResult Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(AdminTest, Info_SaysWhichHostItIs) {
  host_.data.info.set_version("0.1.0");
  host_.data.info.mutable_start_time()->set_seconds(1'000);
  host_.data.info.mutable_time()->set_seconds(4'600);
  host_.data.info.set_first_revision(12);
  host_.data.info.set_last_revision(90);
  host_.data.info.set_log_level(v1::LOG_LEVEL_WARNING);
  const std::string out = Run({"admin", "info"}).out;
  EXPECT_THAT(out, ContainsRegex("version +0.1.0"));
  EXPECT_THAT(out, HasSubstr("(1 h ago)"));
  EXPECT_THAT(out, HasSubstr("12 to 90"));
  EXPECT_THAT(out, ContainsRegex("log level +warning"));
  EXPECT_THAT(out, ContainsRegex("listens on +its socket"));
  EXPECT_THAT(out, Not(HasSubstr("development")));
}

TEST_F(AdminTest, Limits_AreShown) {
  host_.data.limits.set_calls_per_second(200);
  host_.data.limits.set_max_message_depth(100);
  host_.data.limits.mutable_max_deadline()->set_seconds(60);
  std::string out = Run({"admin", "limits"}).out;
  EXPECT_THAT(out, ContainsRegex("calls of a caller in a second +200"));
  EXPECT_THAT(out, ContainsRegex("messages inside one another +100"));
  EXPECT_THAT(out, ContainsRegex("the longest call +1 min"));
  EXPECT_THAT(out, ContainsRegex("events are kept for +ever"));
  EXPECT_THAT(out, Not(HasSubstr("TCP connections")));
  host_.data.limits.set_max_connections(256);
  host_.data.limits.mutable_event_lifetime()->set_seconds(30 * 86'400);
  out = Run({"admin", "limits"}).out;
  EXPECT_THAT(out, ContainsRegex("TCP connections +256"));
  EXPECT_THAT(out, ContainsRegex("events are kept for +30 d"));
}

TEST_F(AdminTest, LogLevel_IsSet) {
  EXPECT_THAT(Run({"admin", "log-level", "debug"}).out, HasSubstr("the log level is debug, it was info"));
  EXPECT_EQ(host_.ledger.All<v1::SetLogLevelRequest>().at(0).level(), v1::LOG_LEVEL_DEBUG);
  EXPECT_THAT(Run({"admin", "log-level", "loud"}, 2).err, HasSubstr("debug, info, warning or error"));
  EXPECT_THAT(Run({"admin", "log-level", "unspecified"}, 2).err, HasSubstr("is no level"));
}

// The words of a text, as C++ has them.
std::set<std::string> WordsOf(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  return words;
}

// A request names its method: one that no command makes is a method that the command line cannot reach.
TEST(TheCommandLine, ReachesEveryMethod) {
  const std::filesystem::path root = SourceTree();
  if (root.empty()) GTEST_SKIP() << "the source tree is not here";
  std::string code;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "tools/quayside")) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".cc") || path.find("/tests/") != std::string::npos) continue;
    std::ifstream file(path);
    code.append(std::istreambuf_iterator<char>(file), {});
  }
  const std::set<std::string> known = WordsOf(code);
  int methods = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root / "protos/quayside/v1")) {
    std::ifstream file(entry.path());
    const std::string proto(std::istreambuf_iterator<char>(file), {});
    const std::regex rpc(R"(\n  rpc (\w+)\((?:stream )?(\w+)\))");
    for (std::sregex_iterator found(proto.begin(), proto.end(), rpc), end; found != end; ++found) {
      ++methods;
      EXPECT_EQ(known.count((*found)[2].str()), 1U) << "no command calls " << (*found)[1];
    }
  }
  EXPECT_GT(methods, 100);
}

}  // namespace
}  // namespace quayside::cli
