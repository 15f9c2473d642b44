#include "host/access/bootstrap.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "host/access/roles.h"
#include "host/base/errors.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"

namespace quayside {
namespace {

absl::Status WriteSecret(const std::string& path, const std::string& secret) {
  const auto cannot = [&](const char* what) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kInvalidConfiguration,
        Concat("the first admin token cannot be written to '", path, "' (", what, ": ", std::strerror(errno), ")"));
  };
  const std::string text = secret + "\n";
  // A new file: one that is there may be open to others, or a link to somewhere else.
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return cannot("remove the old one");
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return cannot("create");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return cannot("write");
  if (::fsync(file.get()) != 0) return cannot("sync");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> MakeBootstrapToken(Store& store, const Clock& clock, TokenTable& tokens, const std::string& file) {
  std::vector<TokenRecord> present;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(present, tx.ListTokens());
    return absl::OkStatus();
  }));
  if (!present.empty()) return false;
  QS_ASSIGN_OR_RETURN(const std::string secret, NewTokenSecret());
  QS_RETURN_IF_ERROR(WriteSecret(file, secret));
  const TimeUs now = clock.Now();
  const TokenRecord record{.id = "bootstrap",
                           .secret_sha256 = TokenSecretHash(secret),
                           .display_name = "First admin token, made by the host",
                           .roles = {RoleText(quayside::v1::ROLE_ADMIN)},
                           .channels = {},
                           .created_by = "host",
                           .created_us = now,
                           .expires_us = now + kBootstrapLifetimeUs};
  QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutToken(record));
    return tx
        .AppendAudit({.time_us = now,
                      .actor = "host",
                      .action = "token.created",
                      .resource = TokenName(record.id),
                      .outcome = "ok",
                      .details = {{"roles", "admin"}}})
        .status();
  }));
  tokens.Put(record);
  return true;
}

}  // namespace quayside
