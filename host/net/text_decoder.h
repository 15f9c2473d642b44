// Text of any known charset into UTF-8 as its bytes arrive, whatever pieces they come in. What is no character of the
// charset becomes U+FFFD and is counted. A byte order mark at the beginning decides the charset, whatever was declared,
// and is left out. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "host/net/charset_names.h"

namespace quayside {

class TextDecoder {
 public:
  using Out = absl::FunctionRef<absl::Status(std::string_view)>;

  explicit TextDecoder(const Charset& declared);
  ~TextDecoder();

  // INTERNAL when the C library has not the charset; else what `out` answers.
  [[nodiscard]] absl::Status Add(std::string_view bytes, Out out);
  // Nothing follows.
  [[nodiscard]] absl::Status Finish(Out out);

  // What the text is decoded from; known once a few bytes came, or at the end.
  [[nodiscard]] std::string_view charset() const { return charset_.name; }
  // Sequences replaced so far.
  [[nodiscard]] int64_t undecodable() const;

 private:
  class Converter;
  class Utf8Converter;
  class IconvConverter;

  absl::Status Begin(Out out);

  Charset charset_;
  std::string beginning_;  // until a byte order mark can be told
  std::unique_ptr<Converter> converter_;
};

}  // namespace quayside
