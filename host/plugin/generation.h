// A generation: one loaded copy of one plugin version, with the threads that run it and the instances made from it.
//
// Plugin code runs on these workers only, and they are joined before the library is unloaded: a thread_local with a
// destructor would otherwise keep it mapped. A worker stuck inside a step of a plugin in this process is abandoned and
// replaced; the generation is then WEDGED and is never unloaded while that thread lives. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/net/documents.h"
#include "host/net/http_service.h"
#include "host/net/signing.h"
#include "host/net/transfer/transfers.h"
#include "host/ops/log.h"
#include "host/plugin/catalog.h"
#include "host/plugin/loaded_plugin.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// What an instance is made from, in the form in which it crosses: made once per step or reader, not once per call.
// Equal configurations have equal bytes.
class InstanceKey {
 public:
  InstanceKey(const quayside::plugin::v1::InstanceConfig& config);  // NOLINT(google-explicit-constructor): the same
  [[nodiscard]] const std::string& account_id() const { return account_id_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] const std::map<std::string, std::string>& options() const { return options_; }

 private:
  std::string account_id_;
  std::string bytes_;
  std::map<std::string, std::string> options_;
};

struct CallOptions {
  const char* contract = "";
  const char* method = "";
  TimeUs deadline_us = 0;
  // True: the step should end (cancelled, or its lane was fenced). May be empty.
  std::function<bool()> stop;
  std::string lane_id = {};  // empty: the call belongs to no lane
};

struct GenerationParts {
  std::unique_ptr<LoadedPlugin> plugin;
  quayside::plugin::v1::Manifest manifest;
  int64_t number = 0;
  int workers = 4;
  const Clock& clock;
  Logger& logger;
  HttpService& http;
  DocumentService& documents;
  TransferService* transfers = nullptr;  // none: this host transfers no files
  SigningService* signing = nullptr;     // none: it signs nothing
};

class Generation {
 public:
  // A worker as the watchdog sees it.
  class Worker;

  explicit Generation(GenerationParts parts);
  ~Generation();
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  [[nodiscard]] const quayside::plugin::v1::Manifest& manifest() const { return parts_.manifest; }
  [[nodiscard]] int64_t number() const { return parts_.number; }
  [[nodiscard]] GenerationStatus Status() const;

  // Runs `task` on a worker, for the caller's trace. False once closed: the task will not run.
  [[nodiscard]] bool Submit(std::function<void()> task);
  // The worker of the calling thread; null elsewhere.
  [[nodiscard]] static std::shared_ptr<Worker> CurrentWorker();
  // That worker is stuck. Where the plugin can be killed, its call ends at once and the worker goes on; elsewhere
  // another takes its place, and it ends when it comes back.
  void Abandon(const std::shared_ptr<Worker>& worker);

  // One call on an instance of the account, made or reused. [worker]
  [[nodiscard]] absl::StatusOr<std::string> Call(const InstanceKey& key, const CallOptions& options,
                                                 std::string_view request);
  template <typename Reply, typename Request>
  [[nodiscard]] absl::StatusOr<Reply> CallTyped(const InstanceKey& key, const CallOptions& options,
                                                const Request& request);
  // [worker] A cursor of an older schema in the current one.
  [[nodiscard]] absl::StatusOr<std::string> UpgradeCursor(const char* contract, std::string_view cursor);

  // Destroys idle instances of the account; busy ones when they come back.
  void ForgetInstances(const std::string& account_id);

  // Refuses new tasks, drops queued ones, joins the workers, destroys instances, unloads and verifies. When a worker is
  // still stuck after `patience`, or the plugin's unload after as long again, the library stays: FAILED_PRECONDITION
  // PLUGIN_TIMEOUT (state LEAKED).
  absl::Status Close(DurationUs patience_real_us);

 private:
  struct Instance;
  struct Shared;
  // An account's instances that no call uses, and how often they were forgotten: one made before does not come back.
  struct AccountInstances {
    std::vector<std::unique_ptr<Instance>> idle;
    int64_t forget_count = 0;
  };

  void StartWorker();
  static void WorkerLoop(std::shared_ptr<Shared> shared, std::shared_ptr<Worker> self);
  absl::StatusOr<std::unique_ptr<Instance>> Checkout(const InstanceKey& key);
  void Return(std::unique_ptr<Instance> instance);
  absl::StatusOr<std::unique_ptr<Instance>> MakeInstance(const InstanceKey& key);
  void DestroyInstance(std::unique_ptr<Instance> instance);
  void DestroyForgotten();
  absl::Status UnloadWithin(DurationUs patience_real_us);

  GenerationParts parts_;
  const TimeUs loaded_us_;
  std::shared_ptr<Shared> shared_;
  std::atomic<int64_t> next_call_id_{1};
  std::atomic<bool> close_ended_{false};  // or is under way: one close is enough
  bool stuck_ = false;                    // a thread in it did not come back: written by the one close

  std::mutex instances_mutex_;
  std::map<std::string, AccountInstances> instances_;  // entries stay: instances point to theirs
  std::vector<std::unique_ptr<Instance>> forgotten_;   // idle no more; destroyed by the next worker, or by closing
  bool closing_ = false;
};

template <typename Reply, typename Request>
absl::StatusOr<Reply> Generation::CallTyped(const InstanceKey& key, const CallOptions& options,
                                            const Request& request) {
  absl::StatusOr<std::string> bytes = Call(key, options, request.SerializeAsString());
  if (!bytes.ok()) return bytes.status();
  Reply reply;
  if (!reply.ParseFromString(*bytes)) {
    return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                     manifest().id() + " " + options.contract + " " + options.method + ": the reply is unreadable");
  }
  return reply;
}

}  // namespace quayside
