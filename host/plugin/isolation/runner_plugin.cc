#include "host/plugin/isolation/runner_plugin.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/isolation/output_lines.h"
#include "host/plugin/isolation/runner_life.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// A call waits for a runner that is being started again when it will be there within this time.
constexpr DurationUs kRestartPatienceUs = kSecondUs;
// From the end of the connection to the end of the process that caused it.
constexpr int kEndPatienceMs = 100;

absl::Status Refused(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected, what);
}

absl::Status Crashed(std::string_view how, const ErrorMetadata& metadata = {}) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kPluginCrashed, Concat("its runner ", how), metadata);
}

// Real time, whatever clock the host runs by: processes live in it.
TimeUs SteadyNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::Status CheckLoaded(const pb::Manifest& manifest, const std::string& manifest_json, const Frame& ready) {
  if (ready.header.status != QS_OK) return Refused(ready.body);
  const auto body = ParseReadyBody(ready.body);
  if (!body) return Refused("its runner's first words are unreadable");
  if (body->id != manifest.id() || body->version != manifest.version()) {
    return Refused(Concat("the library is ", body->id, " ", body->version, ", the manifest says ", manifest.id(), " ",
                          manifest.version()));
  }
  pb::DescribeReply described;
  if (!described.ParseFromArray(body->describe_reply.data(), static_cast<int>(body->describe_reply.size()))) {
    return Refused("describe failed");
  }
  if (described.manifest_json() != manifest_json) {
    return Refused("describe answers another manifest than manifest.json: build and ship them together");
  }
  return absl::OkStatus();
}

class RunnerPlugin final : public LoadedPlugin {
 public:
  RunnerPlugin(const Bundle& bundle, int64_t number, Logger& logger, const RunnerOptions& options)
      : manifest_(bundle.manifest),
        manifest_json_(bundle.manifest_json),
        number_(number),
        logger_(logger),
        options_(options) {}
  ~RunnerPlugin() override { Stop(); }

  absl::Status Start(const Bundle& bundle);

  [[nodiscard]] IsolationMode mode() const override { return IsolationMode::kIsolated; }
  absl::StatusOr<std::unique_ptr<PluginInstance>> Create(const std::string& config_bytes,
                                                         const std::string& account_id) override;
  absl::StatusOr<qs_status> UpgradeCursor(const char* contract, std::string_view cursor, ReplyBuffer& reply) override;
  bool Kill(std::string_view why) override;
  [[nodiscard]] std::string quarantine() const override;
  absl::Status Unload() override;

  // The runner that takes calls, waiting for one that is being started again.
  absl::StatusOr<std::shared_ptr<RunnerLife>> Live();
  // That runner, while it lives; null afterwards.
  std::shared_ptr<RunnerLife> LiveAs(int64_t number);
  // One call to its end; UNAVAILABLE PLUGIN_CRASHED when the runner ends first.
  absl::StatusOr<qs_status> Run(RunnerLife& life, const CallMux::Request& request, const CallMux::ServeFn& serve,
                                ReplyBuffer& reply);
  // The same for what has no deadline of its own: it may take the control timeout.
  absl::StatusOr<qs_status> RunControl(RunnerLife& life, const CallMux::Request& request, ReplyBuffer& reply);
  absl::Status CreateIn(RunnerLife& life, uint64_t instance, const std::string& config_bytes, const std::string& where);
  uint64_t NextInstance() { return next_instance_.fetch_add(1); }
  [[nodiscard]] const std::string& id() const { return manifest_.id(); }

 private:
  enum class State { kStarting, kLive, kWaiting, kQuarantined, kStopped };

  void Supervise();
  absl::StatusOr<std::shared_ptr<RunnerLife>> StartLife();
  absl::Status AwaitLoaded(RunnerLife& life, OutputLines& lines);
  // The next call waits for the next runner, also when the thread that looks after them has not come round yet.
  void NoticeEnd(const RunnerLife& life, const std::string& how);
  // Until it ended. How.
  std::string Watch(RunnerLife& life, OutputLines& lines);
  void ReadOutput(RunnerLife& life, OutputLines& lines);
  void LogLines(const std::vector<std::string>& lines);
  // False: stop.
  bool Pause(DurationUs delay_us);
  void Report(RunnerReport::Kind kind, std::string message, DurationUs restart_us = 0) const;
  void Wake();
  void Stop();

  const pb::Manifest manifest_;
  const std::string manifest_json_;
  const int64_t number_;
  Logger& logger_;
  const RunnerOptions options_;
  FileDescriptor library_;  // its bytes, sealed
  FileDescriptor wake_;
  std::atomic<uint64_t> next_instance_{1};
  SeededRng rng_{std::random_device{}()};
  std::thread supervisor_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kStarting;
  absl::Status start_error_;
  std::shared_ptr<RunnerLife> life_;
  int64_t lives_ = 0;
  std::string how_;           // the last one ended
  TimeUs restart_at_us_ = 0;  // while waiting
  bool stopping_ = false;
  bool unloading_ = false;
  std::string quarantine_;
  std::deque<std::pair<uint64_t, TimeUs>> control_deadlines_;  // of calls under way, oldest first
  uint64_t next_control_ = 1;
};

class RunnerInstance final : public PluginInstance {
 public:
  RunnerInstance(RunnerPlugin& plugin, std::string config_bytes, std::string where)
      : plugin_(plugin), config_bytes_(std::move(config_bytes)), where_(std::move(where)) {}

  // In the runner that is there now, unless it is there already.
  absl::Status EnsureIn(RunnerLife& life) {
    if (life_number_ == life.number()) return absl::OkStatus();
    id_ = plugin_.NextInstance();
    QS_RETURN_IF_ERROR(plugin_.CreateIn(life, id_, config_bytes_, where_));
    life_number_ = life.number();
    return absl::OkStatus();
  }

  absl::StatusOr<qs_status> Call(const HostCall& host_call, const PluginCall& call, ReplyBuffer& reply) override {
    QS_ASSIGN_OR_RETURN(const auto life, plugin_.Live());
    // The one that was killed for this step may have a successor by now, and nobody would kill that.
    if (host_call.given_up != nullptr && *host_call.given_up && !life->IsKilled())
      return Crashed("was killed: a step passed its deadline");
    QS_RETURN_IF_ERROR(EnsureIn(*life));
    const HostCallScope scope(host_call);
    return plugin_.Run(
        *life, {RunnerOp::kCall, id_, call.contract, call.method, call.deadline_us, call.request},
        [&host_call](uint64_t, const char* service, qs_bytes request, qs_sink* answer) {
          return InvokeHostService(nullptr, host_call.call_id, service, request, answer);
        },
        reply);
  }

  absl::Status Destroy() override {
    const auto life = plugin_.LiveAs(life_number_);
    if (life == nullptr) return absl::OkStatus();  // it went with its process
    ReplyBuffer nothing;
    return plugin_.RunControl(*life, {.op = RunnerOp::kDestroy, .instance = id_}, nothing).status();
  }

 private:
  RunnerPlugin& plugin_;
  const std::string config_bytes_;
  const std::string where_;
  uint64_t id_ = 0;
  int64_t life_number_ = 0;
};

absl::Status RunnerPlugin::Start(const Bundle& bundle) {
  QS_ASSIGN_OR_RETURN(library_, SealBytes(Concat(id(), ".so"), bundle.library));
  wake_ = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.is_open()) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "eventfd failed");
  supervisor_ = std::thread([this] { Supervise(); });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return state_ != State::kStarting; });
  return start_error_;
}

// --- The thread that looks after the runner.

absl::StatusOr<std::shared_ptr<RunnerLife>> RunnerPlugin::StartLife() {
  QS_ASSIGN_OR_RETURN(auto process, StartRunner({.program = options_.program,
                                                 .label = Concat(id(), " ", manifest_.version()),
                                                 .workers = options_.workers,
                                                 .limits = options_.limits,
                                                 .wait_for_debugger = options_.wait_for_debugger},
                                                library_));
  const std::lock_guard<std::mutex> lock(mutex_);
  life_ = std::make_shared<RunnerLife>(++lives_, std::move(process));
  return life_;
}

absl::Status RunnerPlugin::AwaitLoaded(RunnerLife& life, OutputLines& lines) {
  if (options_.wait_for_debugger) {
    logger_.Warning("a runner waits for a debugger before it loads the plugin",
                    {Field("plugin", id()), Field("attach", Concat("gdb -p ", life.process().pid))});
  }
  const TimeUs end = SteadyNow() + options_.load_timeout_us;
  while (true) {
    pollfd waiting[] = {{life.socket(), POLLIN, 0}, {life.process().output.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    const int left_ms =
        options_.wait_for_debugger ? -1 : static_cast<int>(std::max<TimeUs>(0, (end - SteadyNow()) / kMillisecondUs));
    const int ready = poll(waiting, 3, left_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Refused("loading it does not end: a constructor, the entry or describe blocks");
    if (waiting[1].revents != 0) ReadOutput(life, lines);
    if (waiting[2].revents != 0) {
      uint64_t rung = 0;
      (void)!read(wake_.get(), &rung, sizeof rung);
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the host is stopping");
    }
    if (waiting[0].revents == 0) continue;
    // The runner itself writes this frame; what the library could write into it meanwhile must not make anybody wait.
    const timeval patience{1, 0};
    setsockopt(life.socket(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto frame = life.mux().AwaitReady();
    const timeval for_ever{0, 0};
    setsockopt(life.socket(), SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    if (!frame) return Crashed("ended before the library was loaded");
    if ((frame->header.flags & FrameHeader::kFilesOpen) != 0) {
      logger_.Warning("this kernel has no Landlock: the plugin can read the files the host can read until it is loaded",
                      {Field("plugin", id())});
    }
    return CheckLoaded(manifest_, manifest_json_, *frame);
  }
}

void RunnerPlugin::LogLines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    logger_.Warning("a plugin writes to its standard output or error; it has a log of its own",
                    {Field("plugin", id()), Field("text", line)});
  }
}

void RunnerPlugin::ReadOutput(RunnerLife& life, OutputLines& lines) {
  char buffer[4096];
  for (int i = 0; i < 16; ++i) {  // then somebody else has a turn
    const ssize_t n = read(life.process().output.get(), buffer, sizeof buffer);
    if (n <= 0) return;
    LogLines(lines.Add({buffer, static_cast<size_t>(n)}, SteadyNow()));
  }
}

std::string RunnerPlugin::Watch(RunnerLife& life, OutputLines& lines) {
  bool watch_socket = true;
  bool watch_output = true;
  while (true) {
    int timeout_ms = -1;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!control_deadlines_.empty()) {
        timeout_ms = static_cast<int>(
            std::max<TimeUs>(0, (control_deadlines_.front().second - SteadyNow()) / kMillisecondUs + 1));
      }
    }
    // A negative descriptor is left out. Of the socket only its end matters: calls read it.
    pollfd waiting[] = {{life.process().pidfd.get(), POLLIN, 0},
                        {watch_output ? life.process().output.get() : -1, POLLIN, 0},
                        {wake_.get(), POLLIN, 0},
                        {watch_socket ? life.socket() : -1, 0, 0}};
    if (poll(waiting, 4, timeout_ms) < 0) continue;
    if (waiting[1].revents != 0) {
      ReadOutput(life, lines);
      if ((waiting[1].revents & (POLLHUP | POLLERR)) != 0 && (waiting[1].revents & POLLIN) == 0) watch_output = false;
    }
    if (waiting[0].revents != 0) break;
    if (waiting[3].revents != 0) {
      watch_socket = false;
      const std::string finding = life.mux().finding();
      pollfd end{life.process().pidfd.get(), POLLIN, 0};
      if (!finding.empty()) {
        life.Kill(Concat("it broke the protocol: ", finding));
      } else if (poll(&end, 1, kEndPatienceMs) == 0) {
        life.Kill("it closed its connection to the host");
      }
    }
    if (waiting[2].revents != 0) {
      uint64_t rung = 0;
      (void)!read(wake_.get(), &rung, sizeof rung);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) life.Kill("the host lets go of it");
    if (!control_deadlines_.empty() && control_deadlines_.front().second <= SteadyNow()) {
      if (options_.wait_for_debugger && IsTraced(life.process().pid)) {
        control_deadlines_.front().second = SteadyNow() + kSecondUs;
      } else {
        life.Kill("create, destroy, upgrade_cursor or unload does not return");
        control_deadlines_.clear();
      }
    }
  }
  ReadOutput(life, lines);
  LogLines(lines.Rest());
  return life.End();
}

bool RunnerPlugin::Pause(DurationUs delay_us) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(delay_us), [&] { return stopping_; });
  return !stopping_;
}

void RunnerPlugin::Report(RunnerReport::Kind kind, std::string message, DurationUs restart_us) const {
  if (!options_.report) return;
  options_.report({kind, id(), manifest_.version(), number_, std::move(message), restart_us});
}

void RunnerPlugin::Supervise() {
  std::vector<TimeUs> ends;
  TimeUs ended_at = 0;
  while (true) {
    OutputLines lines;
    const TimeUs began = SteadyNow();
    const auto life = StartLife();
    absl::Status loaded = life.status();
    if (life.ok()) {
      loaded = AwaitLoaded(**life, lines);
      if (!loaded.ok()) (*life)->Kill(std::string(loaded.message()));
    }
    if (loaded.ok()) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        state_ = State::kLive;
      }
      changed_.notify_all();
      const TimeUs now = SteadyNow();
      logger_.Info("runner started", {Field("plugin", id()), Field("generation", number_),
                                      Field("pid", int64_t{(*life)->process().pid}), Field("load_us", now - began)});
      if (ended_at != 0) Report(RunnerReport::Kind::kRestarted, "", now - ended_at);
    }
    std::string how = life.ok() ? Watch(**life, lines) : std::string(loaded.message());
    ended_at = SteadyNow();
    const RestartDecision decision = DecideRestart(options_.restart, ended_at, ends, rng_);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      life_ = nullptr;
      control_deadlines_.clear();
      if (stopping_ || unloading_ || (!loaded.ok() && lives_ <= 1)) {
        // What keeps it from loading the first time is the answer of Start.
        start_error_ = life.ok() && HasReason(loaded, Reason::kPluginCrashed)
                           ? Refused(Concat("the process that tried to load it ", how))
                           : loaded;
        state_ = State::kStopped;
        changed_.notify_all();
        return;
      }
      how_ = how;
      restart_at_us_ = ended_at + decision.delay_us;
      state_ = decision.quarantine ? State::kQuarantined : State::kWaiting;
      if (decision.quarantine) {
        quarantine_ = Concat("its runner ended ", decision.crashes_in_window, " times within ",
                             options_.restart.window_us / kSecondUs, " s, the last time it ", how);
      }
    }
    changed_.notify_all();
    logger_.Error("a plugin's runner ended", {Field("plugin", id()), Field("generation", number_), Field("how", how),
                                              Field("restart_in_us", decision.delay_us)});
    Report(RunnerReport::Kind::kCrashed, how);
    if (decision.quarantine) {
      Report(RunnerReport::Kind::kQuarantined, quarantine());
      return;
    }
    if (!Pause(decision.delay_us)) {
      const std::lock_guard<std::mutex> lock(mutex_);
      state_ = State::kStopped;
      changed_.notify_all();
      return;
    }
  }
}

// --- What calls do.

absl::StatusOr<std::shared_ptr<RunnerLife>> RunnerPlugin::Live() {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto settled = [&] { return state_ != State::kWaiting || restart_at_us_ > SteadyNow() + kRestartPatienceUs; };
  if (!settled()) changed_.wait_for(lock, std::chrono::microseconds(kRestartPatienceUs), settled);
  switch (state_) {
    case State::kLive:
      return life_;
    case State::kQuarantined:
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginQuarantined,
                       Concat(id(), " ", manifest_.version(), " is quarantined: ", quarantine_));
    case State::kWaiting:
    case State::kStarting:
      return Crashed(Concat(how_, "; it is started again"));
    case State::kStopped:
      break;
  }
  return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the plugin is being closed");
}

std::shared_ptr<RunnerLife> RunnerPlugin::LiveAs(int64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_ == State::kLive && life_->number() == number ? life_ : nullptr;
}

absl::StatusOr<qs_status> RunnerPlugin::Run(RunnerLife& life, const CallMux::Request& request,
                                            const CallMux::ServeFn& serve, ReplyBuffer& reply) {
  const auto status = life.mux().Run(request, serve, reply);
  if (status.has_value()) return *status;
  const std::string how = life.AwaitEnd();
  NoticeEnd(life, how);
  return Crashed(how);
}

void RunnerPlugin::NoticeEnd(const RunnerLife& life, const std::string& how) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::kLive || life_->number() != life.number()) return;
  state_ = State::kWaiting;
  how_ = how;
  restart_at_us_ = SteadyNow();
}

absl::StatusOr<qs_status> RunnerPlugin::RunControl(RunnerLife& life, const CallMux::Request& request,
                                                   ReplyBuffer& reply) {
  uint64_t ticket = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ticket = next_control_++;
    control_deadlines_.emplace_back(ticket, SteadyNow() + options_.control_timeout_us);
  }
  Wake();  // there is a deadline to look at
  const absl::Cleanup done = [&] {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::erase_if(control_deadlines_, [&](const auto& entry) { return entry.first == ticket; });
  };
  const auto no_services = [](uint64_t, const char*, qs_bytes, qs_sink*) -> qs_status { return QS_INVALID; };
  return Run(life, request, no_services, reply);
}

absl::Status RunnerPlugin::CreateIn(RunnerLife& life, uint64_t instance, const std::string& config_bytes,
                                    const std::string& where) {
  ReplyBuffer error;
  QS_ASSIGN_OR_RETURN(const qs_status status,
                      RunControl(life, {.op = RunnerOp::kCreate, .instance = instance, .bytes = config_bytes}, error));
  if (status != QS_OK) return StatusFromPlugin(status, error.bytes(), where);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PluginInstance>> RunnerPlugin::Create(const std::string& config_bytes,
                                                                     const std::string& account_id) {
  QS_ASSIGN_OR_RETURN(const auto life, Live());
  auto instance =
      std::make_unique<RunnerInstance>(*this, config_bytes, Concat(id(), " create for account ", account_id));
  QS_RETURN_IF_ERROR(instance->EnsureIn(*life));
  return std::unique_ptr<PluginInstance>(std::move(instance));
}

absl::StatusOr<qs_status> RunnerPlugin::UpgradeCursor(const char* contract, std::string_view cursor,
                                                      ReplyBuffer& reply) {
  QS_ASSIGN_OR_RETURN(const auto life, Live());
  return RunControl(*life, {.op = RunnerOp::kUpgradeCursor, .contract = contract, .bytes = cursor}, reply);
}

bool RunnerPlugin::Kill(std::string_view why) {
  std::shared_ptr<RunnerLife> life;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    life = life_;
  }
  if (life == nullptr) return true;
  if (options_.wait_for_debugger && IsTraced(life->process().pid)) return false;
  life->Kill(why);
  return true;
}

std::string RunnerPlugin::quarantine() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return quarantine_;
}

// --- The end.

void RunnerPlugin::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);
}

void RunnerPlugin::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (wake_.is_open()) Wake();
  if (supervisor_.joinable()) supervisor_.join();
}

absl::Status RunnerPlugin::Unload() {
  std::shared_ptr<RunnerLife> life;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ == State::kLive) life = life_;
    unloading_ = true;
  }
  if (life != nullptr) {
    ReplyBuffer nothing;
    const auto unloaded = RunControl(*life, {.op = RunnerOp::kUnload}, nothing);
    if (!unloaded.ok()) {
      logger_.Warning("a plugin's unload failed; its process is gone all the same",
                      {Field("plugin", id()), Field("error", unloaded.status())});
    }
  }
  // The process goes, and with it all that was mapped: nothing can stay.
  Stop();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoadedPlugin>> LoadIntoRunner(const Bundle& bundle, int64_t number, Logger& logger,
                                                             const RunnerOptions& options) {
  auto plugin = std::make_unique<RunnerPlugin>(bundle, number, logger, options);
  QS_RETURN_IF_ERROR(plugin->Start(bundle));
  return std::unique_ptr<LoadedPlugin>(std::move(plugin));
}

}  // namespace quayside
