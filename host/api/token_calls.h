// The part of AdminService that makes, lists and revokes tokens.
#pragma once

#include "absl/status/status.h"
#include "host/api/services.h"
#include "quayside/v1/admin_service.pb.h"

namespace quayside {

// Thread-safe.
class TokenCalls {
 public:
  explicit TokenCalls(const ApiContext& context) : context_(context) {}

  absl::Status Create(const api::CreateTokenRequest& request, api::CreateTokenResponse& response);
  absl::Status List(const api::ListTokensRequest& request, api::ListTokensResponse& response);
  absl::Status Revoke(const api::RevokeTokenRequest& request, api::RevokeTokenResponse& response);

 private:
  const ApiContext& context_;
};

}  // namespace quayside
