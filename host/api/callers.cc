#include "host/api/callers.h"

namespace quayside {

Callers::Scope::Scope(Callers& callers, const google::protobuf::Message& request, const std::string& actor)
    : callers_(callers), request_(&request) {
  const std::lock_guard<std::mutex> guard(callers_.mutex_);
  callers_.actors_[request_] = actor;
}

Callers::Scope::~Scope() {
  const std::lock_guard<std::mutex> guard(callers_.mutex_);
  callers_.actors_.erase(request_);
}

absl::StatusOr<std::string> Callers::ActorOf(const google::protobuf::Message& request) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = actors_.find(&request);
  if (found == actors_.end()) return absl::InternalError("a change without a caller");
  return found->second;
}

}  // namespace quayside
