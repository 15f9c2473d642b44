#include "host/api/remote.h"

#include <utility>
#include <vector>

#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "host/access/certificate_roles.h"
#include "host/api/listener.h"
#include "host/base/errors.h"

namespace quayside {

absl::Status CheckRemoteOptions(const RemoteOptions& remote) {
  std::vector<FieldViolation> found;
  const absl::StatusOr<TcpAddress> address = ParseTcpAddress(remote.listen);
  if (!address.ok()) found = ViolationsOf(address.status());
  const TlsFiles& tls = remote.tls;
  if (tls.certificate.empty() != tls.key.empty()) {
    found.push_back({tls.key.empty() ? "remote.key" : "remote.certificate",
                     "is missing: a certificate and its key belong together"});
  }
  const bool encrypted = !tls.certificate.empty();
  if (address.ok() && !address->is_loopback) {
    if (!encrypted) {
      found.push_back(
          {"remote.certificate", "is missing: an address other than 127.0.0.1 and ::1 is served with TLS only"});
    }
    if (tls.client_ca.empty()) {
      found.push_back(
          {"remote.client_ca",
           "is missing: an address other than 127.0.0.1 and ::1 is served to client certificates only; for "
           "clients with tokens alone, listen on 127.0.0.1 and put the nginx of docs/remote-access.md in front"});
    }
  }
  if (!encrypted && !tls.client_ca.empty()) {
    found.push_back({"remote.certificate", "is missing: client certificates need TLS"});
  }
  if (tls.client_ca.empty() && !remote.certificate_roles.empty()) {
    found.push_back({"remote.client_ca", "is missing: without it no client shows a certificate that could have roles"});
  }
  if (const std::string problem = CertificateRolesProblem(remote.certificate_roles); !problem.empty()) {
    found.push_back({"remote.certificate_roles", problem});
  }
  if (encrypted && !tls.key.empty()) {
    for (FieldViolation& violation : CheckTlsFiles(tls)) found.push_back(std::move(violation));
  }
  return found.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidConfiguration, found);
}

std::shared_ptr<grpc::ServerCredentials> RemoteCredentials(const RemoteOptions& remote, Gate& gate) {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  const TlsFiles& tls = remote.tls;
  if (tls.certificate.empty()) {
    // Takes connections from this machine only, whatever the listener let in.
    credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  } else {
    const auto files = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
        tls.key, tls.certificate, tls.client_ca, static_cast<unsigned>(remote.reload_interval.count()));
    grpc::experimental::TlsServerCredentialsOptions options(files);
    options.watch_identity_key_cert_pairs();
    if (!tls.client_ca.empty()) {
      options.watch_root_certs();
      options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    } else {
      options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    }
    credentials = grpc::experimental::TlsServerCredentials(options);
  }
  credentials->SetAuthMetadataProcessor(std::make_shared<ReflectionGuard>(gate));
  return credentials;
}

}  // namespace quayside
