#include "host/sync/plugin_calls.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "host/base/text.h"
#include "host/sync/watchdog.h"

namespace quayside {
namespace {

// Shared by the caller and the task; outlives a caller that gave up.
struct PendingCall {
  std::mutex mutex;
  std::condition_variable changed;
  bool given_up = false;
  std::shared_ptr<Generation::Worker> worker;  // once it runs
  std::optional<absl::StatusOr<std::string>> reply;
};

// Lives as long as the task: a task that is dropped without being run answers, too.
class Ticket {
 public:
  Ticket(std::shared_ptr<PendingCall> call, std::shared_ptr<std::atomic<int>> under_way)
      : call_(std::move(call)), under_way_(std::move(under_way)) {
    ++*under_way_;
  }
  ~Ticket() {
    --*under_way_;
    Answer(MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown,
                     "the plugin is being closed; it was not asked"));
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  // False: nobody waits any more.
  bool Begin() {
    const std::lock_guard<std::mutex> lock(call_->mutex);
    call_->worker = Generation::CurrentWorker();
    return !call_->given_up;
  }
  // The first answer counts.
  void Answer(absl::StatusOr<std::string> reply) {
    const std::lock_guard<std::mutex> lock(call_->mutex);
    if (!call_->reply.has_value()) call_->reply = std::move(reply);
    call_->changed.notify_all();
  }

 private:
  const std::shared_ptr<PendingCall> call_;
  const std::shared_ptr<std::atomic<int>> under_way_;
};

}  // namespace

absl::StatusOr<std::string> PluginCalls::CallBytes(const std::shared_ptr<Generation>& generation,
                                                   const quayside::plugin::v1::InstanceConfig& config,
                                                   const char* contract, const char* method, std::string request,
                                                   DurationUs timeout_us) {
  const auto call = std::make_shared<PendingCall>();
  const TimeUs deadline = clock_.Now() + timeout_us;
  auto ticket = std::make_shared<Ticket>(call, under_way_);
  // The task counts as a use of the generation, also when its caller has given up.
  const bool submitted = generation->Submit(
      [ticket, generation, config, contract, method, request = std::move(request), deadline, clock = &clock_] {
        if (!ticket->Begin()) return;
        const auto stop = [clock, deadline] { return clock->Now() > deadline; };
        ticket->Answer(generation->Call(config, {contract, method, deadline, stop}, request));
      });
  ticket.reset();
  if (!submitted) return MakeError(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "the plugin is being closed");

  std::shared_ptr<Generation::Worker> stuck;
  {
    std::unique_lock<std::mutex> lock(call->mutex);
    const TimeUs fence = deadline + FenceGrace(clock_);
    while (!call->reply.has_value() && clock_.Now() < fence) clock_.WaitUntil(lock, call->changed, fence);
    if (call->reply.has_value()) return *std::move(call->reply);
    call->given_up = true;
    stuck = call->worker;
  }
  if (stuck != nullptr) generation->Abandon(stuck);
  return MakeError(absl::StatusCode::kDeadlineExceeded, Reason::kPluginTimeout,
                   Concat("plugin ", generation->manifest().id(), " did not answer in time"));
}

}  // namespace quayside
