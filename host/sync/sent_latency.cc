#include "host/sync/sent_latency.h"

#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {

void KeepLatency(std::string_view request, TargetRecord& target) {
  quayside::plugin::v1::QuantityIntent sent;
  // What cannot be read tells nothing of a handling time: it is sent again.
  if (!sent.ParseFromArray(request.data(), static_cast<int>(request.size()))) return;
  if (sent.has_latency_days()) {
    target.latency = sent.latency_days();
    target.clear_latency = false;
  } else if (sent.clear_latency()) {
    target.latency.reset();
    target.clear_latency = false;
  }
}

bool LeavesOtherLatency(std::string_view request, const TargetRecord& target) {
  TargetRecord after = target;
  KeepLatency(request, after);
  return after.latency != target.latency;
}

}  // namespace quayside
