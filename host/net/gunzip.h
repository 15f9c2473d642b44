// A gzip file (RFC 1952) unpacked as its bytes arrive, whatever pieces they come in. Several members behind each other
// are one file; zeros behind the last one are padding. Not thread-safe.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace quayside {

// What takes bytes; a status that is not OK ends the work and is handed on.
using BytesOut = absl::FunctionRef<absl::Status(std::string_view)>;

class Gunzip {
 public:
  // kIfGzip: bytes that do not begin as a gzip file are handed on as they are.
  enum class Mode { kAlways, kIfGzip };

  explicit Gunzip(Mode mode);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // INVALID_ARGUMENT DOCUMENT_UNREADABLE: this is no gzip file. UNAVAILABLE DOCUMENT_DAMAGED: it was one.
  [[nodiscard]] absl::Status Add(std::string_view bytes, BytesOut out);
  // Nothing follows. UNAVAILABLE DOCUMENT_DAMAGED: the file is not complete.
  [[nodiscard]] absl::Status Finish(BytesOut out);

 private:
  enum class State { kMagic, kMember, kPadding, kAsItIs };

  absl::Status TakeMagic(std::string_view& bytes, BytesOut out);
  absl::Status NoGzip(BytesOut out);
  absl::Status Inflate(std::string_view& bytes, BytesOut out);

  const Mode mode_;
  State state_ = State::kMagic;
  std::string magic_;  // the beginning of a member, until it is known to be one
  bool any_member_ = false;
  bool ready_ = false;  // zlib had the memory it needs
  z_stream stream_{};
  std::string buffer_;
};

}  // namespace quayside
