#include "testing/gunzip.h"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace amazon_sim {

std::string Unzipped(std::string_view file) {
  z_stream state{};
  if (inflateInit2(&state, 15 + 16) != Z_OK) throw std::runtime_error("no memory");
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(file.data()));
  state.avail_in = static_cast<uInt>(file.size());
  std::string contents;
  std::array<char, 65536> piece;
  int result = Z_OK;
  while (result == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(piece.data());
    state.avail_out = piece.size();
    result = inflate(&state, Z_NO_FLUSH);
    contents.append(piece.data(), piece.size() - state.avail_out);
  }
  inflateEnd(&state);
  if (result != Z_STREAM_END) throw std::runtime_error("not a whole gzip file");
  return contents;
}

}  // namespace amazon_sim
