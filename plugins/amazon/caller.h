// The account's calls in one step: what each needs to know, and Amazon's clock learned from every answer.
#pragma once

#include "quayside/step.h"
#include "server_clock.h"
#include "settings.h"

namespace quayside::amazon {

class Caller {
 public:
  // All must outlive it.
  Caller(const Settings& settings, ServerClock& clock, sdk::Step& step)
      : settings_(settings), clock_(clock), step_(step) {}

  // Sends a request that only reads: when its answer is lost it is asked again (RETRY).
  [[nodiscard]] sdk::Result<plugin::v1::HttpReply> Read(const plugin::v1::HttpRequest& request);
  // Sends a request that changes something: a lost answer stays one (UNKNOWN).
  [[nodiscard]] sdk::Result<plugin::v1::HttpReply> Write(const plugin::v1::HttpRequest& request);

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] ServerClock& clock() const { return clock_; }
  [[nodiscard]] sdk::Step& step() const { return step_; }
  [[nodiscard]] int64_t NowUs() const { return step_.NowUs(); }
  // Amazon's time.
  [[nodiscard]] int64_t ServerNowUs() const { return clock_.ServerTime(step_.NowUs()); }

 private:
  const Settings& settings_;
  ServerClock& clock_;
  sdk::Step& step_;
};

// Nothing of the request reached Amazon: no allowance, no connection, no credentials, not allowed. Any other failure
// leaves open whether it did.
[[nodiscard]] inline bool WasNotSent(const sdk::Error& error) {
  return error.status == QS_RETRY || error.status == QS_AUTH || error.status == QS_DENIED || error.status == QS_INVALID;
}

}  // namespace quayside::amazon
