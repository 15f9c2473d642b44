// A document on its way to the disk: unpacked, decoded, measured. The first byte: how it is packed; the second: the
// size of the pieces.
#include "host/net/document_decoder.h"

#include "tests/fuzz/host/pieces.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(document_decoder) {
  if (input.size() < 2) return;
  const auto kind = static_cast<unsigned char>(input[0]);
  DocumentForm form;
  form.packed_for_transport = kind % 3;
  form.is_gzip_file = (kind & 4) != 0;
  if ((kind & 8) != 0) form.charset = KnownCharsets()[(kind >> 4) % KnownCharsets().size()];
  form.max_bytes = 64 << 10;
  DocumentDecoder in_one(form);
  DocumentDecoder in_pieces(form);
  const Kept whole = InPieces(in_one, input.substr(2), 0);
  const Kept pieces = InPieces(in_pieces, input.substr(2), 1 + static_cast<unsigned char>(input[1]) % 64);
  Require(whole.bytes.size() <= 64 << 10 && pieces.bytes.size() <= 64 << 10, "no more is kept than was allowed");
  Require(whole.status.ok() == pieces.status.ok(), "pieces do not decide whether a document is sound");
  if (!whole.status.ok()) return;
  Require(whole.bytes == pieces.bytes && in_one.charset() == in_pieces.charset(),
          "pieces change nothing of a document");
  Require(in_one.undecodable() == in_pieces.undecodable(), "pieces change nothing of what is no text");
}
