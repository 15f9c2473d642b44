// The thread that looks after a runner: it starts it, watches it, reaps it and starts it again.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "host/plugin/isolation/supervised_runner.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// From the end of the connection to the end of the process that caused it.
constexpr int kEndPatienceMs = 100;

absl::Status CheckLoaded(const pb::Manifest& manifest, const std::string& manifest_json, const Frame& ready) {
  if (ready.header.status != QS_OK) return RunnerRefused(ready.body);
  const auto body = ParseReadyBody(ready.body);
  if (!body) return RunnerRefused("its runner's first words are unreadable");
  if (body->id != manifest.id() || body->version != manifest.version()) {
    return RunnerRefused(Concat("the library is ", body->id, " ", body->version, ", the manifest says ", manifest.id(),
                                " ", manifest.version()));
  }
  pb::DescribeReply described;
  if (!described.ParseFromArray(body->describe_reply.data(), static_cast<int>(body->describe_reply.size()))) {
    return RunnerRefused("describe failed");
  }
  if (described.manifest_json() != manifest_json) {
    return RunnerRefused("describe answers another manifest than manifest.json: build and ship them together");
  }
  return absl::OkStatus();
}

}  // namespace

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
    if (ready <= 0) return RunnerRefused("loading it does not end: a constructor, the entry or describe blocks");
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
    if (!frame) return RunnerCrashed("ended before the library was loaded");
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
                           ? RunnerRefused(Concat("the process that tried to load it ", how))
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

}  // namespace quayside
