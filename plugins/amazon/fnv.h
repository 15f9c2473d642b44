// FNV-1a, 64 bits: a hash that stays the same for ever, for what is kept or compared later. Guards against mistakes
// only.
#pragma once

#include <cstdint>
#include <string_view>

namespace quayside::amazon {

constexpr uint64_t kFnvStart = 14695981039346656037u;

[[nodiscard]] constexpr uint64_t MixFnv(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace quayside::amazon
