#include "quayside/checksum.h"

#include <cstdint>

namespace quayside::sdk {
namespace {

constexpr size_t kDigits = 16;

std::string ChecksumOf(std::string_view lane, std::string_view state) {
  std::string both(lane);
  both.append("\n").append(state);
  return ShortHash(both);
}

Error NotItsState(const char* what) {
  return Error::Invalid("CURSOR_INVALID", std::string("the cursor ") + what + "; start the lane anew");
}

}  // namespace

std::string ShortHash(std::string_view text) {
  constexpr uint64_t kOffset = 14695981039346656037U;
  constexpr uint64_t kPrime = 1099511628211U;
  constexpr char kHexDigits[] = "0123456789abcdef";
  uint64_t hash = kOffset;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kHexDigits[(hash >> shift) & 0xf];
  return digits;
}

std::string Sealed(std::string_view lane, std::string_view state) { return ChecksumOf(lane, state).append(state); }

Result<std::string> Unsealed(std::string_view lane, std::string_view sealed) {
  if (sealed.size() < kDigits) return NotItsState("is cut");
  const std::string_view state = sealed.substr(kDigits);
  if (ChecksumOf(lane, state) != sealed.substr(0, kDigits)) return NotItsState("is damaged or of another lane");
  return std::string(state);
}

}  // namespace quayside::sdk
