// A target whose number travels in a document: what it may do meanwhile, and what is known of it when the document has
// ended. Pure.
//
// The marketplace promises no order between a document that waits in its queue and a single update sent later. So while
// a document holds a number for a SKU, newer numbers wait for its end; only one that is about to sell out passes it by
// item, as does every one when the document is stuck, and is then sent once more after the end, when it comes last for
// certain.
#pragma once

#include "host/inventory/target_decision.h"
#include "host/store/records.h"

namespace quayside {

// The state of a target that was decided while a document holds a number for it (target.bulk_id). `stuck`: the document
// is, and the target was freed.
[[nodiscard]] TargetState StateBesideDocument(const TargetRecord& target, const TargetDecision& decision, bool stuck);

// What became of one number of a document.
enum class NumberInDocument {
  kInForce,       // it came into force
  kRefused,       // it never will, nor would another attempt
  kNeverInForce,  // it never will
  kUnknown        // the document is over; nobody knows
};

// The target after the document has ended for it; it must be the one whose bulk_id is the document's.
[[nodiscard]] TargetRecord AfterDocument(TargetRecord target, const BulkItem& item, NumberInDocument became,
                                         TimeUs now);

}  // namespace quayside
