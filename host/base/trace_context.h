// W3C Trace Context (Recommendation of 23 November 2021): whose work a call is part of. Pure rules of the headers
// `traceparent` and `tracestate`; which trace a thread works for is in trace_scope.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quayside {

// One span of a trace: ids as they stand in `traceparent`, neither of them 0.
struct TraceContext {
  uint64_t trace_id_high = 0;
  uint64_t trace_id_low = 0;
  uint64_t span_id = 0;
  bool sampled = false;
  // A `tracestate` that BoundedTracestate made; empty: there is none.
  std::string state;

  bool operator==(const TraceContext&) const = default;
};

// 32 and 16 lower case hexadecimal digits.
[[nodiscard]] std::string TraceIdText(const TraceContext& trace);
[[nodiscard]] std::string SpanIdText(const TraceContext& trace);
// Whether the text is what TraceIdText writes.
[[nodiscard]] bool IsTraceId(std::string_view text);
// In version 00, whatever version it came in: "00-{trace id}-{span id}-01".
[[nodiscard]] std::string Traceparent(const TraceContext& trace);

// nullopt: it is no `traceparent`, and whoever got it begins a trace of his own. Blanks around it are none of its
// business. Of a later version than 00 what the first 55 characters say counts; of the flags only "sampled" is kept.
[[nodiscard]] std::optional<TraceContext> ParseTraceparent(std::string_view value);

// The values of all `tracestate` headers of a message, in order, as one that may be sent on: at most 32 members and 512
// characters. What is longer loses its members of more than 128 characters first, then those at its end. Of members
// with the same key the first counts. Empty: there is none, or it breaks the rules, and with it goes all of it.
[[nodiscard]] std::string BoundedTracestate(const std::vector<std::string_view>& values);

// What came with a message. A `traceparent` that is missing, there twice or wrong is nullopt; a wrong `tracestate` is
// left out.
[[nodiscard]] std::optional<TraceContext> TraceOfHeaders(const std::vector<std::string_view>& traceparents,
                                                         const std::vector<std::string_view>& tracestates);

}  // namespace quayside
