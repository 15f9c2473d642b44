// What the marketplace's word makes of a package, as pure functions (domain 9.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/base/rng.h"
#include "host/store/despatch_records.h"
#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside {

// Handed over so often without success, a package becomes a dead letter.
inline constexpr int32_t kMostAttempts = 15;

// Half a minute doubled up to an hour, with full jitter, never less than a second. `failures` in a row, from 1.
[[nodiscard]] DurationUs DespatchBackoff(int32_t failures, Rng& rng);

// Each answers whether it is news, to be told in the package's audit trail. `backoff`: until the next try, if there has
// to be one.

// The package was handed over, and this is the answer, or the one to a poll. Rejections are final; an answer to try
// again at a time only had it wait its turn and is no attempt.
bool TakeOutcome(const quayside::plugin::v1::Outcome& outcome, TimeUs now, DurationUs backoff, DespatchRecord& package);

// Nobody knows whether it arrived: that is asked before it is sent again. An edit of a confirmed package is sent again
// without: it can only become the same.
bool TakeLostAnswer(std::string_view why, TimeUs now, DurationUs backoff, DespatchRecord& package);

// What the marketplace shows of it. A kWaiting package that is absent there stays as it is, and may be handed over.
bool TakeFinding(const quayside::plugin::v1::DespatchFinding& finding, TimeUs now, DurationUs backoff,
                 DespatchRecord& package);

}  // namespace quayside
