// Between the ABI's bytes and the host's strings, and between its status codes and absl::Status.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "quayside/plugin/v1/types.pb.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// Longest answer a plugin may give.
inline constexpr size_t kMaxReplyBytes = 64 << 20;

inline qs_bytes BytesOf(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// A sink that fills `target`, which must outlive it.
inline qs_sink SinkInto(std::string& target) {
  return {&target, [](void* ctx, size_t size) -> uint8_t* {
            if (size > kMaxReplyBytes) return nullptr;
            auto* text = static_cast<std::string*>(ctx);
            text->resize(size);
            return reinterpret_cast<uint8_t*>(text->data());
          }};
}

// What a plugin's status and its Error bytes mean to the host. The plugin's reason and retry time travel as metadata
// ("plugin_reason", "retry_at_us", "field", "channel_request_id").
[[nodiscard]] absl::Status StatusFromPlugin(qs_status status, std::string_view error_bytes, std::string_view where);

// What a host service's failure means to the plugin.
[[nodiscard]] qs_status StatusToPlugin(const absl::Status& status, quayside::plugin::v1::Error* error);

}  // namespace quayside
