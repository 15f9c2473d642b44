// Room for one answer: the bytes of the last reserve().
#pragma once

#include <new>
#include <string>

#include "sdk/include/quayside/plugin.h"

namespace quayside::runner {

class Reply {
 public:
  static constexpr size_t kMaxBytes = 64 << 20;  // as the host's ReplyBuffer

  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  // Fills this object, which must outlive it.
  [[nodiscard]] qs_sink sink() { return {this, &Reply::Reserve}; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  // The last reserve() got nothing.
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  static uint8_t* Reserve(void* ctx, size_t size) {
    auto* reply = static_cast<Reply*>(ctx);
    reply->refused_ = size > kMaxBytes;
    try {
      reply->bytes_.resize(reply->refused_ ? 0 : size);
    } catch (const std::bad_alloc&) {
      reply->refused_ = true;
    }
    return reply->refused_ ? nullptr : reinterpret_cast<uint8_t*>(reply->bytes_.data());
  }

  std::string bytes_;
  bool refused_ = false;
};

}  // namespace quayside::runner
