// Requests that are no message: what gRPC makes of them is not left to it.
#include <future>

#include "gmock/gmock.h"
#include "google/protobuf/io/coded_stream.h"
#include "grpcpp/generic/generic_stub.h"
#include "host/api/message_limits.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

grpc::Status SendBytes(ApiWorld& world, const std::string& method, const std::string& bytes) {
  grpc::GenericStub stub(world.connection);
  grpc::ClientContext context;
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> answered;
  stub.UnaryCall(&context, method, {}, &request, &response,
                 [&answered](const grpc::Status& status) { answered.set_value(status); });
  return answered.get_future().get();
}

TEST(UnreadableRequestsTest, AreInvalidArguments_OfUnaryCallsAndStreams) {
  ApiWorld world;
  const std::string cut =
      "\x0a\x05"
      "ab";
  const std::string deep(5'000, '\x0b');
  // Each with a text of its own that is no UTF-8.
  const std::pair<const char*, const char*> methods[] = {
      {"/quayside.v1.ChannelService/GetChannel", "\x0a\x02\xff\xfe"},
      {"/quayside.v1.ChannelService/DeleteChannel", "\x0a\x02\xff\xfe"},
      {"/quayside.v1.PluginService/ReloadPlugin", "\x0a\x02\xff\xfe"},
      {"/quayside.v1.EventService/Watch", "\x12\x02\xff\xfe"},
      {"/quayside.v1.InventoryService/ImportLevels", "\x1a\x02\xff\xfe"}};
  for (const auto& [method, not_utf8] : methods) {
    for (const std::string& bytes : {cut, std::string(not_utf8), deep}) {
      const grpc::Status status = SendBytes(world, method, bytes);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
      EXPECT_EQ(Refusal(status).info.reason(), "INVALID_ARGUMENT") << method;
    }
  }
}

// A field that no method knows, in itself so many times.
std::string Nested(int depth) {
  std::string bytes;
  for (int i = 0; i < depth; ++i) bytes += "\xa3\x06";
  for (int i = 0; i < depth; ++i) bytes += "\xa4\x06";
  return bytes;
}

TEST(UnreadableRequestsTest, ARequestNestsAHundredDeep_AndNoDeeper) {
  ApiWorld world;
  for (const char* method : {"/quayside.v1.ChannelService/ListChannels", "/quayside.v1.AdminService/GetLimits"}) {
    EXPECT_EQ(SendBytes(world, method, Nested(kMaxMessageDepth)).error_code(), grpc::StatusCode::OK) << method;
    const grpc::Status deeper = SendBytes(world, method, Nested(kMaxMessageDepth + 1));
    EXPECT_EQ(deeper.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
    EXPECT_EQ(Refusal(deeper).info.reason(), "INVALID_ARGUMENT") << method;
  }
  EXPECT_EQ(kMaxMessageDepth, google::protobuf::io::CodedInputStream::GetDefaultRecursionLimit());
}

TEST(UnreadableRequestsTest, WhatCanBeReadIsAnsweredAsEver) {
  ApiWorld world;
  EXPECT_EQ(SendBytes(world, "/quayside.v1.ChannelService/ListChannels", "").error_code(), grpc::StatusCode::OK);
  // Fields of a later version are left alone.
  EXPECT_EQ(SendBytes(world, "/quayside.v1.ChannelService/ListChannels", "\xf8\x07\x01").error_code(),
            grpc::StatusCode::OK);
}

TEST(UnreadableRequestsTest, AMethodThatNobodyHas_IsToldSo_WithTheUsualDetails) {
  ApiWorld world;
  for (const char* method : {"/quayside.v1.ChannelService/NoSuchMethod", "/quayside.v9.NoSuchService/Get",
                             "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/", "no path"}) {
    for (const char* bytes : {"", "no message of anything"}) {
      const grpc::Status status = SendBytes(world, method, bytes);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
      EXPECT_EQ(Refusal(status).info.reason(), "METHOD_UNKNOWN") << method;
      EXPECT_THAT(status.error_message(), Not(HasSubstr("NoSuch"))) << method;
    }
  }
  // The others are answered as ever, by a server that knows some methods only as bytes, too.
  EXPECT_EQ(SendBytes(world, "/quayside.v1.ChannelService/ListChannels", "").error_code(), grpc::StatusCode::OK);
}

}  // namespace
}  // namespace quayside
