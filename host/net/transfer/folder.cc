#include "host/net/transfer/folder.h"

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/wipe.h"

namespace quayside {

FolderLogin::~FolderLogin() {
  Wipe(password);
  Wipe(private_key);
}

absl::Status FileMissing(std::string_view server, std::string_view path) {
  const std::string what = path.empty() ? "the place's folder is not there" : Concat("there is no '", path, "'");
  return MakeError(absl::StatusCode::kNotFound, Reason::kFileNotFound, Concat(server, ": ", what));
}

absl::Status TransferFailed(std::string_view server, std::string_view why) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kTransferFailed, Concat(server, ": ", why));
}

absl::Status TransferOutcomeUnknown(std::string_view server, std::string_view path, std::string_view why) {
  return MakeError(absl::StatusCode::kUnknown, Reason::kTransferOutcomeUnknown,
                   Concat(server, ": whether '", path, "' is there is not known: ", why));
}

absl::Status TransferUnsupported(std::string_view server, std::string_view why) {
  return MakeError(absl::StatusCode::kUnimplemented, Reason::kTransferUnsupported, Concat(server, ": ", why));
}

absl::Status TransferStopped(std::string_view server) {
  return absl::CancelledError(Concat("the transfer with ", server, " was stopped"));
}

}  // namespace quayside
