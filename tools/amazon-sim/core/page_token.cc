#include "core/page_token.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/rng.h"

namespace amazon_sim {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kFields = 11;
using Words = std::array<std::uint64_t, kFields>;

Words ToWords(const PageState& s) {
  const auto word = [](auto value) { return static_cast<std::uint64_t>(value); };
  return {s.query,
          word(s.issued),
          word(s.window_end),
          word(s.seen),
          word(s.after_time),
          s.after_index,
          word(s.start_time),
          s.start_index,
          word(s.has_start),
          word(s.start_seen),
          0};
}

PageState FromWords(const Words& w) {
  return {.query = w[0],
          .issued = static_cast<Micros>(w[1]),
          .window_end = static_cast<Micros>(w[2]),
          .seen = static_cast<std::int64_t>(w[3]),
          .after_time = static_cast<Micros>(w[4]),
          .after_index = static_cast<std::uint32_t>(w[5]),
          .start_time = static_cast<Micros>(w[6]),
          .start_index = static_cast<std::uint32_t>(w[7]),
          .has_start = w[8] != 0,
          .start_seen = static_cast<std::int64_t>(w[9])};
}

std::uint64_t Checksum(const Words& words, std::uint64_t key) {
  std::uint64_t sum = key;
  for (std::size_t i = 0; i + 1 < kFields; ++i) sum = Rng(sum ^ words[i]).Next();
  return sum;
}

// Hides the fields behind a stream that starts from the checksum, so that two tokens look unrelated.
void Mask(Words& words, std::uint64_t key) {
  Rng stream(key ^ words[kFields - 1]);
  for (std::size_t i = 0; i + 1 < kFields; ++i) words[i] ^= stream.Next();
}

std::string Base64(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; i += 3) {
    const std::size_t left = size - i;
    const unsigned v = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    text += kBase64[v >> 18 & 63];
    text += kBase64[v >> 12 & 63];
    text += left > 1 ? kBase64[v >> 6 & 63] : '=';
    text += left > 2 ? kBase64[v & 63] : '=';
  }
  return text;
}

std::size_t Padding(std::string_view text) {
  return text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
}

bool FromBase64(std::string_view text, unsigned char* bytes, std::size_t size) {
  if (text.size() != (size + 2) / 3 * 4) return false;
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    unsigned v = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t digit = kBase64.find(text[i + j]);
      if (digit == std::string_view::npos && text[i + j] != '=') return false;
      v = v << 6 | (digit == std::string_view::npos ? 0U : static_cast<unsigned>(digit));
    }
    for (int shift = 16; shift >= 0 && out < size; shift -= 8) bytes[out++] = static_cast<unsigned char>(v >> shift);
  }
  return out == size;
}

// Hides or shows the bytes after the checksum.
void MaskText(std::string& sealed, std::uint64_t key) {
  std::uint64_t checksum;
  std::memcpy(&checksum, sealed.data(), sizeof checksum);
  Rng stream(key ^ checksum);
  for (std::size_t i = sizeof checksum; i < sealed.size(); ++i) {
    sealed[i] = static_cast<char>(static_cast<unsigned char>(sealed[i]) ^ (stream.Next() & 0xFF));
  }
}

std::uint64_t TextChecksum(std::string_view text, std::uint64_t key) { return Rng(Fnv1a(text, key)).Next(); }

}  // namespace

std::string PageTokens::SealText(std::string_view text) const {
  const std::uint64_t checksum = TextChecksum(text, key_);
  std::string sealed(sizeof checksum, '\0');
  std::memcpy(sealed.data(), &checksum, sizeof checksum);
  sealed += text;
  MaskText(sealed, key_);
  return Base64(reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size());
}

std::optional<std::string> PageTokens::OpenText(std::string_view token) const {
  std::uint64_t checksum;
  const std::size_t padding = Padding(token);
  if (token.size() % 4 != 0 || padding > 2 || token.size() / 4 * 3 < sizeof checksum + padding) return std::nullopt;
  std::string sealed(token.size() / 4 * 3 - padding, '\0');
  if (!FromBase64(token, reinterpret_cast<unsigned char*>(sealed.data()), sealed.size())) return std::nullopt;
  MaskText(sealed, key_);
  std::memcpy(&checksum, sealed.data(), sizeof checksum);
  std::string text = sealed.substr(sizeof checksum);
  if (checksum != TextChecksum(text, key_)) return std::nullopt;
  return text;
}

std::string PageTokens::Seal(const PageState& state) const {
  Words words = ToWords(state);
  words[kFields - 1] = Checksum(words, key_);
  Mask(words, key_);
  unsigned char bytes[sizeof words];
  std::memcpy(bytes, words.data(), sizeof words);
  return Base64(bytes, sizeof bytes);
}

std::optional<PageState> PageTokens::Open(std::string_view token) const {
  Words words;
  unsigned char bytes[sizeof words];
  if (!FromBase64(token, bytes, sizeof bytes)) return std::nullopt;
  std::memcpy(words.data(), bytes, sizeof words);
  Mask(words, key_);
  if (words[kFields - 1] != Checksum(words, key_)) return std::nullopt;
  return FromWords(words);
}

}  // namespace amazon_sim
