// Opaque page tokens that carry their whole state, so that the simulator remembers nothing per search.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/sim_clock.h"

namespace amazon_sim {

struct PageState {
  std::uint64_t query = 0;  // fingerprint of the other parameters
  Micros issued = 0;
  Micros window_end = 0;  // the Before that was applied to the first page
  std::int64_t seen = 0;  // results on the pages so far
  // The last result of the page that gave out the token, and where that page itself began (for repeating it).
  Micros after_time = 0;
  std::uint32_t after_index = 0;
  Micros start_time = 0;
  std::uint32_t start_index = 0;
  bool has_start = false;
  std::int64_t start_seen = 0;
};

class PageTokens {
 public:
  explicit PageTokens(std::uint64_t seed) : key_(seed * 0x9e3779b97f4a7c15ULL + 0x5851f42d4c957f2dULL) {}

  // Standard base64 with '+', '/' and '=': a client that does not percent-encode the token breaks it, as with Amazon.
  std::string Seal(const PageState& state) const;
  // Nothing when the token is not one of ours.
  std::optional<PageState> Open(std::string_view token) const;
  // The same for a state that is a text.
  std::string SealText(std::string_view text) const;
  std::optional<std::string> OpenText(std::string_view token) const;

 private:
  std::uint64_t key_;
};

}  // namespace amazon_sim
