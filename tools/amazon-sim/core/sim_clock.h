// The simulator's only source of time. Everything Amazon dates, expires or refills reads it.
#pragma once

#include <cstdint>
#include <functional>

namespace amazon_sim {

// Microseconds; a point in time counts from the Unix epoch in UTC.
using Micros = std::int64_t;

inline constexpr Micros kMillisecond = 1'000;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;

// Simulated time = base + speed * (real time since the base was set). With speed 0, or without a real-time source, time
// moves only by Advance(): that is the mode of in-process tests. Not thread-safe; the owner guards it.
class SimClock {
 public:
  // Monotonic real time in microseconds from any origin.
  using RealTime = std::function<Micros()>;

  // A manual clock that stands at `base`.
  explicit SimClock(Micros base) : base_(base) {}
  SimClock(Micros base, double speed, RealTime real_time);

  Micros Now() const;
  double speed() const { return speed_; }

  // Moves time forward. A negative step is ignored: Amazon's clock does not run backwards.
  void Advance(Micros step);
  // Changes how fast time runs from now on; negative values count as 0.
  void SetSpeed(double speed);
  // Puts the clock anywhere, also back. For setting up a world, not for use inside one.
  void Reset(Micros now);

 private:
  Micros base_;
  double speed_ = 0;
  RealTime real_time_;
  Micros anchor_ = 0;
};

// The real-time source for a server.
Micros SteadyMicros();

}  // namespace amazon_sim
