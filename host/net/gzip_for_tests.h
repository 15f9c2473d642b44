// Packs bytes as gzip does.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace quayside {

inline std::string GzipOf(std::string_view plain) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    std::abort();
  std::string packed(deflateBound(&stream, plain.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

// Different everywhere, and it packs to about a quarter.
inline std::string SampleText(size_t bytes) {
  std::string text;
  text.reserve(bytes + 64);
  for (size_t line = 0; text.size() < bytes; ++line)
    text += "SKU-" + std::to_string(line * 7919 % 1'000'003) + "\tA mug, no. " + std::to_string(line) + "\t9.99\n";
  text.resize(bytes);
  return text;
}

}  // namespace quayside
