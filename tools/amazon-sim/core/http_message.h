// HTTP as the core sees it: values, no sockets. A server or an in-process test carries them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/byte_source.h"

namespace amazon_sim {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

// The value of the first header of that name, or null.
inline const std::string* FindHeader(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) return &value;
  }
  return nullptr;
}

struct Request {
  std::string method;
  std::string target;  // path and query, still percent-encoded
  Headers headers;
  std::string body;
};

// What the carrier does to the answer on its way. All zero = an ordinary answer. Times are real time, not simulated:
// they try a client's patience.
struct Transport {
  std::int64_t delay_ms = 0;          // wait before the first byte, or before the connection is dropped
  bool drop = false;                  // close the connection without answering
  std::int64_t drop_after_body = -1;  // >= 0: announce the whole body, send this many bytes of it, close
  std::size_t drip_bytes = 0;         // > 0: send the body in pieces of this size, `drip_ms` apart
  std::int64_t drip_ms = 0;
  std::uint64_t filler_bytes = 0;  // blanks sent after the body and before `tail`, never held in memory
  std::string tail;
  bool hide_length = false;  // chunked instead of Content-Length
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length and Connection, which the carrier adds
  std::string body;
  Transport transport;
  Bytes stream;  // when set, it is the body, and `body` is empty

  std::uint64_t body_size() const { return stream ? stream->size() : body.size(); }
};

}  // namespace amazon_sim
