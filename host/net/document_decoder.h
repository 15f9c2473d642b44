// What is done to a document's bytes between network and disk: unpacked, decoded, measured. Holds a few hundred KiB
// however large the document is. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/net/document_form.h"
#include "host/net/gunzip.h"
#include "host/net/text_decoder.h"

namespace quayside {

class DocumentDecoder {
 public:
  explicit DocumentDecoder(const DocumentForm& form);

  // INVALID_ARGUMENT DOCUMENT_TOO_LARGE, and what Gunzip, TextDecoder and `out` answer.
  [[nodiscard]] absl::Status Add(std::string_view bytes, BytesOut out);
  // Nothing follows.
  [[nodiscard]] absl::Status Finish(BytesOut out);

  // "" when the bytes are kept as they are.
  [[nodiscard]] std::string charset() const { return text_ ? std::string(text_->charset()) : std::string(); }
  [[nodiscard]] int64_t undecodable() const { return text_ ? text_->undecodable() : 0; }

 private:
  absl::Status Unpack(size_t layer, std::string_view bytes, BytesOut out);
  absl::Status Decode(std::string_view bytes, BytesOut out);
  // Counts, then hands on.
  absl::Status Keep(std::string_view bytes, BytesOut out);
  [[nodiscard]] absl::Status Count(int64_t& total, size_t bytes, int64_t most) const;

  const int64_t max_bytes_;
  std::vector<std::unique_ptr<Gunzip>> layers_;  // outermost first
  std::optional<TextDecoder> text_;
  int64_t between_layers_ = 0;
  int64_t unpacked_ = 0;
  int64_t kept_ = 0;
};

}  // namespace quayside
