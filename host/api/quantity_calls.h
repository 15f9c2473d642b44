// ListingService's calls about all quantities of a channel at once: send them again, forget the handling times.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/listing_service.pb.h"

namespace quayside {

// Thread-safe.
class QuantityCalls {
 public:
  explicit QuantityCalls(const ApiContext& context) : context_(context), parts_(context.parts) {}

  // In pieces of a commit each: a million listings would hold the writer for minutes. The answer is stored with the
  // last piece of the call.
  absl::Status Force(const quayside::v1::ForceUpdateRequest& request, quayside::v1::ForceUpdateResponse& response);
  absl::Status ClearLatency(const quayside::v1::ClearLatencyRequest& request,
                            quayside::v1::ClearLatencyResponse& response);

 private:
  absl::Status ClearNamed(const std::string& channel_id, const quayside::v1::ClearLatencyRequest& request,
                          quayside::v1::ClearLatencyResponse& response);
  absl::Status ClearEvery(const std::string& channel_id, const quayside::v1::ClearLatencyRequest& request,
                          quayside::v1::ClearLatencyResponse& response);
  // How many there are to clear, changing nothing.
  absl::Status CountClearable(const std::string& channel_id, quayside::v1::ClearLatencyResponse& response);
  // What all of it takes (send_cost.h), changing nothing.
  absl::Status Estimate(const std::string& channel_id, quayside::v1::ForceUpdateResponse& response);

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace quayside
