// Keeps the index of quantities true and its work moving: a thread that builds it, looks at what changes of whole
// channels concern, tells whose quantities are to be decided, and compares it with the store from time to time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/base/clock.h"
#include "host/base/rng.h"
#include "host/base/trace_context.h"
#include "host/inventory/index/quantity_index.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

struct IndexKeeperParts {
  Store& store;
  const Clock& clock;
  Rng& rng;
  Logger& logger;
  // As in StepInputs.
  std::function<bool(const std::string&)> brings_orders;
  // Quantities of these accounts are to be decided. Runs on the keeper's thread, for the trace of the last change that
  // was found since.
  std::function<void(const std::vector<std::string>&)> on_undecided;
};

class IndexKeeper {
 public:
  explicit IndexKeeper(IndexKeeperParts parts);
  ~IndexKeeper();
  IndexKeeper(const IndexKeeper&) = delete;
  IndexKeeper& operator=(const IndexKeeper&) = delete;

  // Begins to follow the store. The index is built in the background.
  void Start();
  // The index follows the store no more.
  void Stop();

  [[nodiscard]] QuantityIndex& index() { return index_; }
  // The index names all that is to be decided, or cannot be built and is not to be waited for. Thread-safe.
  [[nodiscard]] bool settled() const { return build_failed_ || index_.settled(); }

 private:
  void Run();
  void Build();
  void Check();

  const IndexKeeperParts parts_;
  SeededRng rng_;     // its own: picks on another thread must not change the engine's
  std::mutex mutex_;  // never held while the index or a function of the parts is called
  std::condition_variable changed_;
  bool work_ = false;
  bool stopping_ = false;
  std::optional<TraceContext> cause_;  // of the last change that made work
  TimeUs build_at_ = 0;                // not before
  std::atomic<bool> build_failed_ = false;
  QuantityIndex index_;
  std::thread thread_;
};

}  // namespace quayside
