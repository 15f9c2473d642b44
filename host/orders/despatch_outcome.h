// What the marketplace's word makes of a package, as pure functions.
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

// A plugin's word goes into events and the trail as it is only if it is one; else `otherwise`.
[[nodiscard]] std::string ReasonWord(const std::string& reason, std::string_view otherwise);
// When to send again: as the plugin says, between a second and a day from now, or after the backoff.
[[nodiscard]] TimeUs RetryTime(const quayside::plugin::v1::Retry& retry, TimeUs now, DurationUs backoff);

// Is this a reason that lies with the marketplace, the way there or the allowance, not with a package: an outage, a
// limit, a call that ended before its turn came?
[[nodiscard]] bool IsNobodysFault(std::string_view reason);

// A call broke that it was in (the plugin's fault, its deadline), so it may be the one at which it breaks.
void TakeBrokenCall(std::string_view reason, std::string_view message, DespatchRecord& package);
[[nodiscard]] bool IsSuspect(const DespatchRecord& package);
// The call that broke came through with it.
void ClearSuspicion(DespatchRecord& package);

// A package that came to its end from `before` was edited after it was handed over: the edit is to be sent all the
// same.
[[nodiscard]] bool EditFollows(DespatchState before, const DespatchRecord& package);
void SendEdit(TimeUs now, DespatchRecord& package);

// Each answers whether it is news, to be told in the package's audit trail. `backoff`: until the next try, if there has
// to be one.

// The package was handed over, and this is the answer, or the one to a poll. Rejections are final. An answer to try
// again counts as an attempt, unless its reason is nobody's fault.
bool TakeOutcome(const quayside::plugin::v1::Outcome& outcome, TimeUs now, DurationUs backoff, DespatchRecord& package);

// Nobody knows whether it arrived: that is asked before it is sent again. An edit of a confirmed package is sent again
// without: it can only become the same.
bool TakeLostAnswer(std::string_view why, TimeUs now, DurationUs backoff, DespatchRecord& package);

// What the marketplace shows of it. A kWaiting package that is absent there was looked for (looked_us), stays as it is
// otherwise, and may be handed over.
bool TakeFinding(const quayside::plugin::v1::DespatchFinding& finding, TimeUs now, DurationUs backoff,
                 DespatchRecord& package);

}  // namespace quayside
