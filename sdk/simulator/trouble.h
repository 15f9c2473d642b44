// What goes wrong, call by call: the allowance is used up, or a fault befalls the call. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sdk/simulator/script.h"

namespace quayside::simulator {

// Token buckets of operations. [one thread]
class Allowances {
 public:
  Allowances(std::map<std::string, RateLimit> limits, int64_t now_us);
  // Takes a token; or microseconds until there is one.
  [[nodiscard]] std::optional<int64_t> Take(const std::string& operation, int64_t now_us);

 private:
  struct Bucket {
    RateLimit limit;
    double tokens;
    int64_t filled_us;
  };
  std::map<std::string, Bucket> buckets_;
};

// [one thread]
class Faults {
 public:
  // What comes by chance comes again with the same seed.
  Faults(std::vector<Fault> faults, uint64_t seed);

  // The first rule that fires; nothing = the call goes well.
  [[nodiscard]] std::optional<Fault> Befall(const std::string& operation);
  // False when there are as many as there may be.
  [[nodiscard]] bool Add(const Fault& fault);
  void Clear() { rules_.clear(); }
  [[nodiscard]] size_t size() const { return rules_.size(); }

 private:
  struct Rule {
    Fault fault;
    int64_t seen = 0;   // calls it was asked about
    int64_t fired = 0;  // calls it befell
  };
  std::vector<Rule> rules_;
  std::mt19937_64 random_;
};

}  // namespace quayside::simulator
