// Rows that name the trace in which they were written, so that one can go from an event or an audit record to the log.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "host/base/trace_scope.h"

namespace quayside {

// The attribute of events and the detail of audit records: 32 hexadecimal digits.
inline constexpr char kTraceIdKey[] = "trace_id";

// With that of the thread's trace, unless there is none or one is named already.
[[nodiscard]] inline std::map<std::string, std::string> WithTraceId(std::map<std::string, std::string> facts) {
  if (const TraceContext* trace = CurrentTrace(); trace != nullptr) facts.emplace(kTraceIdKey, TraceIdText(*trace));
  return facts;
}

}  // namespace quayside
