// The one place where it is decided whether a call comes in: who calls, how often, and whether he may. Every method is
// reached through Calls, which asks here before the method sees anything of the request; health asks by itself.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/server_context.h"
#include "host/access/audit_writer.h"
#include "host/access/limits.h"
#include "host/access/sign_in.h"
#include "host/access/tokens.h"

namespace quayside {

struct GateParts {
  Store& store;
  const Clock& clock;
  Logger& logger;
  TokenTable& tokens;
  const CertificateRoles& certificates;
};

// Who has a stream, and the place it takes.
struct StreamCaller {
  Principal principal;
  StreamPlace place;
};

// Thread-safe.
class Gate {
 public:
  Gate(const GateParts& parts, AccessLimits limits)
      : parts_(parts), limits_(limits, parts.clock), audit_(parts.store, parts.clock, parts.logger, parts.tokens) {}

  // UNAUTHENTICATED NOT_SIGNED_IN or TOKEN_REFUSED, RESOURCE_EXHAUSTED CALL_LIMIT, PERMISSION_DENIED. Refusals but
  // those for the rate go into the audit trail.
  [[nodiscard]] absl::StatusOr<Principal> Admit(const grpc::ServerContextBase& context,
                                                const google::protobuf::Message& request);
  // The same for a stream, and RESOURCE_EXHAUSTED STREAM_LIMIT.
  [[nodiscard]] absl::StatusOr<StreamCaller> AdmitStream(const grpc::ServerContextBase& context,
                                                         const google::protobuf::Message& request);
  // For the methods of others' protos.
  // `channel`: the id of the one that is asked about; empty: none.
  [[nodiscard]] absl::StatusOr<Principal> AdmitTo(const grpc::ServerContextBase& context, const std::string& action,
                                                  Role required, const std::string& channel);
  // For reflection, which is everybody's who is signed in. UNAUTHENTICATED, RESOURCE_EXHAUSTED CALL_LIMIT.
  [[nodiscard]] absl::Status AdmitToReflection(const CallerFacts& facts);
  // A place for a stream of theirs; who is not signed in shares those of kNobody. RESOURCE_EXHAUSTED STREAM_LIMIT.
  [[nodiscard]] absl::StatusOr<StreamPlace> PlaceFor(const Principal& principal);

  // For streams that are open: UNAUTHENTICATED when their token is revoked or has expired.
  [[nodiscard]] absl::Status StillSignedIn(const std::string& actor) const {
    return parts_.tokens.StillSignedIn(actor);
  }

 private:
  absl::StatusOr<Principal> Enter(const grpc::ServerContextBase& context, const std::string& action,
                                  const std::string& resource, absl::FunctionRef<absl::Status(const Principal&)> check);
  // Writes it down, and answers it.
  absl::Status Refuse(Denial denial, const absl::Status& status);

  const GateParts parts_;
  PrincipalLimits limits_;
  AuditWriter audit_;
};

// Reflection is gRPC's own service and does not pass Calls: on TCP this has Gate decide before gRPC serves it, which
// sends no details with a refusal. Everything else passes and is decided in Gate later. (On the socket everybody is its
// owner.)
class ReflectionGuard final : public grpc::AuthMetadataProcessor {
 public:
  explicit ReflectionGuard(Gate& gate) : gate_(gate) {}

  bool IsBlocking() const override { return false; }
  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata* consumed,
                       OutputMetadata* response) override;

 private:
  Gate& gate_;
};

}  // namespace quayside
