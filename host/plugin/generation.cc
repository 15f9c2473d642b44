#include "host/plugin/generation.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <thread>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

class Generation::Worker {
 public:
  std::thread thread;
  std::atomic<bool> abandoned{false};
  std::atomic<bool> ended{false};
  std::atomic<bool> busy{false};
  std::atomic<bool> given_up{false};  // its task
};

// What workers touch; outlives the generation when a stuck one does.
struct Generation::Shared {
  std::mutex mutex;
  std::condition_variable condition;
  std::deque<std::function<void()>> tasks;
  std::vector<std::shared_ptr<Worker>> workers;
  bool closed = false;
  int32_t in_flight = 0;
  int64_t done = 0;
  int wedged = 0;
  std::string state = "ACTIVE";
};

struct Generation::Instance {
  std::unique_ptr<PluginInstance> plugin;
  std::string config_bytes;
  AccountInstances* account = nullptr;
  int64_t forget_count = 0;
};

namespace {

// Until the workers come back whose calls were killed.
constexpr auto kKilledPatience = std::chrono::seconds(5);

// Which worker this thread is. A raw pointer to a shared_ptr on the worker's own stack: nothing to destroy at thread
// end.
thread_local const std::shared_ptr<Generation::Worker>* t_worker = nullptr;

// Somebody may still be in it. Whoever looks for leaks is told that this is none.
void LeaveForGood([[maybe_unused]] const void* left) {
#if defined(__SANITIZE_ADDRESS__)
  __lsan_ignore_object(left);
#endif
}

}  // namespace

InstanceKey::InstanceKey(const pb::InstanceConfig& config)
    : account_id_(config.account_id()), options_(config.options().begin(), config.options().end()) {
  // Maps inside the message must serialise the same way each time for the comparison.
  google::protobuf::io::StringOutputStream stream(&bytes_);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  config.SerializeToCodedStream(&coded);
}

Generation::Generation(GenerationParts parts)
    : parts_(std::move(parts)), loaded_us_(parts_.clock.Now()), shared_(std::make_shared<Shared>()) {
  for (int i = 0; i < parts_.workers; ++i) StartWorker();
}

Generation::~Generation() {
  if (absl::Status status = Close(kSecondUs); !status.ok()) {
    parts_.logger.Error("a plugin generation could not be unloaded",
                        {Field("plugin", parts_.manifest.id()), Field("error", status)});
  }
  // A thread that is stuck in it may come back at any time: it must stay for good.
  if (stuck_) LeaveForGood(parts_.plugin.release());
}

void Generation::StartWorker() {
  auto worker = std::make_shared<Worker>();
  // Whoever closes joins what is in the list.
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  worker->thread = std::thread(&Generation::WorkerLoop, shared_, worker);
  shared_->workers.push_back(worker);
}

void Generation::WorkerLoop(std::shared_ptr<Shared> shared, std::shared_ptr<Worker> self) {
  t_worker = &self;
  std::unique_lock<std::mutex> lock(shared->mutex);
  while (!self->abandoned) {
    shared->condition.wait(lock, [&] { return shared->closed || self->abandoned || !shared->tasks.empty(); });
    if (shared->tasks.empty() || self->abandoned) break;
    std::function<void()> task = std::move(shared->tasks.front());
    shared->tasks.pop_front();
    ++shared->in_flight;
    self->given_up = false;
    self->busy = true;
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    self->busy = false;
    --shared->in_flight;
    ++shared->done;
  }
  if (self->abandoned) --shared->wedged;
  self->ended = true;
  shared->condition.notify_all();
}

std::shared_ptr<Generation::Worker> Generation::CurrentWorker() { return t_worker != nullptr ? *t_worker : nullptr; }

void Generation::Abandon(const std::shared_ptr<Worker>& worker) {
  // Before the kill: a call that is not out yet must not go to the next process.
  worker->given_up = true;
  // Only while it is in its task: a kill ends the calls of others, too.
  if (worker->busy && parts_.plugin->Kill("a step passed its deadline")) return;
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    if (worker->ended || worker->abandoned.exchange(true)) return;
    ++shared_->wedged;
    if (shared_->closed) return;
  }
  // It may be idle by now: then it ends at once.
  shared_->condition.notify_all();
  StartWorker();
}

bool Generation::Submit(std::function<void()> task) {
  if (CurrentTrace() != nullptr) {
    task = [trace = KeepTrace(), inner = std::move(task)] {
      const TraceScope scope(trace);
      inner();
    };
  }
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    if (shared_->closed) return false;
    shared_->tasks.push_back(std::move(task));
  }
  shared_->condition.notify_one();
  return true;
}

GenerationStatus Generation::Status() const {
  const bool quarantined = !parts_.plugin->quarantine().empty();
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  std::string state = shared_->state;
  if (state == "ACTIVE" && quarantined) state = "QUARANTINED";
  if (state == "ACTIVE" && shared_->wedged > 0) state = "WEDGED";
  return {.number = parts_.number,
          .version = parts_.manifest.version(),
          .state = std::move(state),
          .steps_in_flight = shared_->in_flight,
          .steps_done = shared_->done,
          .loaded_us = loaded_us_,
          .steps_stuck = shared_->wedged,
          .isolation = parts_.plugin->mode()};
}

absl::StatusOr<std::unique_ptr<Generation::Instance>> Generation::MakeInstance(const InstanceKey& key) {
  auto instance = std::make_unique<Instance>();
  instance->config_bytes = key.bytes();
  QS_ASSIGN_OR_RETURN(instance->plugin, parts_.plugin->Create(instance->config_bytes, key.account_id()));
  return instance;
}

void Generation::DestroyInstance(std::unique_ptr<Instance> instance) {
  if (const absl::Status destroyed = instance->plugin->Destroy(); !destroyed.ok()) {
    parts_.logger.Warning("a plugin could not let go of an instance",
                          {Field("plugin", parts_.manifest.id()), Field("error", destroyed)});
  }
}

absl::StatusOr<std::unique_ptr<Generation::Instance>> Generation::Checkout(const InstanceKey& key) {
  std::vector<std::unique_ptr<Instance>> outdated;
  std::unique_ptr<Instance> found;
  AccountInstances* account = nullptr;
  int64_t forget_count = 0;
  {
    const std::lock_guard<std::mutex> lock(instances_mutex_);
    account = &instances_[key.account_id()];
    forget_count = account->forget_count;
    while (!account->idle.empty() && found == nullptr) {
      std::unique_ptr<Instance> candidate = std::move(account->idle.back());
      account->idle.pop_back();
      (candidate->config_bytes == key.bytes() ? found : outdated.emplace_back()) = std::move(candidate);
    }
  }
  for (std::unique_ptr<Instance>& instance : outdated) DestroyInstance(std::move(instance));
  if (found != nullptr) return found;
  auto made = MakeInstance(key);
  if (made.ok()) {
    (*made)->account = account;
    (*made)->forget_count = forget_count;
  }
  return made;
}

void Generation::Return(std::unique_ptr<Instance> instance) {
  {
    const std::lock_guard<std::mutex> lock(instances_mutex_);
    AccountInstances& account = *instance->account;
    if (!closing_ && instance->forget_count == account.forget_count) {
      account.idle.push_back(std::move(instance));
      return;
    }
  }
  DestroyInstance(std::move(instance));
}

void Generation::ForgetInstances(const std::string& account_id) {
  {
    const std::lock_guard<std::mutex> lock(instances_mutex_);
    AccountInstances& account = instances_[account_id];
    ++account.forget_count;
    if (account.idle.empty()) return;
    std::move(account.idle.begin(), account.idle.end(), std::back_inserter(forgotten_));
    account.idle.clear();
  }
  // Plugin code runs on workers only. Closing drops what waits for one, and destroys them itself.
  (void)Submit([this] { DestroyForgotten(); });
}

void Generation::DestroyForgotten() {
  std::vector<std::unique_ptr<Instance>> doomed;
  {
    const std::lock_guard<std::mutex> lock(instances_mutex_);
    doomed.swap(forgotten_);
  }
  for (std::unique_ptr<Instance>& instance : doomed) DestroyInstance(std::move(instance));
}

absl::StatusOr<std::string> Generation::Call(const InstanceKey& key, const CallOptions& options,
                                             std::string_view request) {
  auto instance = Checkout(key);
  if (!instance.ok()) return instance.status();

  HostCall host_call{.call_id = static_cast<uint64_t>(next_call_id_.fetch_add(1)),
                     .http = &parts_.http,
                     .documents = &parts_.documents,
                     .transfers = parts_.transfers,
                     .signing = parts_.signing,
                     .clock = &parts_.clock,
                     .logger = &parts_.logger,
                     .plugin_id = &parts_.manifest.id(),
                     .given_up = t_worker != nullptr ? &(*t_worker)->given_up : nullptr,
                     .context = {key.account_id(), &parts_.manifest, options.deadline_us, options.stop, options.lane_id,
                                 &key.options()}};
  ReplyBuffer reply;
  const absl::StatusOr<qs_status> status =
      (*instance)->plugin->Call(host_call, {options.contract, options.method, options.deadline_us, request}, reply);
  Return(*std::move(instance));
  const auto where = [&] { return Concat(parts_.manifest.id(), " ", options.contract, " ", options.method); };
  if (!status.ok()) return AddContext(status.status(), where());
  if (*status != QS_OK) return StatusFromPlugin(*status, reply.bytes(), where());
  if (reply.refused()) {
    return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                     Concat(where(), ": the reply is larger than ", kMaxReplyBytes, " bytes"));
  }
  return reply.Take();
}

absl::StatusOr<std::string> Generation::UpgradeCursor(const char* contract, std::string_view cursor) {
  ReplyBuffer reply;
  const absl::StatusOr<qs_status> status = parts_.plugin->UpgradeCursor(contract, cursor, reply);
  const auto where = [&] { return Concat(parts_.manifest.id(), " ", contract, " upgrade_cursor"); };
  if (!status.ok()) return AddContext(status.status(), where());
  if (*status != QS_OK) return StatusFromPlugin(*status, reply.bytes(), where());
  return reply.Take();
}

// On a thread that can be given up: it holds nothing but the plugin, which stays for good then.
absl::Status Generation::UnloadWithin(DurationUs patience_real_us) {
  LoadedPlugin& plugin = *parts_.plugin;
  // A process of its own has its own limit, and is killed at it.
  if (plugin.mode() == IsolationMode::kIsolated) return plugin.Unload();
  std::packaged_task<absl::Status()> unload([&plugin] { return plugin.Unload(); });
  std::future<absl::Status> unloaded = unload.get_future();
  std::thread thread(std::move(unload));
  if (unloaded.wait_for(std::chrono::microseconds(patience_real_us)) == std::future_status::timeout) {
    stuck_ = true;
    thread.detach();
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kPluginTimeout,
        Concat("the unload of plugin ", parts_.manifest.id(), " does not return; its library stays loaded"));
  }
  thread.join();
  return unloaded.get();
}

absl::Status Generation::Close(DurationUs patience_real_us) {
  if (close_ended_.exchange(true)) return absl::OkStatus();
  // Instances die on a worker, like all plugin code; it is the last task.
  std::vector<std::shared_ptr<Worker>> workers;
  std::deque<std::function<void()>> dropped;  // destroyed without the lock: what they hold may ask for it
  {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    if (!shared_->closed) {
      dropped.swap(shared_->tasks);
      shared_->tasks.push_back([this] {
        {
          const std::lock_guard<std::mutex> instances_lock(instances_mutex_);
          for (auto& [id, account] : instances_) {
            std::move(account.idle.begin(), account.idle.end(), std::back_inserter(forgotten_));
            account.idle.clear();
          }
          closing_ = true;  // what is still out is destroyed when it comes back
        }
        DestroyForgotten();
      });
      shared_->closed = true;
      shared_->state = "DRAINING";
    }
    shared_->condition.notify_all();
    lock.unlock();
    dropped.clear();
    lock.lock();
    const auto all_ended = [&] {
      for (const auto& worker : shared_->workers) {
        if (!worker->ended) return false;
      }
      return true;
    };
    bool ended = shared_->condition.wait_for(lock, std::chrono::microseconds(patience_real_us), all_ended);
    if (!ended) {
      lock.unlock();
      const bool killed = parts_.plugin->Kill("a step does not return, and the plugin is being closed");
      lock.lock();
      ended = killed && shared_->condition.wait_for(lock, kKilledPatience, all_ended);
    }
    if (!ended) {
      shared_->state = "LEAKED";
      stuck_ = true;
      for (const auto& worker : shared_->workers) {
        if (worker->thread.joinable()) worker->thread.detach();
      }
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginTimeout,
                       Concat("a step of plugin ", parts_.manifest.id(), " does not return; its library stays loaded"));
    }
    workers = shared_->workers;
  }
  for (const auto& worker : workers) {
    if (worker->thread.joinable()) worker->thread.join();
  }
  absl::Status status = UnloadWithin(patience_real_us);
  const std::lock_guard<std::mutex> lock(shared_->mutex);
  const bool gone = status.ok() || HasReason(status, Reason::kPluginFault);
  shared_->state = gone ? "UNLOADED" : "LEAKED";
  return status;
}

}  // namespace quayside
