#include "host/access/certificate_roles.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_split.h"
#include "host/access/roles.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr std::array<std::string_view, 5> kKinds = {"dns:", "uri:", "email:", "ip:", "cn:"};

std::vector<std::string> Words(const std::string& text) { return absl::StrSplit(text, ' ', absl::SkipEmpty()); }

bool IsName(std::string_view name) {
  return std::any_of(kKinds.begin(), kKinds.end(), [&](std::string_view kind) {
    return name.size() > kind.size() && name.substr(0, kind.size()) == kind;
  });
}

}  // namespace

std::string CertificateRolesProblem(const std::map<std::string, std::string>& roles_of) {
  for (const auto& [name, roles] : roles_of) {
    if (!IsName(name)) {
      return Concat("must map names of certificates, such as dns:ops.example, uri:..., email:..., ip:... or cn:...; '",
                    name, "' is none");
    }
    const std::vector<std::string> words = Words(roles);
    if (words.empty()) return Concat("gives '", name, "' no role");
    for (const std::string& word : words) {
      if (ParseRole(word).has_value()) continue;
      return Concat("gives '", name, "' the role '", word,
                    "', which is none; roles are viewer, operator, channel-admin, plugin-admin, admin and auditor, "
                    "with a space between several");
    }
  }
  return {};
}

CertificateRoles::CertificateRoles(const std::map<std::string, std::string>& roles_of) {
  for (const auto& [name, roles] : roles_of) {
    for (const std::string& word : Words(roles)) {
      if (const auto role = ParseRole(word)) roles_of_[name].push_back(*role);
    }
  }
}

absl::StatusOr<Principal> CertificateRoles::SignIn(const CertificateNames& certificate) const {
  std::vector<std::string> names = certificate.names;
  std::sort(names.begin(), names.end());
  Principal principal;
  for (const std::string& name : names) {
    const auto found = roles_of_.find(name);
    if (found == roles_of_.end()) continue;
    if (principal.actor.empty()) principal.actor = Concat("certificates/", name);
    principal.roles.insert(principal.roles.end(), found->second.begin(), found->second.end());
  }
  if (!principal.actor.empty()) return principal;
  return MakeError(absl::StatusCode::kUnauthenticated, Reason::kNotSignedIn,
                   "no name of the client certificate is configured (remote.certificate_roles), and no token was sent");
}

}  // namespace quayside
