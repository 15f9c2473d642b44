// Service "transfer/1": files of folders that an operator named. See services.proto for what each request means.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/call_context.h"
#include "host/net/http_client.h"
#include "host/net/tokens.h"
#include "host/ops/place_address.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

class DocumentSpool;

// Status codes: OK, PERMISSION_DENIED PLACE_DENIED, INVALID_ARGUMENT PLACE_NOT_SET, INVALID_ARGUMENT or what the
// document is refused for (see DocumentService), UNAUTHENTICATED SECRET_MISSING, and what Folder answers
// (transfer/folder.h); CANCELLED, DEADLINE_EXCEEDED.
class TransferService {
 public:
  virtual ~TransferService() = default;
  // [any-thread] Blocks.
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::TransferReply> Handle(
      const quayside::plugin::v1::TransferRequest& request, const CallContext& context) = 0;
};

struct TransferServiceOptions {
  // Where files may lie at all: the addresses of the setting transfers.allow.
  std::vector<PlaceAddress> allowed;
  // "https://files.example.com" -> "http://127.0.0.1:8080": development only.
  std::map<std::string, std::string> origin_map;
  // Authorities of ftps: and ftpes: servers besides those of this machine (PEM); empty: none.
  std::string ca_file;
};

[[nodiscard]] std::unique_ptr<TransferService> MakeTransferService(HttpClient& client, SecretSource& secrets,
                                                                   DocumentSpool& spool, const Clock& clock,
                                                                   TransferServiceOptions options);

}  // namespace quayside
