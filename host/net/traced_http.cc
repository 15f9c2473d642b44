#include "host/net/traced_http.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr size_t kLongestRequestId = 128;

bool NamesTheCall(std::string_view header) {
  return header == "request-id" || header == "x-request-id" || header.ends_with("-requestid");
}

}  // namespace

std::string RequestIdOf(const quayside::plugin::v1::HttpReply& reply) {
  for (const auto& header : reply.headers()) {
    if (!NamesTheCall(LowerCase(header.name()))) continue;
    const std::string& id = header.value();
    const bool plain = id.size() <= kLongestRequestId &&
                       std::all_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
    return plain ? id : "";
  }
  return {};
}

absl::StatusOr<quayside::plugin::v1::HttpReply> TracedHttp::Send(const quayside::plugin::v1::HttpRequest& request,
                                                                 const CallContext& context) {
  std::optional<TraceContext> span = KeepTrace();
  if (span.has_value()) span = ids_.ChildOf(*std::move(span));
  const TraceScope scope(span);
  const auto begun = std::chrono::steady_clock::now();
  auto reply = inner_.Send(request, context);
  if (!logger_.Writes(LogLevel::kDebug)) return reply;
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  std::vector<LogField> fields = {Field("account", context.account_id), Field("origin", request.origin()),
                                  Field("operation", request.operation()), Field("method", request.method())};
  if (reply.ok()) {
    fields.push_back(Field("status", int64_t{reply->status()}));
    if (const std::string id = RequestIdOf(*reply); !id.empty()) fields.push_back(Field("request_id", id));
  } else {
    fields.push_back(Field("error", reply.status()));
  }
  fields.push_back(Field("took_us", took));
  logger_.Log(LogLevel::kDebug, "marketplace call", fields);
  return reply;
}

}  // namespace quayside
