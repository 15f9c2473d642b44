#include "host/plugin/isolation/frame.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace quayside {
namespace {

constexpr uint32_t kMaxNameBytes = 256;
constexpr size_t kMaxParts = 4;
// A frame that is not larger is put together first: copying it costs less than having the system collect its pieces.
constexpr size_t kCopiedBytes = 1024;

// Text up to its NUL, taken off the front.
std::optional<std::string_view> TakeText(std::string_view& rest) {
  const size_t end = rest.substr(0, kMaxNameBytes).find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

bool SendCopied(int socket, const FrameHeader& header, std::initializer_list<std::string_view> parts) {
  std::array<char, kCopiedBytes> bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  size_t size = sizeof header;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    std::memcpy(bytes.data() + size, part.data(), part.size());
    size += part.size();
  }
  for (size_t done = 0; done < size;) {
    const ssize_t sent = send(socket, bytes.data() + done, size - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    done += static_cast<size_t>(sent);
  }
  return true;
}

bool SendPieces(int socket, FrameHeader header, std::initializer_list<std::string_view> parts) {
  std::array<iovec, kMaxParts + 2> pieces{};
  pieces[0] = {&header, sizeof header};
  size_t count = 1;
  for (const std::string_view part : parts) {
    if (!part.empty()) pieces.at(count++) = {const_cast<char*>(part.data()), part.size()};
  }
  iovec* next = pieces.data();
  while (count > 0) {
    msghdr message{};
    message.msg_iov = next;
    message.msg_iovlen = count;
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    for (; count > 0 && static_cast<size_t>(sent) >= next->iov_len; ++next, --count) {
      sent -= static_cast<ssize_t>(next->iov_len);
    }
    if (count > 0) {
      next->iov_base = static_cast<char*>(next->iov_base) + sent;
      next->iov_len -= static_cast<size_t>(sent);
    }
  }
  return true;
}

}  // namespace

std::optional<CallBody> ParseCallBody(std::string_view body) {
  CallBody call;
  if (body.size() < sizeof(CallHead)) return std::nullopt;
  std::memcpy(&call.head, body.data(), sizeof(CallHead));
  body.remove_prefix(sizeof(CallHead));
  if (call.head.op < RunnerOp::kCreate || call.head.op > RunnerOp::kUnload) return std::nullopt;
  const auto contract = TakeText(body);
  if (!contract || contract->size() + 1 != call.head.contract_bytes) return std::nullopt;
  const auto method = TakeText(body);
  if (!method || method->size() + 1 != call.head.method_bytes) return std::nullopt;
  call.contract = contract->data();
  call.method = method->data();
  call.request = body;
  return call;
}

std::optional<InvokeBody> ParseInvokeBody(std::string_view body) {
  const auto service = TakeText(body);
  if (!service) return std::nullopt;
  return InvokeBody{service->data(), body};
}

std::optional<ReadyBody> ParseReadyBody(std::string_view body) {
  const auto id = TakeText(body);
  if (!id) return std::nullopt;
  const auto version = TakeText(body);
  if (!version) return std::nullopt;
  return ReadyBody{*id, *version, body};
}

FrameDecoder::State FrameDecoder::Broken(std::string finding) {
  finding_ = std::move(finding);
  return State::kBroken;
}

FrameDecoder::State FrameDecoder::Next(Frame* frame) {
  if (!finding_.empty()) return State::kBroken;
  if (large_.has_value()) {
    if (large_received_ < large_->body.size()) return State::kNeedMore;
    *frame = *std::move(large_);
    large_.reset();
    return State::kFrame;
  }
  const size_t available = end_ - begin_;
  if (available < sizeof(FrameHeader)) return State::kNeedMore;
  FrameHeader header;
  std::memcpy(&header, buffer_.data() + begin_, sizeof header);
  if (header.magic != FrameHeader::kMagic) return Broken("what it sends is no frame");
  if (header.kind < FrameKind::kReady || header.kind > FrameKind::kInvokeReply) {
    return Broken("a frame of the unknown kind " + std::to_string(static_cast<int>(header.kind)));
  }
  if (header.body_bytes > kMaxFrameBody) {
    return Broken("a frame of " + std::to_string(header.body_bytes) + " bytes; " + std::to_string(kMaxFrameBody) +
                  " are allowed");
  }
  const size_t whole = sizeof header + header.body_bytes;
  if (available >= whole) {
    frame->header = header;
    frame->body.assign(buffer_.data() + begin_ + sizeof header, header.body_bytes);
    begin_ += whole;
    if (begin_ == end_) begin_ = end_ = 0;
    return State::kFrame;
  }
  if (whole <= buffer_.size()) return State::kNeedMore;
  large_.emplace(Frame{header, {}});
  large_->body.resize(header.body_bytes);
  large_received_ = available - sizeof header;
  std::memcpy(large_->body.data(), buffer_.data() + begin_ + sizeof header, large_received_);
  begin_ = end_ = 0;
  return State::kNeedMore;
}

char* FrameDecoder::Room(size_t* size) {
  if (large_.has_value()) {
    *size = large_->body.size() - large_received_;
    return large_->body.data() + large_received_;
  }
  if (begin_ > 0 && buffer_.size() - end_ < buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  *size = buffer_.size() - end_;
  return buffer_.data() + end_;
}

void FrameDecoder::Added(size_t size) { (large_.has_value() ? large_received_ : end_) += size; }

bool SendFrame(int socket, FrameHeader header, std::initializer_list<std::string_view> parts) {
  size_t body = 0;
  for (const std::string_view part : parts) body += part.size();
  if (body > kMaxFrameBody) return false;
  header.body_bytes = static_cast<uint32_t>(body);
  return sizeof header + body <= kCopiedBytes ? SendCopied(socket, header, parts) : SendPieces(socket, header, parts);
}

}  // namespace quayside
