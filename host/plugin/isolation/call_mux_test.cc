// The host's end against a runner that the test plays.
#include "host/plugin/isolation/call_mux.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <thread>

namespace quayside {
namespace {

class CallMuxTest : public ::testing::Test {
 protected:
  CallMuxTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    runner_ = FileDescriptor(ends[1]);
    mux_.emplace(FileDescriptor(ends[0]), FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), SentPage::Make());
  }

  // The next frame the host sends.
  Frame Receive() {
    Frame frame;
    while (decoder_.Next(&frame) == FrameDecoder::State::kNeedMore) {
      size_t room = 0;
      char* to = decoder_.Room(&room);
      const ssize_t n = recv(runner_.get(), to, room, 0);
      if (n <= 0) return {};
      decoder_.Added(static_cast<size_t>(n));
    }
    return frame;
  }
  void Send(FrameKind kind, uint64_t call_id, std::string_view body, qs_status status = QS_OK) {
    FrameHeader header;
    header.kind = kind;
    header.call_id = call_id;
    header.status = status;
    EXPECT_TRUE(SendFrame(runner_.get(), header, {body}));
  }

  struct Outcome {
    std::optional<qs_status> status;
    std::string reply;
  };
  // A call on a thread of its own; joined with the returned object.
  std::thread Call(std::string_view request, Outcome* outcome) {
    return std::thread([this, request, outcome] {
      ReplyBuffer reply;
      const auto serve = [](uint64_t, const char* service, qs_bytes bytes, qs_sink* answer) -> qs_status {
        const std::string text =
            std::string(service) + " served " + std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
        std::memcpy(answer->reserve(answer->ctx, text.size()), text.data(), text.size());
        return QS_RETRY;
      };
      outcome->status = mux_->Run({.op = RunnerOp::kCall, .bytes = request}, serve, reply);
      outcome->reply = reply.bytes();
    });
  }
  // What the host makes of one frame while one call is open.
  std::string FindingOf(FrameKind kind, uint64_t call_id, std::string_view body) {
    Outcome outcome;
    std::thread call = Call("request", &outcome);
    (void)Receive();
    Send(kind, call_id, body);
    call.join();
    EXPECT_FALSE(outcome.status.has_value());
    return mux_->finding();
  }

  FileDescriptor runner_;
  FrameDecoder decoder_;
  std::optional<CallMux> mux_;
};

TEST_F(CallMuxTest, Replies_GoToTheirCalls_InAnyOrder) {
  constexpr int kCalls = 8;
  std::vector<Outcome> outcomes(kCalls);
  std::vector<std::string> requests;
  for (int i = 0; i < kCalls; ++i) requests.push_back(std::to_string(i));
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) threads.push_back(Call(requests[i], &outcomes[i]));
  std::vector<std::pair<uint64_t, std::string>> calls;
  for (int i = 0; i < kCalls; ++i) {
    const Frame frame = Receive();
    calls.emplace_back(frame.header.call_id, std::string(ParseCallBody(frame.body)->request));
  }
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    Send(FrameKind::kReply, call->first, "reply to " + call->second);
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(outcomes[i].status, QS_OK);
    EXPECT_EQ(outcomes[i].reply, "reply to " + requests[i]);
  }
}

TEST_F(CallMuxTest, Invoke_IsServedInTheCall_ItsStatusGoesBack) {
  Outcome outcome;
  std::thread call = Call("request", &outcome);
  const uint64_t id = Receive().header.call_id;
  Send(FrameKind::kInvoke, id, std::string_view("http/1\0bytes", 12));
  const Frame answer = Receive();
  EXPECT_EQ(answer.header.kind, FrameKind::kInvokeReply);
  EXPECT_EQ(answer.header.call_id, id);
  EXPECT_EQ(answer.header.status, QS_RETRY);
  EXPECT_EQ(answer.body, "http/1 served bytes");
  Send(FrameKind::kReply, id, "end", QS_UNKNOWN);
  call.join();
  EXPECT_EQ(outcome.status, QS_UNKNOWN);
  EXPECT_EQ(outcome.reply, "end");
}

TEST_F(CallMuxTest, FrameOfNoCall_BreaksTheConnection) {
  EXPECT_EQ(FindingOf(FrameKind::kReply, 77, ""), "a frame of a call that is not open");
}
TEST_F(CallMuxTest, FrameTheHostSends_BreaksTheConnection) {
  EXPECT_EQ(FindingOf(FrameKind::kCall, 1, ""), "a frame that only the host sends, or only the beginning has");
}
TEST_F(CallMuxTest, SecondReady_BreaksTheConnection) {
  EXPECT_EQ(FindingOf(FrameKind::kReady, 1, ""), "a frame that only the host sends, or only the beginning has");
}
TEST_F(CallMuxTest, MalformedInvoke_BreaksTheConnection) {
  EXPECT_EQ(FindingOf(FrameKind::kInvoke, 1, "no end"), "a malformed request for a service");
}

TEST_F(CallMuxTest, Garbage_BreaksTheConnection_AndEveryCall) {
  std::vector<Outcome> outcomes(3);
  std::vector<std::thread> threads;
  for (Outcome& outcome : outcomes) threads.push_back(Call("request", &outcome));
  for (int i = 0; i < 3; ++i) (void)Receive();
  const std::string garbage(64, '?');
  ASSERT_EQ(write(runner_.get(), garbage.data(), garbage.size()), 64);
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& outcome : outcomes) EXPECT_FALSE(outcome.status.has_value());
  EXPECT_EQ(mux_->finding(), "what it sends is no frame");
  Outcome late;
  Call("request", &late).join();
  EXPECT_FALSE(late.status.has_value());
}

TEST_F(CallMuxTest, End_EndsEveryCall_WithoutAFinding) {
  std::vector<Outcome> outcomes(3);
  std::vector<std::thread> threads;
  for (Outcome& outcome : outcomes) threads.push_back(Call("request", &outcome));
  for (int i = 0; i < 3; ++i) (void)Receive();
  runner_ = FileDescriptor();
  for (std::thread& thread : threads) thread.join();
  for (const Outcome& outcome : outcomes) EXPECT_FALSE(outcome.status.has_value());
  EXPECT_EQ(mux_->finding(), "");
}

}  // namespace
}  // namespace quayside
