// What travels between the host and quayside-runner over one stream socket: frames, each a fixed header and a body. The
// bodies hold the very bytes of the ABI. Both ends are of one build on one machine, so numbers are in its byte order.
//
//   kReady        runner -> host  once, after loading; status 0: id NUL version NUL DescribeReply, else what was found
//   kCall         host -> runner  opens a call: CallHead, contract NUL, method NUL, request
//   kReply        runner -> host  ends it: the plugin's status, its reply or its Error
//   kInvoke       runner -> host  the call asks for a service: service NUL, request
//   kInvokeReply  host -> runner  the service's status and answer
//
// Several calls share the socket; the call id says whose a frame is. This file needs nothing but the standard library:
// the runner links no more than that.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quayside {

enum class FrameKind : uint16_t { kReady = 1, kCall = 2, kReply = 3, kInvoke = 4, kInvokeReply = 5 };

struct FrameHeader {
  static constexpr uint16_t kMagic = 0x5146;
  static constexpr uint32_t kRefused = 1;  // flag of kReply: the plugin wanted to say more than an answer may have

  static constexpr uint32_t kFilesOpen = 2;  // flag of kReady: files could not be restricted here

  uint32_t body_bytes = 0;
  uint16_t magic = kMagic;
  FrameKind kind = FrameKind::kCall;
  uint64_t call_id = 0;
  int32_t status = 0;  // of a qs_status, or of kReady
  uint32_t flags = 0;
};
static_assert(sizeof(FrameHeader) == 24);

// Longest body: the longest answer a plugin may give, and what goes before it.
inline constexpr uint32_t kMaxFrameBody = (64u << 20) + 4096;

struct Frame {
  FrameHeader header;
  std::string body;
};

// What a kCall asks for.
enum class RunnerOp : uint32_t { kCreate = 1, kCall = 2, kUpgradeCursor = 3, kDestroy = 4, kUnload = 5 };

struct CallHead {
  RunnerOp op = RunnerOp::kCall;
  uint32_t contract_bytes = 0;  // with the NUL
  uint32_t method_bytes = 0;    // with the NUL
  uint32_t reserved = 0;
  uint64_t instance = 0;  // chosen by the host; kCreate makes it, kDestroy ends it
  int64_t deadline_us = 0;
};
static_assert(sizeof(CallHead) == 32);

// A kCall's body taken apart; views into it.
struct CallBody {
  CallHead head;
  const char* contract = "";
  const char* method = "";
  std::string_view request;
};
// Nothing when it is malformed.
[[nodiscard]] std::optional<CallBody> ParseCallBody(std::string_view body);

// A kInvoke's body.
struct InvokeBody {
  const char* service = "";
  std::string_view request;
};
[[nodiscard]] std::optional<InvokeBody> ParseInvokeBody(std::string_view body);

// A kReady's body.
struct ReadyBody {
  std::string_view id;
  std::string_view version;
  std::string_view describe_reply;
};
[[nodiscard]] std::optional<ReadyBody> ParseReadyBody(std::string_view body);

// Takes a stream apart. Not thread-safe.
//
//   while ((state = decoder.Next(&frame)) == kNeedMore) { n = recv(fd, decoder.Room(&size), size); decoder.Added(n); }
class FrameDecoder {
 public:
  enum class State { kNeedMore, kFrame, kBroken };

  FrameDecoder() : buffer_(kBufferBytes) {}

  // The next frame of what was received, or what is missing. kBroken stays: finding() says what is wrong.
  [[nodiscard]] State Next(Frame* frame);
  // Where the next bytes of the stream go; room for at least one.
  [[nodiscard]] char* Room(size_t* size);
  void Added(size_t size);
  [[nodiscard]] const std::string& finding() const { return finding_; }
  // A frame has begun and is not complete.
  [[nodiscard]] bool InsideFrame() const { return large_.has_value() || begin_ != end_; }

 private:
  static constexpr size_t kBufferBytes = 64 << 10;

  State Broken(std::string finding);

  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  // A frame too large for the buffer: its body is received straight into place.
  std::optional<Frame> large_;
  size_t large_received_ = 0;
  std::string finding_;
};

// Sends one frame; `parts` are its body. Blocks. False: the other end is gone. Not while another thread sends.
[[nodiscard]] bool SendFrame(int socket, FrameHeader header, std::initializer_list<std::string_view> parts);

}  // namespace quayside
