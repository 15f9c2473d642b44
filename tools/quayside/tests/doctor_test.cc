// The doctor: what facts are made of, and the whole of it on an installation whose host is down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "host/store/sqlite_store.h"
#include "tools/quayside/doctor/data_rules.h"
#include "tools/quayside/doctor/machine_rules.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/findings.h"

namespace quayside::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr TimeUs kNow = 1'732'356'000 * kSecondUs;

Findings Lanes(const LaneRecord& lane, bool enabled = true, bool running = true, int64_t letters = 0) {
  Findings found;
  JudgeLanes({{lane, enabled, letters}}, kNow, running, found);
  return found;
}

TEST(DoctorRules, ALaneThatWorks_IsFine) {
  const LaneRecord lane{
      .id = "a.orders", .cursor = {.watermark_us = kNow - 5 * kMinuteUs}, .next_run_us = kNow + kMinuteUs};
  EXPECT_THAT(Lanes(lane), ElementsAre(Found(Weight::kFine, "none in trouble")));
}

TEST(DoctorRules, LanesInTrouble_AreNamedWithTheReason) {
  EXPECT_THAT(Lanes({.id = "a.orders",
                     .needs_operator = true,
                     .last_error = "refused",
                     .last_error_reason = "CREDENTIALS_REFUSED"}),
              ElementsAre(Found(Weight::kProblem, "a.orders waits for a person: refused [CREDENTIALS_REFUSED]")));
  EXPECT_THAT(Lanes({.id = "a.orders", .paused = true, .pause_note = "stocktaking"}),
              ElementsAre(Found(Weight::kRemark, "paused (stocktaking)")));
  EXPECT_THAT(Lanes({.id = "a.orders", .failures = 5}), ElementsAre(Found(Weight::kProblem, "failed 5 times")));
  EXPECT_THAT(Lanes({.id = "a.orders", .failures = 4}), ElementsAre(Found(Weight::kFine, "")));
}

TEST(DoctorRules, OrdersThatAreNotReadForAnHour_AreAStaleCheckpoint) {
  const LaneRecord stale{.id = "a.orders", .account_id = "a", .cursor = {.watermark_us = kNow - 2 * kHourUs}};
  EXPECT_THAT(Lanes(stale), ElementsAre(Found(Weight::kProblem, "known up to 2 h ago")));
  EXPECT_THAT(Lanes(stale, false), ElementsAre(Found(Weight::kFine, ""))) << "no channel wants them";
}

TEST(DoctorRules, OpenDeadLetters_AreARemark_AlsoOfADisabledLane) {
  EXPECT_THAT(Lanes({.id = "a.orders"}, false, true, 2),
              ElementsAre(Found(Weight::kRemark, "a.orders has 2 open dead letters")));
}

TEST(DoctorRules, ABudgetThatAnotherProgramUses_IsSaid) {
  Findings found;
  JudgeBudgets({{.account_id = "a", .operation = "getOrders", .share = 0.25, .shared_since_us = kNow - 2 * kHourUs},
                {.account_id = "a", .operation = "getReport", .share = 0.25, .shared_since_us = kNow - kMinuteUs},
                {.account_id = "a", .operation = "createFeed", .blocked_until_us = kNow + kHourUs}},
               kNow, found);
  EXPECT_THAT(found,
              ElementsAre(Found(Weight::kRemark, "getOrders of account a has had to share its allowance for 2 h"),
                          Found(Weight::kRemark, "createFeed of account a makes no call for another 1 h")));
}

TEST(DoctorRules, OrdersThatWaitForAPerson_AreARemark) {
  Findings found;
  JudgeOrders({.unclear = 2, .delayed = 3}, found);
  JudgeOrders({.delayed = 1}, found);
  JudgeOrders({}, found);
  EXPECT_THAT(found, ElementsAre(Found(Weight::kRemark, "unclear: 2"), Found(Weight::kRemark, "should have left: 3"),
                                 Found(Weight::kRemark, "should have left: 1"), Found(Weight::kFine, "none waits")));
}

TEST(DoctorRules, AQuarantinedVersion_IsAProblemWhenItShouldWork) {
  const PluginVersionRecord bad{
      .plugin_id = "p", .version = "2", .standing = VersionStanding::kQuarantined, .why = "it crashed"};
  Findings found;
  JudgePlugin({.id = "p", .version = "2"}, {bad}, found);
  JudgePlugin({.id = "p", .version = "1"}, {bad}, found);
  EXPECT_THAT(found, ElementsAre(Found(Weight::kProblem, "p 2 is quarantined: it crashed"),
                                 Found(Weight::kRemark, "p 2 is quarantined")));
}

TEST(DoctorRules, StoredTimesInTheFuture_AreAClockThatWentBack) {
  Findings found;
  JudgeStoredTime(kNow + kHourUs, kNow, found);
  JudgeStoredTime(kNow + kMinuteUs, kNow, found);
  EXPECT_THAT(found, ElementsAre(Found(Weight::kProblem, "1 h in the future"), Found(Weight::kFine, "")));
}

TEST(DoctorRules, RoomDescriptorsAndExpiry_HaveTheirLimits) {
  constexpr uint64_t kMib = 1 << 20;
  Findings found;
  JudgeRoom({.free_bytes = 100 * kMib, .database_bytes = kMib}, found);
  JudgeRoom({.free_bytes = 3000 * kMib, .database_bytes = 2000 * kMib}, found);
  JudgeRoom({.free_bytes = 9000 * kMib, .database_bytes = 2000 * kMib}, found);
  JudgeOpenFiles(1024, 0, found);
  JudgeOpenFiles(1024, 256, found);
  JudgeExpiry("c", "cert", kNow, kNow, "renew", found);
  JudgeExpiry("c", "cert", kNow + 10 * kDayUs, kNow, "renew", found);
  JudgeExpiry("c", "cert", kNow + 100 * kDayUs, kNow, "renew", found);
  std::vector<Weight> weights;
  for (const Finding& finding : found) weights.push_back(finding.weight);
  EXPECT_THAT(weights, ElementsAre(Weight::kProblem, Weight::kRemark, Weight::kFine, Weight::kFine, Weight::kRemark,
                                   Weight::kProblem, Weight::kRemark, Weight::kFine));
}

TEST(DoctorRules, AFolderThatOthersMayEnter_IsAProblem) {
  Findings found;
  JudgeFolder("data folder", "/d", {.exists = true, .is_folder = true, .mode = 0755}, found);
  JudgeFolder("data folder", "/d", {.exists = true, .is_folder = true, .mode = 0700}, found);
  JudgeFolder("data folder", "/d", {}, found);
  EXPECT_THAT(found, ElementsAre(Found(Weight::kProblem, "open to others (0755)"), Found(Weight::kFine, "/d"),
                                 Found(Weight::kProblem, "is not there")));
  EXPECT_THAT(found[0].remedy, HasSubstr("chmod 700 /d"));
}

TEST(DoctorCommand, WithTheHostDown_SaysSoAndChecksTheRest) {
  CliWorld world;
  const std::string data = world.Path("data");
  ASSERT_TRUE(OpenSqliteStore({.data_dir = data}).ok());
  const std::vector<std::string> command = {"doctor", "--all",
                                            "--set",  "host.data_dir=" + data,
                                            "--set",  "plugins.trusted_keys=" + world.Path("keys"),
                                            "--set",  "security.master_key_file=" + world.Path("master.key")};
  const CliResult result = world.Run(command);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("problem  host: no host runs on " + data), HasSubstr("what to do: systemctl start quaysided"),
            HasSubstr("ok  database: every page can be read"), HasSubstr("ok  orders: none waits for a person"),
            HasSubstr("ok  master key: nothing is sealed yet"), HasSubstr("remark  trusted keys: no key is trusted")));
  EXPECT_THAT(result.err, HasSubstr("1 problem"));
  std::vector<std::string> json = command;
  json.push_back("--json");
  google::protobuf::Struct document;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(world.Run(json).out, &document).ok());
  int problems = 0;
  for (const auto& finding : document.fields().at("findings").list_value().values()) {
    problems += finding.struct_value().fields().at("state").string_value() == "problem" ? 1 : 0;
  }
  EXPECT_EQ(problems, 1);
}

TEST(DoctorCommand, AMasterKeyInTheDataFolder_IsAProblem) {
  CliWorld world;
  const std::string data = world.Path("data");
  ASSERT_TRUE(OpenSqliteStore({.data_dir = data}).ok());
  const CliResult result = world.Run(
      {"doctor", "--set", "host.data_dir=" + data, "--set", "security.master_key_file=" + data + "/keys/master.key"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("problem  master key: security.master_key_file: " + data),
                                HasSubstr("move the file to /etc/quayside")));
}

TEST(DoctorCommand, ADatabaseThatIsNone_IsAProblem) {
  CliWorld world;
  const std::string data = world.Path("data");
  ASSERT_TRUE(OpenSqliteStore({.data_dir = data}).ok());
  std::ofstream(data + "/quayside.db", std::ios::trunc) << std::string(8192, 'x');
  const CliResult result = world.Run({"doctor", "--set", "host.data_dir=" + data});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("problem  database:"), HasSubstr("quayside backup restore FILE")));
}

}  // namespace
}  // namespace quayside::cli
