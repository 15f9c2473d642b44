// Service "document/1": documents at presigned addresses, kept on the host's disk so that a step can read them in parts
// and the next step can go on. See services.proto for what each request means.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/call_context.h"
#include "host/net/http_client.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

class DocumentSpool;

// Status codes: OK (any HTTP status), UNAVAILABLE HTTP_FAILED or DOCUMENT_DAMAGED (the transfer failed, nothing is
// kept), DOCUMENT_ARRIVING (a part came and is kept; with a retry time when the step alone was too short),
// RESOURCE_EXHAUSTED DISK_FULL or DOCUMENT_SPOOL_FULL, PERMISSION_DENIED ORIGIN_DENIED, NOT_FOUND DOCUMENT_NOT_FOUND or
// DOCUMENT_DAMAGED (fetch it again), INVALID_ARGUMENT INVALID_ARGUMENT, DOCUMENT_TOO_LARGE or DOCUMENT_UNREADABLE,
// UNKNOWN HTTP_OUTCOME_UNKNOWN (uploads only), CANCELLED, DEADLINE_EXCEEDED. No message holds anything of an address
// but its host.
class DocumentService {
 public:
  virtual ~DocumentService() = default;
  // [any-thread] Blocks. By value: an upload's body is large and is sent from where it lies.
  [[nodiscard]] virtual absl::StatusOr<quayside::plugin::v1::DocumentReply> Handle(
      quayside::plugin::v1::DocumentRequest request, const CallContext& context) = 0;
  // [any-thread] The account is deleted: what is kept for it goes, also what has arrived in part, and what is on its
  // way comes to nothing.
  virtual absl::Status ReleaseAccount(const std::string& account_id) = 0;
};

// A host without documents: UNIMPLEMENTED.
class NoDocuments final : public DocumentService {
 public:
  [[nodiscard]] absl::StatusOr<quayside::plugin::v1::DocumentReply> Handle(quayside::plugin::v1::DocumentRequest,
                                                                           const CallContext&) override {
    return absl::UnimplementedError("this host keeps no documents");
  }
  absl::Status ReleaseAccount(const std::string&) override { return absl::OkStatus(); }
};

struct DocumentServiceOptions {
  // "https://*.s3.amazonaws.com" -> "http://127.0.0.1:8080": development only.
  std::map<std::string, std::string> origin_map;
  std::string user_agent;
};

[[nodiscard]] std::unique_ptr<DocumentService> MakeDocumentService(HttpClient& client, DocumentSpool& spool,
                                                                   const Clock& clock, DocumentServiceOptions options);

}  // namespace quayside
