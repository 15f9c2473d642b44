// A fuzz target: what one decoder promises for every input there is. One file each, named like the target:
//
//   QUAYSIDE_FUZZ_TARGET(http_date) {  // std::string_view input
//     const std::optional<TimeUs> time = ParseHttpDate(input);
//     if (time) Require(Written(*time) == input, "a date is written in one way only");
//   }
//
// That it neither crashes nor hangs nor reads out of bounds is promised anyway. libFuzzer looks for inputs
// (tools/campaign fuzz, a program per target); the ordinary tests replay the corpus and mutations of it
// (replay_test.cc, all in one).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace quayside::fuzz {

// Ends the process with the claim that does not hold: that is how both runners learn of it.
inline void Require(bool holds, const std::string& claim) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", claim.c_str());
  std::abort();
}

// For targets that need more than one text: the first line and what is behind it.
inline std::pair<std::string_view, std::string_view> SplitLine(std::string_view input) {
  const size_t end = input.find('\n');
  if (end == std::string_view::npos) return {input, {}};
  return {input.substr(0, end), input.substr(end + 1)};
}

}  // namespace quayside::fuzz

#ifdef QUAYSIDE_LIBFUZZER
#define QUAYSIDE_FUZZ_TARGET(name)                                                           \
  namespace quayside::fuzz {                                                                 \
  void Run_##name(std::string_view input);                                                   \
  }                                                                                          \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {                  \
    quayside::fuzz::Run_##name(std::string_view(reinterpret_cast<const char*>(data), size)); \
    return 0;                                                                                \
  }                                                                                          \
  void quayside::fuzz::Run_##name(std::string_view input)
#else
#define QUAYSIDE_FUZZ_TARGET(name)         \
  namespace quayside::fuzz {               \
  void Run_##name(std::string_view input); \
  }                                        \
  void quayside::fuzz::Run_##name(std::string_view input)
#endif
