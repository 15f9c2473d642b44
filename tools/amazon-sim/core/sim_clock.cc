#include "core/sim_clock.h"

#include <chrono>
#include <utility>

namespace amazon_sim {

SimClock::SimClock(Micros base, double speed, RealTime real_time)
    : base_(base), speed_(speed < 0 ? 0 : speed), real_time_(std::move(real_time)), anchor_(real_time_()) {}

Micros SimClock::Now() const {
  if (speed_ == 0 || !real_time_) return base_;
  return base_ + static_cast<Micros>(static_cast<double>(real_time_() - anchor_) * speed_);
}

void SimClock::Advance(Micros step) {
  if (step > 0) base_ += step;
}

void SimClock::SetSpeed(double speed) {
  Reset(Now());
  speed_ = speed < 0 ? 0 : speed;
}

void SimClock::Reset(Micros now) {
  base_ = now;
  if (real_time_) anchor_ = real_time_();
}

Micros SteadyMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace amazon_sim
