// The engine's housekeeping of personal data: what is due is erased in pieces, and taken out of the
// database's files.
#pragma once

#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/security/cipher.h"
#include "host/store/store.h"

namespace quayside {

// How often it is to be called.
inline constexpr DurationUs kBetweenErasuresUs = 10 * kMinuteUs;

class ErasureSweep {
 public:
  ErasureSweep(Store& store, const Cipher& cipher, const Clock& clock, Logger& logger)
      : store_(store), cipher_(cipher), clock_(clock), logger_(logger) {}

  // [housekeeping thread] Blocks until nothing is due, at most for a bounded number of pieces: what is left waits for
  // the next call. Failures are logged; the next call tries again.
  void Run();

 private:
  Store& store_;
  const Cipher& cipher_;
  const Clock& clock_;
  Logger& logger_;
  // Once after each start, too: the host may have died between an erasure and its purge.
  bool purge_is_owed_ = true;
};

}  // namespace quayside
