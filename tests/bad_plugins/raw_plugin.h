// A well-behaved plugin in pieces, written against the bare ABI, so that each file of this folder shows only what is
// bad about it:
//
//   const qs_plugin kTable = bad::With([](qs_plugin& table) { table.create = nullptr; });
//   BAD_PLUGIN_ENTRY(&kTable)
#pragma once

#include <cstring>
#include <string_view>

#include "quayside/plugin.h"

struct qs_instance {
  const qs_host* host;
};

namespace bad {

// The bytes of the bundle's manifest.json.
inline constexpr std::string_view kManifest =
#include "manifest.inc"
    ;

inline qs_status Answer(qs_sink* sink, std::string_view bytes) {
  uint8_t* room = sink->reserve(sink->ctx, bytes.size());
  if (room == nullptr) return QS_INTERNAL;
  std::memcpy(room, bytes.data(), bytes.size());
  return QS_OK;
}

// A DescribeReply (field 1, text) with this manifest.
inline qs_status DescribeWith(qs_sink* reply, std::string_view manifest) {
  uint8_t prefix[8] = {0x0a};
  size_t prefix_size = 1;
  size_t left = manifest.size();
  for (; left >= 0x80; left >>= 7) prefix[prefix_size++] = static_cast<uint8_t>(left | 0x80);
  prefix[prefix_size++] = static_cast<uint8_t>(left);
  uint8_t* room = reply->reserve(reply->ctx, prefix_size + manifest.size());
  if (room == nullptr) return QS_INTERNAL;
  std::memcpy(room, prefix, prefix_size);
  std::memcpy(room + prefix_size, manifest.data(), manifest.size());
  return QS_OK;
}

inline qs_status Describe(qs_sink* reply) { return DescribeWith(reply, kManifest); }
inline qs_status Create(const qs_host* host, qs_bytes, qs_instance** instance, qs_sink*) {
  *instance = new qs_instance{host};
  return QS_OK;
}
// Answers the request; has no rules of its own about configurations.
inline qs_status Call(qs_instance*, const qs_call* call, qs_sink* reply) {
  if (std::string_view(call->method) == "validate_config") return QS_UNSUPPORTED;
  return Answer(reply, {reinterpret_cast<const char*>(call->request.data), call->request.size});
}
inline qs_status UpgradeCursor(const char*, qs_bytes, qs_sink*) { return QS_INVALID; }
inline void Destroy(qs_instance* instance) { delete instance; }
inline void Unload() {}

inline constexpr qs_plugin kGood = {sizeof(qs_plugin), QS_ABI_MINOR, QS_BAD_ID,      QS_BAD_VERSION, &Describe,
                                    &Create,           &Call,        &UpgradeCursor, &Destroy,       &Unload};

// The good table with something changed.
template <typename Change>
constexpr qs_plugin With(Change change) {
  qs_plugin table = kGood;
  change(table);
  return table;
}

}  // namespace bad

#define BAD_PLUGIN_ENTRY(table) \
  extern "C" QS_EXPORT const qs_plugin* qs_plugin_entry_v1(uint32_t) { return (table); }
