// A gzip file from the network, whatever pieces it comes in. The first byte: how large they are.
#include "host/net/gunzip.h"

#include "tests/fuzz/host/pieces.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(gunzip) {
  if (input.empty()) return;
  const size_t piece = 1 + static_cast<unsigned char>(input[0]) % 64;
  const std::string_view bytes = input.substr(1);
  for (const Gunzip::Mode mode : {Gunzip::Mode::kAlways, Gunzip::Mode::kIfGzip}) {
    Gunzip in_one(mode);
    Gunzip in_pieces(mode);
    const Kept whole = InPieces(in_one, bytes, 0);
    const Kept pieces = InPieces(in_pieces, bytes, piece);
    if (absl::IsResourceExhausted(whole.status) || absl::IsResourceExhausted(pieces.status)) continue;
    Require(whole.status.code() == pieces.status.code(), "pieces do not decide whether a file is sound");
    if (whole.status.ok()) Require(whole.bytes == pieces.bytes, "pieces change nothing of what is unpacked");
    Require(whole.status.ok() || HasReason(whole.status, Reason::kDocumentUnreadable) ||
                HasReason(whole.status, Reason::kDocumentDamaged),
            "what is wrong is the document's");
    if (mode == Gunzip::Mode::kIfGzip && whole.status.ok() && (bytes.size() < 2 || bytes.substr(0, 2) != "\x1f\x8b"))
      Require(whole.bytes == bytes, "what is no gzip file stays as it is");
  }
}
