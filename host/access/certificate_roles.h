// Roles by client certificate: who a checked certificate is for, by configuration.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/access/principal.h"

namespace quayside {

// "dns:ops.example", "uri:spiffe://example/ops", "email:a@b.example", "ip:10.0.0.7" of the subject alternative names,
// or "cn:Ops" of the subject.
struct CertificateNames {
  std::vector<std::string> names;
};

// "" or what is wrong with `names` -> `roles` ("viewer", "operator auditor").
[[nodiscard]] std::string CertificateRolesProblem(const std::map<std::string, std::string>& roles_of);

// Values only: thread-safe.
class CertificateRoles {
 public:
  // Without a problem.
  explicit CertificateRoles(const std::map<std::string, std::string>& roles_of);

  // The roles of every name it has; the actor is the first of them in the order of the alphabet. UNAUTHENTICATED
  // NOT_SIGNED_IN: no name of it is configured.
  [[nodiscard]] absl::StatusOr<Principal> SignIn(const CertificateNames& certificate) const;

 private:
  std::map<std::string, std::vector<Role>> roles_of_;
};

}  // namespace quayside
