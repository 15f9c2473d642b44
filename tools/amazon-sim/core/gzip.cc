#include "core/gzip.h"

#include <zlib.h>

#include <new>
#include <stdexcept>

namespace amazon_sim {

struct GzipSink::Stream {
  z_stream state{};
};

GzipSink::GzipSink(ByteSink& below, int level)
    : below_(below), stream_(std::make_unique<Stream>()), out_(64U << 10, '\0') {
  constexpr int kGzipWindow = 15 + 16;  // 16 asks for the gzip wrapping; its time field stays 0
  constexpr int kMemory = 8;
  if (deflateInit2(&stream_->state, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

GzipSink::~GzipSink() { deflateEnd(&stream_->state); }

void GzipSink::Write(std::string_view bytes) {
  if (!bytes.empty()) Run(bytes, Z_NO_FLUSH);
}

void GzipSink::Finish() { Run({}, Z_FINISH); }

void GzipSink::Run(std::string_view bytes, int flush) {
  z_stream& state = stream_->state;
  // zlib reads through a pointer it does not call const.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  do {
    state.next_out = reinterpret_cast<Bytef*>(out_.data());
    state.avail_out = static_cast<uInt>(out_.size());
    if (deflate(&state, flush) == Z_STREAM_ERROR) throw std::logic_error("bytes after the end of a gzip file");
    below_.Write(std::string_view(out_).substr(0, out_.size() - state.avail_out));
  } while (state.avail_out == 0);
}

}  // namespace amazon_sim
