// Between protobuf messages and the ABI's bytes.
#pragma once

#include <climits>
#include <memory>
#include <string>
#include <string_view>

#include "quayside/plugin.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::sdk::internal {

namespace pb = ::quayside::plugin::v1;

inline qs_bytes BytesOf(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// Receives an answer. Pages are large: the room is not cleared before the sender fills it.
class ReplyBuffer {
 public:
  // Lives as long as the buffer does.
  qs_sink sink() {
    return {this, [](void* ctx, size_t size) -> uint8_t* {
              auto* self = static_cast<ReplyBuffer*>(ctx);
              self->data_ = std::make_unique_for_overwrite<uint8_t[]>(size);
              self->size_ = size;
              return self->data_.get();
            }};
  }
  [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
};

// A message larger than protobuf's own limit is unreadable, not a negative size.
template <typename Message>
bool ReadFrom(std::string_view bytes, Message& message) {
  return bytes.size() <= INT_MAX && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

inline std::string_view TextOf(qs_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

// False when the receiver gives no room.
template <typename Message>
bool WriteTo(qs_sink* sink, const Message& message) {
  const size_t size = message.ByteSizeLong();
  uint8_t* room = sink->reserve(sink->ctx, size);
  if (room == nullptr && size > 0) return false;
  message.SerializeWithCachedSizesToArray(room);
  return true;
}

inline Error DecodeError(qs_status status, std::string_view bytes, const char* where) {
  pb::Error wire;
  Error error;
  error.status = status;
  if (bytes.empty() || !ReadFrom(bytes, wire)) {
    error.reason = "PLUGIN_FAULT";
    error.message = std::string("no reason given by ") + where;
    return error;
  }
  error.reason = wire.reason();
  error.message = wire.message();
  error.field = wire.field();
  error.retry_at_us = wire.retry_at_us();
  error.request_id = wire.request_id();
  return error;
}

inline pb::Error EncodeError(const Error& error) {
  pb::Error wire;
  wire.set_reason(error.reason);
  wire.set_message(error.message);
  wire.set_field(error.field);
  wire.set_retry_at_us(error.retry_at_us);
  wire.set_request_id(error.request_id);
  return wire;
}

}  // namespace quayside::sdk::internal
