// quaysided: builds the parts, hands them to each other, waits for SIGTERM, takes them down in the opposite order.
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "host/api/grpc_log.h"
#include "host/api/operation_settling.h"
#include "host/api/server.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/metrics/collector.h"
#include "host/metrics/measured_parts.h"
#include "host/metrics/metrics_server.h"
#include "host/net/clock_follower.h"
#include "host/net/document_sweep.h"
#include "host/net/documents.h"
#include "host/net/make_http_service.h"
#include "host/net/signing.h"
#include "host/net/spool.h"
#include "host/net/store_secret_source.h"
#include "host/net/traced_http.h"
#include "host/net/transfer/transfers.h"
#include "host/ops/housekeeping.h"
#include "host/ops/origin_url.h"
#include "host/ops/settings.h"
#include "host/plugin/bundle.h"
#include "host/plugin/catalog.h"
#include "host/plugin/drop_folder.h"
#include "host/plugin/isolation/runner_events.h"
#include "host/plugin/reload/drop_reload.h"
#include "host/plugin/reload/step_journal.h"
#include "host/recording/recording_http.h"
#include "host/security/cipher.h"
#include "host/security/key_place.h"
#include "host/store/notifying_store.h"
#include "host/store/sqlite_store.h"
#include "host/sync/engine.h"
#include "host/sync/erasure_sweep.h"
#include "host/sync/event_sweep.h"
#include "host/sync/plan_sweep.h"

extern char** environ;

namespace {

using namespace quayside;  // NOLINT: the program is the host

constexpr char kVersion[] = "0.1.0";
constexpr DurationUs kBetweenLooksUs = 2 * kSecondUs;
constexpr char kUserAgent[] = "Quayside/0.1.0 (Language=C++/20; Platform=Linux/x86_64)";

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(*entry, absl::MaxSplits('=', 1));
    variables.insert(pair);
  }
  return variables;
}

// A program that is installed beside this one.
std::string ProgramBeside(const char* name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / name).string();
}

// So that no two runs of a host give out the same ids of traces.
uint64_t RandomSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

std::set<std::string> TraceOrigins(const Settings& settings) {
  const std::vector<std::string_view> origins = OriginsIn(settings.trace_origins);
  return std::set<std::string>(origins.begin(), origins.end());
}

RunnerOptions RunnerOptionsOf(const Settings& settings) {
  RunnerOptions options;
  options.program = ProgramBeside("quayside-runner");
  options.workers = settings.workers_per_plugin;
  options.limits = {settings.runner_memory_mib, settings.runner_open_files};
  options.restart.quarantine_crashes = settings.runner_quarantine_crashes;
  options.restart.window_us = settings.runner_quarantine_window_us;
  options.wait_for_debugger = settings.wait_for_debugger;
  return options;
}

// "as_granted" wishes nothing.
IsolationWishes IsolationWishesOf(const Settings& settings) {
  IsolationWishes wishes{.all = ParseIsolationMode(settings.isolation)};
  for (const auto& [plugin, mode] : settings.isolation_of) {
    if (const auto parsed = ParseIsolationMode(mode)) wishes.by_id[plugin] = *parsed;
  }
  return wishes;
}

ApiOptions ApiOptionsOf(const Settings& settings) {
  ApiOptions options;
  options.version = kVersion;
  options.development = settings.development;
  options.keep_events_us = settings.events_keep_days * kDayUs;
  options.limits = {settings.calls_per_second, settings.streams};
  options.backup_folder = settings.data_dir + "/backups";
  options.trace_seed = RandomSeed();
  RemoteOptions& remote = options.remote;
  remote.listen = settings.remote_listen;
  remote.tls = {settings.remote_certificate, settings.remote_key, settings.remote_client_ca};
  remote.certificate_roles = settings.remote_certificate_roles;
  remote.max_connections = settings.remote_max_connections;
  remote.max_connections_per_address = settings.remote_max_connections_per_address;
  remote.handshake_timeout = std::chrono::milliseconds(settings.remote_handshake_timeout_us / kMillisecondUs);
  remote.bootstrap_file =
      settings.remote_bootstrap_file.empty() ? settings.data_dir + "/bootstrap.token" : settings.remote_bootstrap_file;
  return options;
}

// Blocks the signals that end the host in every thread made from here on; WaitForSignal takes them.
sigset_t BlockSignals() {
  signal(SIGPIPE, SIG_IGN);
  // A full disk is an error of the write, not the end of the process.
  signal(SIGXFSZ, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

absl::Status Run(const Settings& settings, Logger& logger, LogThreshold& log_threshold, const sigset_t& signals) {
  const std::string data_dir = settings.data_dir;
  const std::string socket = settings.socket.empty() ? data_dir + "/run/quayside.sock" : settings.socket;
  const std::string plugin_dir = settings.plugin_dir.empty() ? data_dir + "/plugins" : settings.plugin_dir;

  const auto client = MakeCurlClient({.allow_plain_http = settings.development});
  std::unique_ptr<ClockFollower> follower;
  const SystemClock system_clock;
  if (!settings.simulator_clock_url.empty()) {
    QS_ASSIGN_OR_RETURN(follower, ClockFollower::Start(*client, logger, settings.simulator_clock_url));
  }
  const Clock& clock = follower != nullptr ? follower->clock() : static_cast<const Clock&>(system_clock);
  SeededRng rng(std::random_device{}());
  IdSource ids(clock, rng);

  QS_ASSIGN_OR_RETURN(const auto database, OpenSqliteStore({.data_dir = data_dir}));
  QS_ASSIGN_OR_RETURN(const auto cipher,
                      OpenEnvelopeCipher(*database, clock, settings.master_key_file, settings.create_master_key));
  const auto events = MakeEventSignal();
  Tallies tallies;
  MeasuredStore measured(*database, tallies);
  NotifyingStore store(measured, [&events] { events->Notify(); });

  RateBudgets budgets(clock);
  StoreSecretSource secrets(store, *cipher);
  const auto tokens = MakeTokens(*client, secrets, clock);
  const auto bare_http = MakeHttpService(
      *client, *tokens, budgets, clock,
      {.origin_map = settings.origin_map, .user_agent = kUserAgent, .trace_origins = TraceOrigins(settings)});
  std::unique_ptr<HttpService> recording;
  if (!settings.record_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(settings.record_dir, error);
    if (error) {
      return MakeError(absl::StatusCode::kInvalidArgument, Reason::kConfigFile,
                       "development.record_dir " + settings.record_dir + ": " + error.message());
    }
    recording = std::make_unique<RecordingHttp>(*bare_http, settings.record_dir, logger);
  }
  MeasuredHttp measured_http(recording != nullptr ? *recording : *bare_http, tallies);
  TracedHttp http(measured_http, logger, RandomSeed());
  QS_ASSIGN_OR_RETURN(const auto spool, DocumentSpool::Open({.folder = data_dir + "/documents",
                                                             .max_bytes = int64_t{settings.documents_limit_mib} << 20},
                                                            *cipher, clock, logger));
  const auto documents =
      MakeDocumentService(*client, *spool, clock, {.origin_map = settings.origin_map, .user_agent = kUserAgent});
  const auto transfers = MakeTransferService(*client, secrets, *spool, clock,
                                             {.allowed = PlacesOf(settings.transfers_allow),
                                              .origin_map = settings.origin_map,
                                              .ca_file = settings.transfers_ca_file});
  DocumentSweep document_sweep(store, *spool, *documents, logger);
  document_sweep.Run();
  const auto signing = MakeSigningService(secrets);
  const auto trust =
      MakeTrustPolicy(clock, {.trusted_keys = settings.trusted_keys, .development = settings.development});
  const BundleGate gate(*trust, IsolationWishesOf(settings));
  RunnerOptions runner = RunnerOptionsOf(settings);
  runner.report = [&tallies, tell = RunnerEvents(store, clock, logger)](const RunnerReport& report) {
    if (report.kind == RunnerReport::Kind::kRestarted) {
      tallies.plugin_restarts.Count(report.plugin_id, report.version);
    }
    tell(report);
  };
  const auto catalog = MakePluginCatalog(store, clock, logger, http, *documents, gate,
                                         {.plugin_dir = plugin_dir,
                                          .run_dir = data_dir + "/loaded",
                                          .workers_per_plugin = settings.workers_per_plugin,
                                          .development = settings.development,
                                          .rollback_window_us = settings.rollback_window_us,
                                          .crashes = {settings.crash_strikes, settings.crash_window_us},
                                          .journal_file = data_dir + "/steps.journal",
                                          .probe_program = ProgramBeside("quayside-probe"),
                                          .runner = std::move(runner),
                                          .transfers = transfers.get(),
                                          .signing = signing.get()});
  QS_RETURN_IF_ERROR(SettleOperations(store, clock, logger));
  QS_RETURN_IF_ERROR(catalog->Start());
  const auto engine = MakeEngine({store, clock, rng, ids, logger, *catalog, budgets, *tokens, *cipher},
                                 {.max_steps_per_account = settings.max_steps_per_account,
                                  .step_timeout_us = settings.step_timeout_us,
                                  .drain_timeout_us = settings.drain_timeout_us,
                                  .document_from = settings.document_from,
                                  .history_us = settings.history_days * kDayUs,
                                  .submissions_us = SubmissionsKeptUs(settings),
                                  .trace_seed = RandomSeed(),
                                  .reconcile_us = settings.reconcile_minutes * kMinuteUs,
                                  .completeness_us = settings.completeness_hours * kHourUs});
  WatchLoad watch;
  QS_ASSIGN_OR_RETURN(
      auto api, StartApiServer({store, clock, ids, logger, *catalog, *engine, *cipher, *events, budgets, cipher.get(),
                                &watch, &log_threshold, documents.get(), settings.history_days * kDayUs},
                               socket, ApiOptionsOf(settings)));
  std::unique_ptr<MetricsServer> metrics;
  if (!settings.metrics_listen.empty()) {
    QS_ASSIGN_OR_RETURN(metrics, StartMetricsServer(settings.metrics_listen,
                                                    std::make_shared<HostCollector>(MetricsParts{
                                                        store, clock, logger, *engine, budgets, tallies, watch})));
    logger.Info("serving metrics", {Field("port", metrics->port())});
  }
  QS_RETURN_IF_ERROR(engine->Start());
  const Housekeeping housekeeping(clock, kHourUs, [&document_sweep] { document_sweep.Run(); });
  ErasureSweep sweep(store, *cipher, clock, logger);
  const Housekeeping erasures(clock, kBetweenErasuresUs, [&sweep] { sweep.Run(); });
  EventSweep event_sweep(store, clock, logger, settings.events_keep_days * kDayUs);
  PlanSweep plan_sweep(store, logger);
  const Housekeeping sweeps(clock, kBetweenEventSweepsUs, [&] {
    event_sweep.Run();
    plan_sweep.Run();
  });
  std::optional<DropFolder> drop_folder;
  std::optional<Housekeeping> looks;
  if (!settings.watch_folder.empty()) {
    drop_folder.emplace(
        settings.watch_folder, gate,
        [&catalog](const Bundle& bundle, const std::string& folder) {
          return InstallAndReload(*catalog, bundle, folder);
        },
        [&](const std::string& folder, const std::string& plugin_id, const absl::Status& why) {
          TellRefusedBundle(store, clock, logger, folder, plugin_id, why);
        });
    looks.emplace(system_clock, kBetweenLooksUs, [&drop_folder] { drop_folder->Look(); });
  }
  if (!api->remote_address().empty()) logger.Info("listening", {Field("address", api->remote_address())});
  logger.Info("ready", {Field("socket", socket), Field("data", data_dir), Field("version", kVersion),
                        Field("development", settings.development ? "yes" : "no")});

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  logger.Info("stopping", {Field("signal", strsignal(signal_number))});
  metrics.reset();
  api->Stop(2 * kSecondUs);
  catalog->StopReloads();
  looks.reset();
  engine->Stop();
  catalog->Stop();
  logger.Info("stopped");
  return absl::OkStatus();
}

// A report of a million lines has to be read within 256 MB: glibc would give the threads eight arenas a core, each of
// which keeps what was freed in it, and would keep ever larger blocks.
void KeepLittleFreedMemory() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

int Main(int argc, char** argv) {
  KeepLittleFreedMemory();
  CLI::App app("quaysided: the Quayside host. Loads channel plugins and keeps stock and orders true.");
  SettingsOverrides overrides;
  app.add_option("-c,--config", overrides.config_file, "Configuration file (TOML)");
  app.add_option("--set", overrides.sets, "Override one setting, e.g. --set host.data_dir=/srv/quayside");
  app.set_version_flag("--version", kVersion);
  CLI11_PARSE(app, argc, argv);

  overrides.environment = Environment();
  const auto settings = LoadSettings(overrides);
  if (!settings.ok()) {
    std::cerr << settings.status().message() << "\n";
    return 2;
  }
  if (const absl::Status place = CheckKeyPlace(settings->master_key_file, settings->data_dir); !place.ok()) {
    std::cerr << place.message() << "\n";
    return 2;
  }
  if (const auto armed = overrides.environment.find("QUAYSIDE_FAILPOINT"); armed != overrides.environment.end()) {
    if (const absl::Status status = ArmFailPoint(armed->second); !status.ok()) {
      std::cerr << status.message() << "\n";
      return 2;
    }
  }
  // Debian builds Abseil with its search for deadlocks on, which gRPC's locks pay for at every call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const sigset_t signals = BlockSignals();
  StepJournal::CatchDeaths();
  LogThreshold log_threshold(ParseLogLevel(settings->log_level));
  const auto logger = MakeLogger({settings->log_level, settings->log_format}, log_threshold);
  GrpcLog grpc_log(*logger);
  const absl::Status status = Run(*settings, *logger, log_threshold, signals);
  if (!status.ok()) {
    logger->Error("the host cannot run", {Field("error", status)});
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Main(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "quaysided: " << e.what() << "\n";
    return 1;
  }
}
