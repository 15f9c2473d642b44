#include "host/net/curl_answer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "host/base/text.h"

namespace quayside {
namespace {

constexpr size_t kFirstBodyCapacity = 16 << 10;

// std::string's own growth doubles, past a limit in between as well; a fresh string takes exactly what is asked.
void GrowTo(std::string& text, size_t capacity) {
  std::string grown;
  grown.reserve(capacity);
  grown.append(text);
  text = std::move(grown);
}

}  // namespace

bool CurlAnswer::AddHeaderLine(std::string_view line) {
  header_bytes_ += line.size();
  if (++header_lines_ > kMostHeaders || header_bytes_ > kLargestHeaders) {
    headers_too_large_ = true;
    return false;
  }
  // Trailers of a chunked body count against the limits and are not handed on.
  if (body_began_) return true;
  // A status line: what came before belonged to an interim answer (100, 103).
  if (line.starts_with("HTTP/")) {
    answer_.headers.clear();
    headers_complete_ = false;
    return true;
  }
  if (headers_complete_) return true;  // a trailer of an empty chunked body
  headers_complete_ = Trim(line).empty();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return true;
  answer_.headers.emplace_back(LowerCase(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  return true;
}

bool CurlAnswer::AddBody(std::string_view bytes) {
  body_began_ = true;
  std::string& body = answer_.body;
  if (bytes.size() > max_body_bytes_ - body.size()) {
    body_too_large_ = true;
    return false;
  }
  const size_t needed = body.size() + bytes.size();
  if (needed > body.capacity()) {
    GrowTo(body, std::min(max_body_bytes_, std::max({needed, 2 * body.capacity(), kFirstBodyCapacity})));
  }
  body.append(bytes);
  return true;
}

bool CurlAnswer::PassBody(size_t bytes) {
  body_began_ = true;
  body_too_large_ = body_too_large_ || bytes > max_body_bytes_ - passed_bytes_;
  if (!body_too_large_) passed_bytes_ += bytes;
  return !body_too_large_;
}

HttpAnswer CurlAnswer::Head(int status) const {
  HttpAnswer head = answer_;
  head.status = status;
  return head;
}

HttpAnswer CurlAnswer::Finish(int status) && {
  answer_.status = status;
  return std::move(answer_);
}

}  // namespace quayside
