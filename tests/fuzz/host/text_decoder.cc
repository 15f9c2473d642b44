// Text of a charset somebody names. The first line is the name, the byte behind it the size of the pieces.
#include "host/net/text_decoder.h"

#include "host/base/utf8.h"
#include "tests/fuzz/host/pieces.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(text_decoder) {
  const auto [label, rest] = SplitLine(input);
  const std::optional<Charset> charset = FindCharset(label);
  if (!charset || rest.empty()) return;
  const size_t piece = 1 + static_cast<unsigned char>(rest[0]) % 16;
  TextDecoder in_one(*charset);
  TextDecoder in_pieces(*charset);
  const Kept whole = InPieces(in_one, rest.substr(1), 0);
  const Kept pieces = InPieces(in_pieces, rest.substr(1), piece);
  Require(whole.status.ok() || absl::IsResourceExhausted(whole.status),
          "every text can be decoded: " + whole.status.ToString());
  if (!whole.status.ok()) return;
  Require(pieces.status.ok() && whole.bytes == pieces.bytes, "pieces change nothing of a text");
  Require(in_one.undecodable() == in_pieces.undecodable(), "pieces change nothing of what is no text");
  Require(in_one.charset() == in_pieces.charset(), "pieces change nothing of the charset");
  Require(IsUtf8(whole.bytes), "what comes out is UTF-8");
}
