#include "tools/quayside/trace.h"

#include <cstdint>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/base/trace_ids.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

std::optional<TraceContext> OfEnvironment(
    const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  const std::optional<std::string> parent = environment("TRACEPARENT");
  if (!parent.has_value()) return std::nullopt;
  const std::string state = environment("TRACESTATE").value_or("");
  return TraceOfHeaders({std::string_view(*parent)}, {std::string_view(state)});
}

}  // namespace

absl::StatusOr<CallTrace> ChooseTrace(
    const std::string& flag, const std::function<std::optional<std::string>(const std::string& name)>& environment) {
  std::optional<TraceContext> parent;
  if (flag.empty()) {
    parent = OfEnvironment(environment);
  } else {
    parent = ParseTraceparent(flag);
    if (!parent.has_value()) {
      return UsageError(absl::StrCat("--trace: '", flag,
                                     "' is no traceparent; one looks like "
                                     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    }
  }
  std::random_device device;
  const std::uint64_t high = device();
  TraceIds ids(high << 32 | device());
  const TraceContext trace = parent.has_value() ? ids.ChildOf(*std::move(parent)) : ids.Fresh();
  return CallTrace{TraceIdText(trace), Traceparent(trace), trace.state};
}

}  // namespace quayside::cli
