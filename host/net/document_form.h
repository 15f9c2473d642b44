// In what form a document arrives: what its request and the headers of the answer say together. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "host/net/charset_names.h"
#include "host/net/http_client.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

inline constexpr int64_t kDefaultDocumentBytes = int64_t{1} << 30;
inline constexpr int64_t kMostDocumentBytes = int64_t{4} << 30;

// Packed bytes beyond this unpack to more than `max_bytes`, or to nothing: gzip adds a few bytes per 16 KiB to what it
// cannot pack.
[[nodiscard]] constexpr int64_t MostPackedBytes(int64_t max_bytes) { return max_bytes + max_bytes / 64 + (64 << 10); }

struct DocumentForm {
  // Times that the transport packed the bytes (Content-Encoding).
  int packed_for_transport = 0;
  // The document itself is a gzip file.
  bool is_gzip_file = false;
  // Decoded from this; nullopt: the bytes are kept as they are.
  std::optional<Charset> charset;
  // Beyond which it is refused, unpacked and as kept.
  int64_t max_bytes = kDefaultDocumentBytes;
};

// Of an answer with status 200. INVALID_ARGUMENT DOCUMENT_UNREADABLE: an encoding or a charset nobody here knows, or an
// answer whose end could not be told from a lost connection. INVALID_ARGUMENT DOCUMENT_TOO_LARGE: it says so itself.
[[nodiscard]] absl::StatusOr<DocumentForm> FormOf(const HttpAnswer& head,
                                                  const quayside::plugin::v1::FetchDocument& request);

// RFC 9110 section 8.8.3: the same one means the same bytes.
[[nodiscard]] bool IsStrongEtag(std::string_view etag);
// A Content-Range that says: all from byte `offset` on, of `length` bytes.
[[nodiscard]] bool IsRestOf(std::string_view content_range, int64_t offset, int64_t length);

[[nodiscard]] absl::Status DocumentTooLarge(int64_t max_bytes);

}  // namespace quayside
