#include "host/net/document_sweep.h"

#include <string>
#include <vector>

#include "host/base/errors.h"

namespace quayside {

// The folders are listed before the store is asked: an account that is made meanwhile is not taken for a stranger.
absl::Status DocumentSweep::ReleaseStrangers() {
  QS_ASSIGN_OR_RETURN(const std::vector<std::string> accounts, spool_.Accounts());
  for (const std::string& account : accounts) {
    const absl::Status known = store_.Read([&](ReadTx& tx) { return tx.GetAccount(account).status(); });
    if (known.ok()) continue;
    if (!absl::IsNotFound(known)) return known;
    QS_RETURN_IF_ERROR(documents_.ReleaseAccount(account));
  }
  return absl::OkStatus();
}

void DocumentSweep::Run() {
  spool_.Sweep();
  if (const absl::Status released = ReleaseStrangers(); !released.ok())
    logger_.Warning("documents of deleted accounts could not be removed", {Field("error", released)});
}

}  // namespace quayside
