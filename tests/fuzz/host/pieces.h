// Bytes in the pieces in which a network may bring them: the first byte of an input says how large they are.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "host/base/errors.h"

namespace quayside::fuzz {

inline constexpr size_t kMostKept = size_t{4} << 20;  // a bomb is stopped there

struct Kept {
  absl::Status status;
  std::string bytes;
};

// Everything that `decoder` makes of `bytes`, handed to it in pieces of `piece` bytes (0 = in one).
template <typename Decoder>
Kept InPieces(Decoder& decoder, std::string_view bytes, size_t piece) {
  Kept kept;
  const auto keep = [&](std::string_view text) {
    if (kept.bytes.size() + text.size() > kMostKept) return absl::ResourceExhaustedError("enough");
    kept.bytes += text;
    return absl::OkStatus();
  };
  if (piece == 0) piece = std::max<size_t>(bytes.size(), 1);
  for (; kept.status.ok() && !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    kept.status = decoder.Add(bytes.substr(0, piece), keep);
  }
  if (kept.status.ok()) kept.status = decoder.Finish(keep);
  return kept;
}

}  // namespace quayside::fuzz
