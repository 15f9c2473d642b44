// The trace a thread works for, so that its log lines, the events and audit records it causes and the calls it sends on
// can name it without every function in between handing it over. Where work goes to another thread, the trace goes with
// it by hand: KeepTrace() here, a TraceScope there.
#pragma once

#include <optional>

#include "host/base/trace_context.h"

namespace quayside {

// Of the calling thread; null: it works for none.
[[nodiscard]] const TraceContext* CurrentTrace();
// A copy, to be taken to another thread.
[[nodiscard]] std::optional<TraceContext> KeepTrace();

// While it lives the calling thread works for `trace`, which outlives it; null or nullopt: for none. Scopes nest.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext* trace);
  explicit TraceScope(const std::optional<TraceContext>& trace);
  explicit TraceScope(std::optional<TraceContext>&& trace) = delete;
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  const TraceContext* const before_;
};

}  // namespace quayside
