// `traceparent` and `tracestate` as they come with a call: the first line is a traceparent, each other one a
// tracestate.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/trace_context.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto [line, rest] = SplitLine(text);
    lines.push_back(line);
    text = rest;
  }
  return lines;
}

void CheckState(const std::string& state) {
  Require(state.size() <= 512, "what is sent on has at most 512 characters");
  Require(state.empty() || std::count(state.begin(), state.end(), ',') < 32, "and at most 32 members");
  Require(std::all_of(state.begin(), state.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }),
          "it can stand in a header");
  Require(BoundedTracestate({state}) == state, "what is sent on is taken as it is");
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(trace_headers) {
  const auto [parent, rest] = SplitLine(input);
  const std::vector<std::string_view> states = LinesOf(rest);
  CheckState(BoundedTracestate(states));

  const auto trace = TraceOfHeaders({parent}, states);
  Require(trace.has_value() == ParseTraceparent(parent).has_value(), "a wrong tracestate is left out, no more");
  Require(!TraceOfHeaders({parent, parent}, states).has_value(), "a traceparent there twice is none");
  if (!trace) return;
  Require((trace->trace_id_high | trace->trace_id_low) != 0 && trace->span_id != 0, "no id is 0");
  Require(IsTraceId(TraceIdText(*trace)), "a trace's id is one");
  const std::string sent = Traceparent(*trace);
  Require(sent.size() == 55 && sent.starts_with("00-"), "what is sent on is of version 00");
  const auto again = TraceOfHeaders({sent}, {trace->state});
  Require(again.has_value() && *again == *trace, "a trace survives being sent on");
}
