#include "tools/quayside/doctor/front_call.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <chrono>
#include <memory>

#include "grpc/health/v1/health.grpc.pb.h"
#include "host/base/text.h"

namespace quayside::cli {
namespace {

namespace health = grpc::health::v1;

constexpr std::chrono::seconds kCallPatience(5);

// The authority may be anybody's own: whether clients trust it is not known here.
std::shared_ptr<grpc::ChannelCredentials> AnyServer() {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

FrontAnswer CallThroughFront(const std::string& address, const std::string& name) {
  grpc::ChannelArguments arguments;
  if (!name.empty()) arguments.SetSslTargetNameOverride(name);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = health::Health::NewStub(grpc::CreateCustomChannel(address, AnyServer(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallPatience);
  health::HealthCheckResponse response;
  const grpc::Status status = stub->Check(&context, health::HealthCheckRequest(), &response);
  FrontAnswer answer;
  if (const auto shown = context.auth_context(); shown != nullptr) {
    const auto certificates = shown->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    if (!certificates.empty()) answer.certificate.assign(certificates.front().data(), certificates.front().size());
  }
  if (!status.ok()) {
    answer.failure = status.error_message().empty() ? Concat("status ", static_cast<int>(status.error_code()))
                                                    : status.error_message();
  } else if (response.status() != health::HealthCheckResponse::SERVING) {
    answer.failure = "it does not serve";
  }
  return answer;
}

}  // namespace quayside::cli
