// Between the ABI's bytes and the host's strings, and between its status codes and absl::Status.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "quayside/plugin/v1/types.pb.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// Longest answer a plugin may give.
inline constexpr size_t kMaxReplyBytes = 64 << 20;

inline qs_bytes BytesOf(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// Room for one answer of a plugin: the bytes of its last reserve().
class ReplyBuffer {
 public:
  ReplyBuffer() = default;
  ReplyBuffer(const ReplyBuffer&) = delete;
  ReplyBuffer& operator=(const ReplyBuffer&) = delete;

  // Fills this buffer, which must outlive it.
  [[nodiscard]] qs_sink sink() { return {this, &ReplyBuffer::Reserve}; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string Take() { return std::move(bytes_); }
  // An answer that came in one piece; `refused` as below.
  void Fill(std::string bytes, bool refused) {
    bytes_ = std::move(bytes);
    refused_ = refused;
  }
  // The last reserve() got nothing: whatever the plugin wanted to say is lost.
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  static uint8_t* Reserve(void* ctx, size_t size);

  std::string bytes_;
  bool refused_ = false;
};

// What a plugin's status and its Error bytes mean to the host. The plugin's reason and retry time travel as metadata
// ("plugin_reason", "retry_at_us", "field", "channel_request_id").
[[nodiscard]] absl::Status StatusFromPlugin(qs_status status, std::string_view error_bytes, std::string_view where);

// What a host service's failure means to the plugin.
[[nodiscard]] qs_status StatusToPlugin(const absl::Status& status, quayside::plugin::v1::Error* error);

}  // namespace quayside
