// Compares a database, opened after a power cut, with the ledger.
#pragma once

#include <string>

#include "host/store/store.h"
#include "tests/powercut/findings.h"
#include "tests/powercut/ledger.h"

namespace quayside::powercut {

// Reports what is wrong in the store, and settles in the ledger what was under way. Then tries the fences, so the store
// has to be one that nobody needs any more.
void CheckAgainst(Ledger& ledger, Store& store, Findings& findings);

}  // namespace quayside::powercut
