// The housekeeping of documents: what is too old goes, and what belongs to an account that does not exist any more.
// Whoever deletes an account releases its documents itself; a host that dies in between, or a step that was still about
// to fetch one, leaves them to this.
#pragma once

#include "host/net/documents.h"
#include "host/net/spool.h"
#include "host/ops/log.h"
#include "host/store/store.h"

namespace quayside {

class DocumentSweep {
 public:
  DocumentSweep(Store& store, DocumentSpool& spool, DocumentService& documents, Logger& logger)
      : store_(store), spool_(spool), documents_(documents), logger_(logger) {}

  // [housekeeping thread] Failures are logged; the next call tries again.
  void Run();

 private:
  absl::Status ReleaseStrangers();

  Store& store_;
  DocumentSpool& spool_;
  DocumentService& documents_;
  Logger& logger_;
};

}  // namespace quayside
