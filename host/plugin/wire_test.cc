#include "host/plugin/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

TEST(WireTest, BytesOf_PointsAtTheText) {
  const std::string text("a\0b", 3);
  const qs_bytes bytes = BytesOf(text);
  EXPECT_EQ(bytes.size, 3u);
  EXPECT_EQ(static_cast<const void*>(bytes.data), text.data());
}

TEST(WireTest, Sink_KeepsWhatTheLastReserveMadeRoomFor) {
  ReplyBuffer buffer;
  qs_sink sink = buffer.sink();
  std::memset(sink.reserve(sink.ctx, 10), 'a', 10);
  std::memset(sink.reserve(sink.ctx, 3), 'b', 3);
  EXPECT_EQ(buffer.bytes(), "bbb");
  EXPECT_FALSE(buffer.refused());
  EXPECT_NE(sink.reserve(sink.ctx, 0), nullptr);
  EXPECT_EQ(buffer.bytes(), "");
}

TEST(WireTest, Sink_GivesNoRoomBeyondTheLimit_AndRemembersIt) {
  ReplyBuffer buffer;
  qs_sink sink = buffer.sink();
  std::memset(sink.reserve(sink.ctx, 3), 'a', 3);
  EXPECT_EQ(sink.reserve(sink.ctx, kMaxReplyBytes + 1), nullptr);
  EXPECT_TRUE(buffer.refused());
  EXPECT_EQ(buffer.bytes(), "") << "the beginning of a reply is no reply";
  EXPECT_EQ(sink.reserve(sink.ctx, ~size_t{0}), nullptr);
}

TEST(WireTest, Sink_TakesASmallAnswerAfterARefusal) {
  ReplyBuffer buffer;
  qs_sink sink = buffer.sink();
  EXPECT_EQ(sink.reserve(sink.ctx, kMaxReplyBytes + 1), nullptr);
  std::memset(sink.reserve(sink.ctx, 2), 'e', 2);
  EXPECT_FALSE(buffer.refused());
  EXPECT_EQ(buffer.bytes(), "ee");
}

TEST(WireTest, Sink_GivesTheWholeLimit) {
  ReplyBuffer buffer;
  qs_sink sink = buffer.sink();
  EXPECT_NE(sink.reserve(sink.ctx, kMaxReplyBytes), nullptr);
}

struct Meaning {
  qs_status status;
  absl::StatusCode code;
  Reason reason;
};

TEST(WireTest, EachStatus_HasOneMeaning) {
  const Meaning meanings[] = {
      {QS_CANCELLED, absl::StatusCode::kCancelled, Reason::kShuttingDown},
      {QS_UNKNOWN, absl::StatusCode::kInternal, Reason::kPluginFault},
      {QS_INVALID, absl::StatusCode::kInvalidArgument, Reason::kInvalidConfiguration},
      {QS_DEADLINE, absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded},
      {QS_NOT_FOUND, absl::StatusCode::kNotFound, Reason::kInvalidArgument},
      {QS_DENIED, absl::StatusCode::kPermissionDenied, Reason::kOriginDenied},
      {QS_UNSUPPORTED, absl::StatusCode::kUnimplemented, Reason::kContractNotOffered},
      {QS_INTERNAL, absl::StatusCode::kInternal, Reason::kPluginFault},
      {QS_RETRY, absl::StatusCode::kUnavailable, Reason::kChannelUnavailable},
      {QS_AUTH, absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused},
      {99, absl::StatusCode::kInternal, Reason::kPluginFault},
      {-1, absl::StatusCode::kInternal, Reason::kPluginFault},
  };
  for (const Meaning& meaning : meanings) {
    const absl::Status status = StatusFromPlugin(meaning.status, "", "shop order_sync/1 pull");
    EXPECT_EQ(status.code(), meaning.code) << meaning.status;
    EXPECT_TRUE(HasReason(status, meaning.reason)) << meaning.status << ": " << status;
    EXPECT_EQ(MessageOf(status), "shop order_sync/1 pull: no reason given");
  }
  EXPECT_TRUE(StatusFromPlugin(QS_OK, "", "").ok());
}

TEST(WireTest, WhatAHostServiceAnswered_KeepsItsReason_WhenThePluginHandsItOn) {
  for (const Reason reason : {Reason::kRateLimited, Reason::kThrottled, Reason::kDocumentArriving}) {
    pb::Error error;
    EXPECT_EQ(
        StatusToPlugin(MakeError(absl::StatusCode::kUnavailable, reason, "later", {{"retry_at_us", "7"}}), &error),
        QS_RETRY);
    const absl::Status status = StatusFromPlugin(QS_RETRY, error.SerializeAsString(), "shop");
    EXPECT_TRUE(HasReason(status, reason)) << status;
    EXPECT_EQ(MetadataOf(status).at("retry_at_us"), "7");
  }
}

TEST(WireTest, ErrorBytes_BecomeMessageAndMetadata) {
  pb::Error error;
  error.set_reason("THROTTLED");
  error.set_message("the shop asks to wait");
  error.set_field("options.region");
  error.set_retry_at_us(42);
  error.set_request_id("amzn-7");
  const absl::Status status = StatusFromPlugin(QS_RETRY, error.SerializeAsString(), "shop");
  EXPECT_TRUE(HasReason(status, Reason::kThrottled));
  EXPECT_EQ(MessageOf(status), "shop: the shop asks to wait");
  EXPECT_EQ(MetadataOf(status), (ErrorMetadata{{"plugin_reason", "THROTTLED"},
                                               {"field", "options.region"},
                                               {"retry_at_us", "42"},
                                               {"channel_request_id", "amzn-7"}}));
}

TEST(WireTest, KnownReasonsOfThePlugin_AreKept) {
  const auto reason_of = [](qs_status status, const char* reason) {
    pb::Error error;
    error.set_reason(reason);
    return ReasonOf(StatusFromPlugin(status, error.SerializeAsString(), "shop"));
  };
  EXPECT_EQ(reason_of(QS_RETRY, "RATE_LIMITED"), "RATE_LIMITED");
  EXPECT_EQ(reason_of(QS_RETRY, "THROTTLED"), "THROTTLED");
  EXPECT_EQ(reason_of(QS_RETRY, "ITS_OWN_WORD"), "CHANNEL_UNAVAILABLE");
  EXPECT_EQ(reason_of(QS_AUTH, "SECRET_MISSING"), "SECRET_MISSING");
  EXPECT_EQ(reason_of(QS_AUTH, "ITS_OWN_WORD"), "CREDENTIALS_REFUSED");
}

TEST(WireTest, GarbageInsteadOfAnError_IsNoReasonGiven) {
  const absl::Status status = StatusFromPlugin(QS_INVALID, "\x0a\x7fgarbage", "shop");
  EXPECT_TRUE(HasReason(status, Reason::kInvalidConfiguration));
  EXPECT_THAT(MessageOf(status), HasSubstr("no reason given"));
}

TEST(WireTest, StatusToPlugin_TellsReasonMessageAndRetryTime) {
  pb::Error error;
  const qs_status status = StatusToPlugin(
      MakeError(absl::StatusCode::kUnavailable, Reason::kRateLimited, "no allowance", {{"retry_at_us", "77"}}), &error);
  EXPECT_EQ(status, QS_RETRY);
  EXPECT_EQ(error.reason(), "RATE_LIMITED");
  EXPECT_EQ(error.message(), "no allowance");
  EXPECT_EQ(error.retry_at_us(), 77);
}

TEST(WireTest, StatusToPlugin_NeverSaysOkOfAFailure) {
  for (int code = 1; code <= 16; ++code) {
    pb::Error error;
    EXPECT_NE(StatusToPlugin(absl::Status(static_cast<absl::StatusCode>(code), "x"), &error), QS_OK) << code;
  }
  pb::Error none;
  EXPECT_EQ(StatusToPlugin(absl::OkStatus(), &none), QS_OK);
}

// services.proto: "UNKNOWN (sent, and the answer was lost)".
TEST(WireTest, ALostAnswer_IsUnknownToThePlugin) {
  pb::Error error;
  EXPECT_EQ(StatusToPlugin(MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, "lost"), &error),
            QS_UNKNOWN);
  EXPECT_EQ(error.reason(), "HTTP_OUTCOME_UNKNOWN");
}

}  // namespace
}  // namespace quayside
