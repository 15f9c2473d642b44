#include "host/plugin/isolation/runner_plugin.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "host/plugin/isolation/supervised_runner.h"

namespace quayside {
namespace {

// A call waits for a runner that is being started again when it will be there within this time.
constexpr DurationUs kRestartPatienceUs = kSecondUs;

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
      return RunnerCrashed("was killed: a step passed its deadline");
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

}  // namespace

absl::Status RunnerPlugin::Start(const Bundle& bundle) {
  QS_ASSIGN_OR_RETURN(library_, SealBytes(Concat(id(), ".so"), bundle.library));
  wake_ = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.is_open()) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "eventfd failed");
  supervisor_ = std::thread([this] { Supervise(); });
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return state_ != State::kStarting; });
  return start_error_;
}

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
      return RunnerCrashed(Concat(how_, "; it is started again"));
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
  return RunnerCrashed(how);
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

absl::StatusOr<std::unique_ptr<LoadedPlugin>> LoadIntoRunner(const Bundle& bundle, int64_t number, Logger& logger,
                                                             const RunnerOptions& options) {
  auto plugin = std::make_unique<RunnerPlugin>(bundle, number, logger, options);
  QS_RETURN_IF_ERROR(plugin->Start(bundle));
  return std::unique_ptr<LoadedPlugin>(std::move(plugin));
}

}  // namespace quayside
