#include "host/ops/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Settings Good(const std::string& toml) {
  const auto settings = ParseSettings(toml, "quayside.toml");
  EXPECT_TRUE(settings.ok()) << settings.status();
  return settings.value_or(Settings());
}

std::string Mistakes(const std::string& toml) {
  const auto settings = ParseSettings(toml, "quayside.toml");
  EXPECT_TRUE(absl::IsInvalidArgument(settings.status())) << settings.status();
  EXPECT_TRUE(HasReason(settings.status(), Reason::kConfigFile));
  return std::string(settings.status().message());
}

std::string Mistakes(const SettingsOverrides& overrides) {
  const auto settings = LoadSettings(overrides);
  EXPECT_TRUE(HasReason(settings.status(), Reason::kConfigFile)) << settings.status();
  return std::string(settings.status().message());
}

TEST(Settings, AnEmptyFile_GivesTheDefaults) {
  const Settings settings = Good("");
  EXPECT_EQ(settings.data_dir, "/var/lib/quayside");
  EXPECT_EQ(settings.socket, "");
  EXPECT_EQ(settings.workers_per_plugin, 4);
  EXPECT_EQ(settings.step_timeout_us, 60 * kSecondUs);
  EXPECT_FALSE(settings.development);
}

TEST(Settings, EveryKey_IsReadFromItsTable) {
  const Settings settings = Good(R"(
[host]
data_dir = "/srv/quayside"
socket = "/run/quayside.sock"
plugin_dir = "/srv/plugins"
[security]
master_key_file = "/etc/key"
create_master_key = false
[log]
level = "debug"
format = "json"
[sync]
workers_per_plugin = 8
max_steps_per_account = 3
document_from = 40
history_days = 90
submissions_days = 7
reconcile_minutes = 15
completeness_hours = 0
step_timeout = "2m"
drain_timeout = 5
[development]
enabled = true
simulator_clock_url = "http://127.0.0.1:8080/sim/v1/clock"
[development.origin_map]
"https://sellingpartnerapi-eu.amazon.com" = "http://127.0.0.1:8080"
"https://api.amazon.com" = "http://[::1]:8081"
)");
  EXPECT_EQ(settings.data_dir, "/srv/quayside");
  EXPECT_EQ(settings.socket, "/run/quayside.sock");
  EXPECT_EQ(settings.plugin_dir, "/srv/plugins");
  EXPECT_EQ(settings.master_key_file, "/etc/key");
  EXPECT_FALSE(settings.create_master_key);
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_EQ(settings.log_format, "json");
  EXPECT_EQ(settings.workers_per_plugin, 8);
  EXPECT_EQ(settings.max_steps_per_account, 3);
  EXPECT_EQ(settings.document_from, 40);
  EXPECT_EQ(settings.history_days, 90);
  EXPECT_EQ(settings.submissions_days, 7);
  EXPECT_EQ(settings.reconcile_minutes, 15);
  EXPECT_EQ(settings.completeness_hours, 0);
  EXPECT_EQ(settings.step_timeout_us, 2 * kMinuteUs);
  EXPECT_EQ(settings.drain_timeout_us, 5 * kSecondUs);
  EXPECT_TRUE(settings.development);
  EXPECT_EQ(settings.simulator_clock_url, "http://127.0.0.1:8080/sim/v1/clock");
  EXPECT_THAT(settings.origin_map,
              ElementsAre(Pair("https://api.amazon.com", "http://[::1]:8081"),
                          Pair("https://sellingpartnerapi-eu.amazon.com", "http://127.0.0.1:8080")));
}

TEST(Settings, Submissions_AreKeptForDays_OrForEver) {
  EXPECT_EQ(SubmissionsKeptUs(Settings()), std::numeric_limits<DurationUs>::max()) << "unless somebody chose";
  EXPECT_EQ(SubmissionsKeptUs(Good("[sync]\nsubmissions_days = 0")), 0);
  EXPECT_EQ(SubmissionsKeptUs(Good("[sync]\nsubmissions_days = -1")), std::numeric_limits<DurationUs>::max());
  EXPECT_THAT(Mistakes("[sync]\nsubmissions_days = -2"), HasSubstr("must be a whole number from -1 to 3650"));
}

TEST(Settings, EveryMistake_IsReportedAtOnceInTheOrderOfTheFile) {
  EXPECT_EQ(Mistakes(R"(colour = "red"
[sync]
workers_per_plugin = "8"
max_steps_per_account = 0
step_timeout = "soon"
[log]
level = "loud"
formt = "json"
data_dir = "/x"
[hosst]
a = 1
)"),
            "quayside.toml:1: unknown setting 'colour'; known are development, documents, events, host, limits, log, "
            "metrics, plugins, remote, runner, security, sync, trace, transfers\n"
            "quayside.toml:3: sync.workers_per_plugin must be a whole number from 1 to 64, not a text in quotes\n"
            "quayside.toml:4: sync.max_steps_per_account must be a whole number from 1 to 64, not 0\n"
            "quayside.toml:5: sync.step_timeout must be a duration from 1s to 5m, such as \"90s\" or \"2m\"\n"
            "quayside.toml:7: log.level must be debug, info, warning or error, not 'loud'\n"
            "quayside.toml:8: unknown setting 'log.formt'; did you mean 'format'?\n"
            "quayside.toml:9: unknown setting 'log.data_dir'; it belongs under [host]\n"
            "quayside.toml:10: unknown table [hosst]; did you mean 'host'?");
}

TEST(Settings, ASettingOutsideAnyTable_IsSentToItsTable) {
  EXPECT_EQ(Mistakes("workers_per_plugin = 8"),
            "quayside.toml:1: unknown setting 'workers_per_plugin'; it belongs under [sync]");
  EXPECT_THAT(Mistakes("log = \"debug\""), HasSubstr("quayside.toml:1: 'log' is a table; write [log]"));
}

TEST(Settings, BrokenToml_IsToldWithItsLine) {
  EXPECT_THAT(Mistakes("[host]\ndata_dir = /srv\n"), HasSubstr("quayside.toml:2: not valid TOML: "));
}

TEST(Settings, WrongTypes_AreToldInWords) {
  EXPECT_THAT(Mistakes("[host]\ndata_dir = 5"), HasSubstr("must be a text, not empty, not a whole number"));
  EXPECT_THAT(Mistakes("[security]\ncreate_master_key = \"no\""),
              HasSubstr("must be true or false, not a text in quotes"));
  EXPECT_THAT(Mistakes("[sync]\nworkers_per_plugin = 2.5"), HasSubstr("not a number with a fraction"));
  EXPECT_THAT(Mistakes("[sync]\nstep_timeout = 2.5"), HasSubstr("not a number with a fraction"));
  EXPECT_THAT(Mistakes("[development]\nenabled = true\norigin_map = []"), HasSubstr("not an array"));
}

TEST(Settings, Durations_AreTextsWithAUnitOrWholeSeconds) {
  const auto step = [](const std::string& value) { return Good("[sync]\nstep_timeout = " + value).step_timeout_us; };
  EXPECT_EQ(step("\"90s\""), 90 * kSecondUs);
  EXPECT_EQ(step("\"2m\""), 2 * kMinuteUs);
  EXPECT_EQ(step("\"1500ms\""), 1500 * kMillisecondUs);
  EXPECT_EQ(step("\"45\""), 45 * kSecondUs);
  EXPECT_EQ(step("45"), 45 * kSecondUs);
  for (const char* wrong :
       {"\"\"", "\"s\"", "\"-5s\"", "-5", "\"5 weeks\"", "\"1.5s\"", "\"6m\"", "301", "\"99999999999999h\""}) {
    EXPECT_THAT(Mistakes(std::string("[sync]\nstep_timeout = ") + wrong),
                HasSubstr("sync.step_timeout must be a duration from 1s to 5m"));
  }
}

TEST(Settings, DevelopmentOnlyKeys_AreRefusedOutsideDevelopment) {
  const std::string mistakes = Mistakes(
      "[development]\nsimulator_clock_url = \"http://127.0.0.1:1/c\"\n"
      "origin_map = { \"https://a.example\" = \"http://127.0.0.1:1\" }");
  EXPECT_THAT(mistakes, HasSubstr("quayside.toml:2: development.simulator_clock_url is for development only"));
  EXPECT_THAT(mistakes, HasSubstr("quayside.toml:3: development.origin_map is for development only"));
}

TEST(Settings, TransfersAllow_TakesAddressesOfFolders) {
  EXPECT_THAT(Good("[transfers.allow]\nfiles = \"file:///srv/x\"\nshop = \"sftp://h:2222/out\"").transfers_allow,
              ElementsAre(Pair("files", "file:///srv/x"), Pair("shop", "sftp://h:2222/out")));
  for (const char* wrong : {"/srv/x", "http://h/x", "sftp://user@h/x", "file://", ""}) {
    EXPECT_THAT(Mistakes(std::string("[transfers.allow]\nfiles = \"") + wrong + "\""),
                HasSubstr("transfers.allow must map names to addresses"));
  }
}

TEST(Settings, Metrics_AreServedToThisMachineOnly) {
  for (const char* right : {"127.0.0.1:9464", "[::1]:0", ""}) {
    EXPECT_EQ(Good(Concat("[metrics]\nlisten = \"", right, "\"")).metrics_listen, right);
  }
  for (const char* wrong : {"0.0.0.0:9464", "9464", "127.0.0.1", "127.0.0.1:70000", "[::]:9464", "localhost:9464"}) {
    EXPECT_THAT(Mistakes(Concat("[metrics]\nlisten = \"", wrong, "\"")),
                HasSubstr("metrics.listen must be 127.0.0.1:PORT"));
  }
}

TEST(Settings, TraceOrigins_AreOriginsSeparatedByBlanks) {
  for (const char* right : {"", "https://gateway.example", "https://a.example  http://127.0.0.1:8080"}) {
    EXPECT_EQ(Good(Concat("[trace]\norigins = \"", right, "\"")).trace_origins, right);
  }
  for (const char* wrong : {"gateway.example", "https://a.example/", "https://a.example,https://b.example"}) {
    EXPECT_THAT(Mistakes(Concat("[trace]\norigins = \"", wrong, "\"")), HasSubstr("trace.origins must be origins"));
  }
}

TEST(Settings, OriginMap_TakesOriginsOnly) {
  for (const char* wrong :
       {"http://127.0.0.1:1/", "127.0.0.1:1", "http://user@host", "ftp://host", "http://host:0", "http://"}) {
    EXPECT_THAT(Mistakes(std::string("[development]\nenabled = true\norigin_map = { \"https://a.example\" = \"") +
                         wrong + "\" }"),
                HasSubstr("scheme://host[:port]"))
        << wrong;
  }
}

TEST(Settings, OriginMap_TakesPatternsOfPresignedOrigins) {
  const auto with = [](std::string_view origin, std::string_view address) {
    return Concat("[development]\nenabled = true\norigin_map = { \"", origin, "\" = \"", address, "\" }");
  };
  const auto settings = ParseSettings(with("https://*.s3.example.com", "http://127.0.0.1:1"), "quayside.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_THAT(settings->origin_map, ElementsAre(Pair("https://*.s3.example.com", "http://127.0.0.1:1")));
  for (const char* origin : {"https://*", "https://*.", "http://*.example.com", "https://a.*.example.com", "*.example"})
    EXPECT_THAT(Mistakes(with(origin, "http://127.0.0.1:1")), HasSubstr("scheme://host[:port]")) << origin;
  EXPECT_THAT(Mistakes(with("https://*.s3.example.com", "https://*.example.com")), HasSubstr("scheme://host[:port]"));
}

TEST(Settings, ASocketPathTheSystemCannotTake_IsRefused) {
  EXPECT_THAT(Mistakes("[host]\nsocket = \"/" + std::string(120, 'x') + "\""),
              HasSubstr("quayside.toml:2: host.socket makes a socket path of 121 bytes"));
  EXPECT_THAT(Mistakes("[host]\ndata_dir = \"/" + std::string(100, 'x') + "\""),
              HasSubstr("set host.socket to a shorter one"));
}

class LoadSettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::path(::testing::TempDir()) / "settings_test.toml").string();
    std::ofstream(path_) << "[sync]\nworkers_per_plugin = 5\nmax_steps_per_account = 5\n[log]\nlevel = \"debug\"\n";
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_;
};

TEST_F(LoadSettingsTest, SetsGoOverEnvironmentOverFileOverDefaults) {
  const auto settings = LoadSettings({.config_file = path_,
                                      .environment = {{"QUAYSIDE_SYNC_WORKERS_PER_PLUGIN", "6"},
                                                      {"QUAYSIDE_SYNC_MAX_STEPS_PER_ACCOUNT", "6"},
                                                      {"PATH", "/bin"}},
                                      .sets = {"sync.max_steps_per_account=7"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->log_level, "debug");
  EXPECT_EQ(settings->workers_per_plugin, 6);
  EXPECT_EQ(settings->max_steps_per_account, 7);
  EXPECT_EQ(settings->log_format, "text");
}

TEST_F(LoadSettingsTest, MistakesOfAllLayers_AreReportedTogetherWithTheirPlace) {
  EXPECT_EQ(
      Mistakes({.config_file = path_,
                .environment = {{"QUAYSIDE_LOG_FORMAT", "xml"}, {"QUAYSIDE_HOST_DATADIR", "/x"}},
                .sets = {"sync.workers_per_plugin", "sync.workers=3", "host.data_dir="}}),
      "environment QUAYSIDE_HOST_DATADIR: unknown setting; did you mean 'QUAYSIDE_HOST_DATA_DIR'?\n"
      "environment QUAYSIDE_LOG_FORMAT: log.format must be text or json, not 'xml'\n"
      "--set sync.workers_per_plugin: write it as name=value, such as sync.workers_per_plugin=8\n"
      "--set sync.workers: unknown setting; known are host.data_dir, host.socket, host.plugin_dir, "
      "plugins.trusted_keys, plugins.isolation, plugins.isolation_of, plugins.watch_folder, "
      "plugins.rollback_window, plugins.crash_strikes, plugins.crash_window, security.master_key_file, "
      "security.create_master_key, remote.listen, remote.certificate, remote.key, remote.client_ca, "
      "remote.certificate_roles, remote.bootstrap_file, remote.max_connections, "
      "remote.max_connections_per_address, remote.handshake_timeout, limits.calls_per_second, limits.streams, "
      "metrics.listen, log.level, log.format, trace.origins, "
      "sync.workers_per_plugin, sync.max_steps_per_account, sync.document_from, sync.history_days, "
      "sync.submissions_days, sync.reconcile_minutes, sync.completeness_hours, sync.step_timeout, sync.drain_timeout, "
      "events.keep_days, documents.limit_mib, transfers.allow, transfers.ca_file, runner.memory_mib, "
      "runner.open_files, "
      "runner.quarantine_crashes, runner.quarantine_window, development.enabled, "
      "development.simulator_clock_url, development.wait_for_debugger, development.origin_map, "
      "development.record_dir\n"
      "--set host.data_dir: host.data_dir must not be empty");
}

TEST_F(LoadSettingsTest, NamesOfOtherPrograms_AreLeftAlone) {
  EXPECT_TRUE(
      LoadSettings({.environment = {{"QUAYSIDE_FAILPOINT", "x"}, {"QUAYSIDE_ADDRESS", "y"}, {"QUAYSIDE_HOST", "z"}}})
          .ok());
}

TEST_F(LoadSettingsTest, EveryType_CanBeGivenAsText) {
  const auto settings =
      LoadSettings({.environment = {{"QUAYSIDE_DEVELOPMENT_ENABLED", "true"},
                                    {"QUAYSIDE_SYNC_DRAIN_TIMEOUT", "500ms"},
                                    {"QUAYSIDE_DEVELOPMENT_ORIGIN_MAP",
                                     "https://a.example=http://127.0.0.1:1, https://b.example=http://127.0.0.1:2"}},
                    .sets = {"host.socket=/tmp/a=b.sock"}});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->development);
  EXPECT_EQ(settings->drain_timeout_us, 500 * kMillisecondUs);
  EXPECT_EQ(settings->socket, "/tmp/a=b.sock");
  EXPECT_THAT(settings->origin_map, ElementsAre(Pair("https://a.example", "http://127.0.0.1:1"),
                                                Pair("https://b.example", "http://127.0.0.1:2")));
}

TEST_F(LoadSettingsTest, AMissingFile_IsAMistake) {
  EXPECT_EQ(Mistakes(SettingsOverrides{.config_file = "/nonexistent/quayside.toml"}),
            "/nonexistent/quayside.toml: cannot be read: No such file or directory");
}

TEST_F(LoadSettingsTest, AFolderAsFile_IsAMistake) {
  EXPECT_THAT(Mistakes(SettingsOverrides{.config_file = ::testing::TempDir()}),
              HasSubstr("cannot be read: Is a directory"));
}

}  // namespace
}  // namespace quayside
