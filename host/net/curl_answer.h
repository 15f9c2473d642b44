// Collects an answer within limits while curl delivers it. Not thread-safe: one per transfer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/net/http_client.h"

namespace quayside {

inline constexpr size_t kMostHeaders = 200;
inline constexpr size_t kLargestHeaders = 64 << 10;

class CurlAnswer {
 public:
  explicit CurlAnswer(int64_t max_body_bytes) : max_body_bytes_(static_cast<size_t>(max_body_bytes)) {}

  // Both answer false when a limit is passed; nothing more is kept then, and body() never holds more than the limit.
  [[nodiscard]] bool AddHeaderLine(std::string_view line);
  [[nodiscard]] bool AddBody(std::string_view bytes);
  // Instead of AddBody: counts bytes that somebody else takes.
  [[nodiscard]] bool PassBody(size_t bytes);

  // The empty line after the final answer's headers came. Curl takes a connection that ends before it for a complete
  // answer.
  [[nodiscard]] bool headers_complete() const { return headers_complete_; }
  [[nodiscard]] bool headers_too_large() const { return headers_too_large_; }
  [[nodiscard]] bool body_too_large() const { return body_too_large_; }
  // What is known before the body.
  [[nodiscard]] HttpAnswer Head(int status) const;
  [[nodiscard]] HttpAnswer Finish(int status) &&;

 private:
  const size_t max_body_bytes_;
  HttpAnswer answer_;
  size_t passed_bytes_ = 0;
  size_t header_lines_ = 0;
  size_t header_bytes_ = 0;
  bool headers_complete_ = false;
  bool body_began_ = false;
  bool headers_too_large_ = false;
  bool body_too_large_ = false;
};

}  // namespace quayside
