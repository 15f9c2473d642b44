#include "host/plugin/isolation/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "host/base/file_descriptor.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

std::string Bytes(FrameHeader header, std::string_view body) {
  header.body_bytes = static_cast<uint32_t>(body.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes.append(body);
}

FrameHeader Header(FrameKind kind, uint64_t call_id) {
  FrameHeader header;
  header.kind = kind;
  header.call_id = call_id;
  return header;
}

// Feeds the bytes in pieces of this size; the frames that come out.
std::vector<Frame> Decode(FrameDecoder& decoder, std::string_view bytes, size_t piece) {
  std::vector<Frame> frames;
  while (true) {
    Frame frame;
    const FrameDecoder::State state = decoder.Next(&frame);
    if (state == FrameDecoder::State::kFrame) {
      frames.push_back(std::move(frame));
      continue;
    }
    if (state == FrameDecoder::State::kBroken || bytes.empty()) return frames;
    size_t room = 0;
    char* to = decoder.Room(&room);
    EXPECT_GT(room, 0u);
    const size_t size = std::min({room, piece, bytes.size()});
    std::memcpy(to, bytes.data(), size);
    decoder.Added(size);
    bytes.remove_prefix(size);
  }
}

TEST(Frame, Stream_IsTheSameFrames_HoweverItIsCut) {
  std::string stream;
  const std::vector<size_t> sizes = {0, 1, 100, 65'511, 65'512, 65'513, 70'000, 300'000, 0, 7};
  for (size_t i = 0; i < sizes.size(); ++i) {
    stream += Bytes(Header(FrameKind::kReply, i), std::string(sizes[i], static_cast<char>('a' + i)));
  }
  for (const size_t piece :
       {size_t{1}, size_t{23}, size_t{24}, size_t{25}, size_t{4096}, size_t{65'536}, stream.size()}) {
    FrameDecoder decoder;
    const std::vector<Frame> frames = Decode(decoder, stream, piece);
    ASSERT_EQ(frames.size(), sizes.size()) << piece;
    for (size_t i = 0; i < sizes.size(); ++i) {
      EXPECT_EQ(frames[i].header.call_id, i);
      EXPECT_TRUE(frames[i].body == std::string(sizes[i], static_cast<char>('a' + i))) << piece << " " << i;
    }
    EXPECT_FALSE(decoder.InsideFrame());
  }
}

TEST(Frame, Truncated_IsNoFrame) {
  const std::string whole = Bytes(Header(FrameKind::kReply, 1), std::string(1000, 'x'));
  for (size_t size = 0; size < whole.size(); ++size) {
    FrameDecoder decoder;
    EXPECT_TRUE(Decode(decoder, std::string_view(whole).substr(0, size), 4096).empty()) << size;
    EXPECT_EQ(decoder.InsideFrame(), size > 0) << size;
  }
}

TEST(Frame, Oversize_IsBroken_BeforeRoomIsMade) {
  FrameHeader header = Header(FrameKind::kReply, 1);
  header.body_bytes = kMaxFrameBody + 1;
  FrameDecoder decoder;
  EXPECT_TRUE(Decode(decoder, {reinterpret_cast<const char*>(&header), sizeof header}, 4096).empty());
  EXPECT_THAT(decoder.finding(), HasSubstr("67112961 bytes; 67112960 are allowed"));
}

TEST(Frame, Garbage_IsBroken_AndStaysSo) {
  FrameDecoder decoder;
  EXPECT_TRUE(Decode(decoder, std::string(100, 'H'), 4096).empty());
  EXPECT_EQ(decoder.finding(), "what it sends is no frame");
  EXPECT_TRUE(Decode(decoder, Bytes(Header(FrameKind::kReply, 1), ""), 4096).empty());
  FrameDecoder unknown;
  EXPECT_TRUE(Decode(unknown, Bytes(Header(static_cast<FrameKind>(6), 1), ""), 4096).empty());
  EXPECT_EQ(unknown.finding(), "a frame of the unknown kind 6");
}

TEST(Frame, CallBody_ComesApart_OrNotAtAll) {
  CallHead head;
  head.op = RunnerOp::kCall;
  head.contract_bytes = 13;
  head.method_bytes = 5;
  head.instance = 7;
  head.deadline_us = 99;
  const std::string whole =
      std::string(reinterpret_cast<const char*>(&head), sizeof head) + std::string("order_sync/1\0pull\0request", 25);
  const auto call = ParseCallBody(whole);
  ASSERT_TRUE(call.has_value());
  EXPECT_STREQ(call->contract, "order_sync/1");
  EXPECT_STREQ(call->method, "pull");
  EXPECT_EQ(call->request, "request");
  EXPECT_EQ(call->head.instance, 7u);
  EXPECT_EQ(call->head.deadline_us, 99);
  for (size_t size = 0; size < sizeof head + 18; ++size) EXPECT_FALSE(ParseCallBody(whole.substr(0, size))) << size;
  std::string other = whole;
  other[0] = 9;
  EXPECT_FALSE(ParseCallBody(other)) << "an operation that does not exist";
  other = whole;
  other[4] = 14;
  EXPECT_FALSE(ParseCallBody(other)) << "a length that is not the text's";
}

TEST(Frame, InvokeAndReadyBodies_NeedTheirTexts) {
  const std::string invoke("http/1\0bytes", 12);
  ASSERT_TRUE(ParseInvokeBody(invoke));
  EXPECT_STREQ(ParseInvokeBody(invoke)->service, "http/1");
  EXPECT_EQ(ParseInvokeBody(invoke)->request, "bytes");
  EXPECT_FALSE(ParseInvokeBody("http/1"));
  EXPECT_FALSE(ParseInvokeBody(std::string(1000, 'x') + std::string(1, '\0')));
  const std::string ready("echo\0001.0.0\0reply", 16);
  ASSERT_TRUE(ParseReadyBody(ready));
  EXPECT_EQ(ParseReadyBody(ready)->version, "1.0.0");
  EXPECT_EQ(ParseReadyBody(ready)->describe_reply, "reply");
  EXPECT_FALSE(ParseReadyBody(std::string("echo\0001.0.0", 10)));
}

// Small ones are put together before they are sent, larger ones are not.
TEST(Frame, SendFrame_SendsTheSame_WhateverTheSize) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const FileDescriptor sender(ends[0]);
  const FileDescriptor receiver(ends[1]);
  FrameDecoder decoder;
  for (size_t size = 0; size < 3000; size += 7) {
    const std::string text(size, 'x');
    ASSERT_TRUE(SendFrame(sender.get(), Header(FrameKind::kReply, size), {"ab", text, "", "c"}));
    Frame frame;
    while (decoder.Next(&frame) == FrameDecoder::State::kNeedMore) {
      size_t room = 0;
      char* to = decoder.Room(&room);
      const ssize_t n = recv(receiver.get(), to, room, 0);
      ASSERT_GT(n, 0);
      decoder.Added(static_cast<size_t>(n));
    }
    EXPECT_EQ(frame.header.call_id, size);
    EXPECT_EQ(frame.body, "ab" + text + "c");
  }
}

// Larger than the socket's buffer: it goes in pieces while the other end reads.
TEST(Frame, SendFrame_SendsAllOfIt_OrSaysThatNobodyIsThere) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const FileDescriptor sender(ends[0]);
  std::vector<Frame> frames;
  {
    FileDescriptor receiver(ends[1]);
    const std::string large(5 << 20, 'x');
    bool sent = false;
    std::thread sending([&] {
      sent = SendFrame(sender.get(), Header(FrameKind::kCall, 3), {"head", "", large, "tail"});
    });
    FrameDecoder decoder;
    Frame frame;
    while (decoder.Next(&frame) == FrameDecoder::State::kNeedMore) {
      size_t room = 0;
      char* to = decoder.Room(&room);
      const ssize_t n = recv(receiver.get(), to, room, 0);
      ASSERT_GT(n, 0);
      decoder.Added(static_cast<size_t>(n));
    }
    sending.join();
    EXPECT_TRUE(sent);
    EXPECT_EQ(frame.header.call_id, 3u);
    EXPECT_TRUE(frame.body == "head" + large + "tail");
  }
  EXPECT_FALSE(SendFrame(sender.get(), Header(FrameKind::kCall, 3), {"x"}));
}

}  // namespace
}  // namespace quayside
