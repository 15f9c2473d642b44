// A host without a network, for tests of plugins that need none.
#pragma once

#include "host/plugin/host_services.h"

namespace quayside {

class NoHttp final : public HttpService {
 public:
  absl::StatusOr<quayside::plugin::v1::HttpReply> Send(const quayside::plugin::v1::HttpRequest&,
                                                       const CallContext&) override {
    return absl::UnavailableError("no network in this test");
  }
};

}  // namespace quayside
