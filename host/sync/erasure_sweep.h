// The engine's housekeeping of personal data (domain 4.7): what is due is erased in pieces, and the database's log with
// it.
#pragma once

#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// How often it is to be called.
inline constexpr DurationUs kBetweenErasuresUs = 10 * kMinuteUs;

// Blocks until nothing is due, at most for a bounded number of pieces: what is left waits for the next call. Failures
// are logged; the next call tries again.
void SweepPersonalData(Store& store, const Cipher& cipher, const Clock& clock, Logger& logger);

}  // namespace quayside
