// Seeded randomness. The same seed gives the same sequence on every machine, which std::uniform_* does not promise.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace amazon_sim {

// FNV-1a, for fingerprints and for deriving seeds; not for secrets.
constexpr std::uint64_t Fnv1a(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325ULL) {
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

// SplitMix64 (Steele, Lea, Flood 2014). Cheap to seed, so each purpose has its own stream: drawing a fault does not
// change which order comes next.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  Rng(std::uint64_t seed, std::string_view purpose) : state_(Fnv1a(purpose, seed ^ 0xcbf29ce484222325ULL)) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // In [0, bound); 0 for a bound of 0.
  std::uint64_t Below(std::uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }
  // In [low, high].
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return high <= low ? low : low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  // In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  bool Chance(double probability) { return Unit() < probability; }
  // Waiting time of a Poisson process, with the given mean.
  double Exponential(double mean) { return -std::log(1.0 - Unit()) * mean; }

 private:
  std::uint64_t state_;
};

}  // namespace amazon_sim
