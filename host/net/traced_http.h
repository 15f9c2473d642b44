// A span around each call of a plugin, and a line in the log that leads from the call of the API, or the step, to what
// the marketplace knows of it.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "host/base/trace_ids.h"
#include "host/base/trace_scope.h"
#include "host/net/http_service.h"
#include "host/ops/log.h"

namespace quayside {

// The marketplace's own name for a call: the value of a header that is called request-id, x-request-id, or ends in
// -requestid. "" when there is none, or when it is not plain text of at most 128 characters.
[[nodiscard]] std::string RequestIdOf(const quayside::plugin::v1::HttpReply& reply);

// Thread-safe.
class TracedHttp final : public HttpService {
 public:
  // `seed`: of the ids of spans.
  TracedHttp(HttpService& inner, Logger& logger, uint64_t seed) : inner_(inner), logger_(logger), ids_(seed) {}

  absl::StatusOr<quayside::plugin::v1::HttpReply> Send(const quayside::plugin::v1::HttpRequest& request,
                                                       const CallContext& context) override;

 private:
  HttpService& inner_;
  Logger& logger_;
  TraceIds ids_;
};

}  // namespace quayside
