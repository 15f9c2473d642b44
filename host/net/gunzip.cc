#include "host/net/gunzip.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// ID1, ID2 and the one method there is.
constexpr std::string_view kMagic = "\x1f\x8b\x08";
constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr size_t kUnpackedPieceBytes = 64 << 10;

absl::Status DamagedGzip(std::string_view what) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kDocumentDamaged,
                   Concat("the gzip file ", what, "; nothing of it is kept"));
}

}  // namespace

Gunzip::Gunzip(Mode mode) : mode_(mode), buffer_(kUnpackedPieceBytes, '\0') {
  ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
}

Gunzip::~Gunzip() {
  if (ready_) inflateEnd(&stream_);
}

absl::Status Gunzip::Add(std::string_view bytes, BytesOut out) {
  if (!ready_)
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kOverloaded, "no memory to unpack a document");
  while (!bytes.empty()) {
    switch (state_) {
      case State::kMagic:
        QS_RETURN_IF_ERROR(TakeMagic(bytes, out));
        break;
      case State::kMember:
        QS_RETURN_IF_ERROR(Inflate(bytes, out));
        break;
      case State::kPadding:
        if (bytes.find_first_not_of('\0') != std::string_view::npos)
          return DamagedGzip("has bytes behind its end that belong to nothing");
        return absl::OkStatus();
      case State::kAsItIs:
        return out(bytes);
    }
  }
  return absl::OkStatus();
}

// One byte of a member's beginning.
absl::Status Gunzip::TakeMagic(std::string_view& bytes, BytesOut out) {
  if (any_member_ && magic_.empty() && bytes.front() == '\0') {
    state_ = State::kPadding;
    return absl::OkStatus();
  }
  magic_ += bytes.front();
  bytes.remove_prefix(1);
  if (!kMagic.starts_with(magic_)) return NoGzip(out);
  if (magic_.size() < kMagic.size()) return absl::OkStatus();
  state_ = State::kMember;
  any_member_ = true;
  std::string_view magic = kMagic;
  magic_.clear();
  return Inflate(magic, out);
}

absl::Status Gunzip::NoGzip(BytesOut out) {
  // The file before may be complete without these; a damaged second member would look the same.
  if (any_member_) return DamagedGzip("has bytes behind its end that belong to nothing");
  if (mode_ == Mode::kAlways) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kDocumentUnreadable,
                     "the document is said to be a gzip file and is none");
  }
  state_ = State::kAsItIs;
  return magic_.empty() ? absl::OkStatus() : out(magic_);
}

absl::Status Gunzip::Inflate(std::string_view& bytes, BytesOut out) {
  // zlib never writes to its input.
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream_.avail_in = static_cast<uInt>(std::min<size_t>(bytes.size(), 1 << 30));
  const uInt given = stream_.avail_in;
  int result = Z_OK;
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    result = inflate(&stream_, Z_NO_FLUSH);
    if (const size_t made = buffer_.size() - stream_.avail_out; made > 0)
      QS_RETURN_IF_ERROR(out(std::string_view(buffer_).substr(0, made)));
  } while (result == Z_OK && (stream_.avail_in > 0 || stream_.avail_out == 0));
  bytes.remove_prefix(given - stream_.avail_in);
  if (result == Z_STREAM_END) {
    state_ = State::kMagic;
    return inflateReset(&stream_) == Z_OK ? absl::OkStatus() : DamagedGzip("cannot be unpacked");
  }
  // Z_BUF_ERROR: all that came is used up.
  return result == Z_OK || result == Z_BUF_ERROR ? absl::OkStatus() : DamagedGzip("is damaged");
}

absl::Status Gunzip::Finish(BytesOut out) {
  const bool could_be_gzip = any_member_ || mode_ == Mode::kAlways;
  switch (state_) {
    case State::kMember:
      return DamagedGzip("ends early");
    case State::kMagic:
      if (!could_be_gzip) return NoGzip(out);
      return any_member_ && magic_.empty() ? absl::OkStatus() : DamagedGzip("ends early");
    case State::kPadding:
    case State::kAsItIs:
      break;
  }
  return absl::OkStatus();
}

}  // namespace quayside
