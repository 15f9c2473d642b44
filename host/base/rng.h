// Random numbers behind an interface: the engine's choices repeat under a seed. Not for keys (security/ uses OpenSSL).
#pragma once

#include <cstdint>
#include <mutex>
#include <random>

namespace quayside {

class Rng {
 public:
  virtual ~Rng() = default;
  // Uniform in [0, bound); 0 when bound is 0.
  [[nodiscard]] virtual uint64_t Below(uint64_t bound) = 0;
};

// Thread-safe.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(uint64_t seed) : engine_(seed) {}
  [[nodiscard]] uint64_t Below(uint64_t bound) override {
    if (bound == 0) return 0;
    const std::lock_guard<std::mutex> guard(mutex_);
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace quayside
