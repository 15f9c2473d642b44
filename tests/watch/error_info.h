// Why the host ended a call.
#pragma once

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace quayside::watch {

// Empty when the call came without.
inline google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return info;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) break;
  }
  return info;
}

}  // namespace quayside::watch
