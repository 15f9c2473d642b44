// Fills a document: intents are written page by page, each page with its targets locked, until the document is full or
// nothing more is due. Nothing is sent here; a host that stops in between goes on where it was.
#pragma once

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "host/sync/step.h"

namespace quayside {

struct GatherLimits {
  int64_t skip = 0;  // the most urgent due quantities, which go by item
  int64_t most = 0;  // items of a document
  int pages = 0;     // in this step
};

struct Gathered {
  BulkRecord bulk;   // as stored; a new one without items is not
  bool dry = false;  // nothing more is due
};

[[nodiscard]] absl::StatusOr<Gathered> GatherDocument(const StepInputs& in, BulkRecord bulk,
                                                      const GatherLimits& limits);

}  // namespace quayside
