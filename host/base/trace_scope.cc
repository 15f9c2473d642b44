#include "host/base/trace_scope.h"

#include <utility>

namespace quayside {
namespace {

// A plain pointer: nothing to destroy when the thread ends.
thread_local const TraceContext* t_trace = nullptr;

}  // namespace

const TraceContext* CurrentTrace() { return t_trace; }

std::optional<TraceContext> KeepTrace() {
  return t_trace == nullptr ? std::nullopt : std::optional<TraceContext>(*t_trace);
}

TraceScope::TraceScope(const TraceContext* trace) : before_(std::exchange(t_trace, trace)) {}

TraceScope::TraceScope(const std::optional<TraceContext>& trace) : TraceScope(trace.has_value() ? &*trace : nullptr) {}

TraceScope::~TraceScope() { t_trace = before_; }

}  // namespace quayside
