#include "host/api/gate.h"

#include <string_view>
#include <utility>

#include "host/access/audit_subject.h"
#include "host/access/roles.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"

namespace quayside {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr std::string_view kReflection = "/grpc.reflection.";
constexpr char kReflectionAction[] = "ServerReflection.ServerReflectionInfo";

std::string Text(const grpc::string_ref& text) { return {text.data(), text.size()}; }

void AddNames(const grpc::AuthContext& context, const char* property, const char* kind, CertificateNames& out) {
  for (const grpc::string_ref& value : context.FindPropertyValues(property)) {
    out.names.push_back(Concat(kind, ":", Text(value)));
  }
}

CertificateNames CertificateOf(const grpc::AuthContext* context) {
  CertificateNames certificate;
  if (context == nullptr) return certificate;
  // gRPC sets these from a certificate that it has checked, and from nothing else.
  AddNames(*context, "peer_dns", "dns", certificate);
  AddNames(*context, "peer_uri", "uri", certificate);
  AddNames(*context, "peer_email", "email", certificate);
  AddNames(*context, "peer_ip", "ip", certificate);
  AddNames(*context, "x509_common_name", "cn", certificate);
  return certificate;
}

CallerFacts CallerFactsOf(const grpc::ServerContextBase& context) {
  CallerFacts facts;
  const auto headers = context.client_metadata().equal_range(kAuthorization);
  for (auto header = headers.first; header != headers.second; ++header) {
    facts.authorization.push_back(Text(header->second));
  }
  facts.certificate = CertificateOf(context.auth_context().get());
  // Made by gRPC from the connection's address family.
  facts.from_socket = context.peer().rfind("unix", 0) == 0;
  return facts;
}

}  // namespace

absl::StatusOr<Principal> Gate::Enter(const grpc::ServerContextBase& context, const std::string& action,
                                      const std::string& resource,
                                      absl::FunctionRef<absl::Status(const Principal&)> check) {
  const auto refuse = [&](const std::string& actor, const absl::Status& status) {
    return Refuse({.actor = actor, .action = action, .resource = resource, .peer = context.peer()}, status);
  };
  absl::StatusOr<Principal> principal = SignIn(CallerFactsOf(context), parts_.tokens, parts_.certificates);
  if (!principal.ok()) return refuse(kNobody, principal.status());
  QS_RETURN_IF_ERROR(limits_.Call(*principal));
  if (const absl::Status status = check(*principal); !status.ok()) return refuse(principal->actor, status);
  return principal;
}

absl::Status Gate::Refuse(Denial denial, const absl::Status& status) {
  const TraceContext* trace = CurrentTrace();
  denial.reason = ReasonOf(status);
  denial.trace_id = trace == nullptr ? "" : TraceIdText(*trace);
  audit_.Refused(denial);
  return status;
}

absl::StatusOr<Principal> Gate::Admit(const grpc::ServerContextBase& context,
                                      const google::protobuf::Message& request) {
  return Enter(context, ActionOf(*request.GetDescriptor()), SubjectOf(request, nullptr),
               [&](const Principal& principal) { return CheckMayCall(principal, request); });
}

absl::StatusOr<StreamCaller> Gate::AdmitStream(const grpc::ServerContextBase& context,
                                               const google::protobuf::Message& request) {
  QS_ASSIGN_OR_RETURN(Principal principal, Admit(context, request));
  QS_ASSIGN_OR_RETURN(StreamPlace place, limits_.Stream(principal));
  return StreamCaller{std::move(principal), std::move(place)};
}

absl::StatusOr<Principal> Gate::AdmitTo(const grpc::ServerContextBase& context, const std::string& action,
                                        Role required, const std::string& channel) {
  return Enter(context, action, channel.empty() ? "" : ChannelName(channel), [&](const Principal& principal) {
    const absl::Status has_role = CheckHasRole(principal, required);
    return has_role.ok() && !channel.empty() ? CheckReaches(principal, channel) : has_role;
  });
}

absl::Status Gate::AdmitToReflection(const CallerFacts& facts) {
  const absl::StatusOr<Principal> principal = SignIn(facts, parts_.tokens, parts_.certificates);
  if (!principal.ok()) return Refuse({.actor = kNobody, .action = kReflectionAction}, principal.status());
  return limits_.Call(*principal);
}

absl::StatusOr<StreamPlace> Gate::PlaceFor(const Principal& principal) { return limits_.Stream(principal); }

grpc::Status ReflectionGuard::Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                                      OutputMetadata*) {
  const auto path = metadata.find(":path");
  // Without a path gRPC serves nothing; should it ever not tell, nothing unguarded may come through.
  if (path == metadata.end()) return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the call has no path");
  if (Text(path->second).compare(0, kReflection.size(), kReflection) != 0) return grpc::Status::OK;
  CallerFacts facts;
  const auto headers = metadata.equal_range(kAuthorization);
  for (auto header = headers.first; header != headers.second; ++header) {
    facts.authorization.push_back(Text(header->second));
  }
  facts.certificate = CertificateOf(context);
  const absl::Status admitted = gate_.AdmitToReflection(facts);
  return {static_cast<grpc::StatusCode>(admitted.code()), std::string(admitted.message())};
}

}  // namespace quayside
