// Parts of the host with a count or a clock around them.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/errors.h"
#include "host/metrics/tally.h"
#include "host/net/http_service.h"
#include "host/store/forwarding_store.h"

namespace quayside {

// Counts each call by the operation of its rate budget ("none" without one) and what came of it: the HTTP status, or
// the reason there is none.
class MeasuredHttp final : public HttpService {
 public:
  MeasuredHttp(HttpService& inner, Tallies& tallies) : inner_(inner), tallies_(tallies) {}

  absl::StatusOr<quayside::plugin::v1::HttpReply> Send(const quayside::plugin::v1::HttpRequest& request,
                                                       const CallContext& context) override {
    auto reply = inner_.Send(request, context);
    const std::string reason = reply.ok() ? std::to_string(reply->status()) : ReasonOf(reply.status());
    tallies_.marketplace_calls.Count(request.operation().empty() ? "none" : request.operation(),
                                     reason.empty() ? "STOPPED" : reason);
    return reply;
  }

 private:
  HttpService& inner_;
  Tallies& tallies_;
};

// Measures writes from the call to their being durable, by the machine's own clock. Those that fail count, too.
class MeasuredStore final : public ForwardingStore {
 public:
  MeasuredStore(Store& inner, Tallies& tallies) : ForwardingStore(inner), tallies_(tallies) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    const auto begin = std::chrono::steady_clock::now();
    absl::Status status = inner().Write(fn);
    tallies_.commits.Add(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count());
    return status;
  }

 private:
  Tallies& tallies_;
};

}  // namespace quayside
