// What a generation promises wherever the plugin's code runs.
#include <gmock/gmock.h>

#include "host/net/tokens.h"
#include "host/plugin/isolation_for_tests.h"
#include "tests/plugin/generation_world.h"
#include "tests/plugin/leftovers.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

// The account's name is its key.
class KeysByAccount final : public SecretSource {
 public:
  absl::StatusOr<std::string> GetSecret(const std::string& account_id, const std::string& name) override {
    if (name == "key") return account_id;
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, "secret '" + name + "' is not set");
  }
};

class BothModes : public GenerationWorld, public ::testing::WithParamInterface<IsolationMode> {
 protected:
  void LoadHere(const std::string& folder) {
    const absl::Status loaded = Load(folder, GetParam());
    ASSERT_TRUE(loaded.ok()) << loaded;
  }
  // The one byte that invokes_wrongly answers: a qs_status.
  int StatusOfInvoke(const char* method) {
    const auto reply = Call(method);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() && reply->size() == 1 ? reply->front() : -1;
  }
};

TEST_P(BothModes, Call_CarriesTheBytes_OfAnySize) {
  LoadHere(Bad("larger_table"));
  for (const size_t size : {size_t{0}, size_t{1}, size_t{65'536}, size_t{70'000}, size_t{5} << 20, size_t{60} << 20}) {
    std::string request(size, 'x');
    if (size > 0) request.back() = 'y';
    const auto reply = Call("pull", request);
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_TRUE(*reply == request) << size;
  }
}

TEST_P(BothModes, ReplyBeyondTheLimit_IsAFault_AndTheNextCallWorks) {
  LoadHere(Bad("endless_reply"));
  const auto reply = Call("misbehave");
  EXPECT_TRUE(HasReason(reply.status(), Reason::kPluginFault)) << reply.status();
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("misbehave: the reply is larger than"));
  EXPECT_TRUE(Call("pull").ok());
}

TEST_P(BothModes, Services_AreThereDuringTheCall_AndOnlyWithItsId) {
  LoadHere(Bad("invokes_wrongly"));
  EXPECT_EQ(StatusOfInvoke("rightly"), QS_OK);
  EXPECT_EQ(StatusOfInvoke("wrong_call_id"), QS_INVALID);
  EXPECT_EQ(StatusOfInvoke("former_call_id"), QS_INVALID);
  EXPECT_EQ(StatusOfInvoke("unknown_service"), QS_UNSUPPORTED);
  EXPECT_EQ(StatusOfInvoke("no_service"), QS_INVALID);
  EXPECT_EQ(StatusOfInvoke("in_create"), QS_INVALID);
  EXPECT_EQ(StatusOfInvoke("garbage_request"), QS_INVALID);
}

// All are inside the host's service at the same time, so their frames are between each other's.
TEST_P(BothModes, CallsAtTheSameTime_GetTheirOwnAnswers) {
  constexpr int kCalls = 4;
  http_ = std::make_unique<MeetingHttp>(kCalls);
  LoadHere(Bad("invokes_http"));
  std::vector<std::future<absl::StatusOr<std::string>>> replies;
  for (int i = 0; i < kCalls; ++i) {
    pb::HttpRequest request;
    request.set_path("/" + std::string(static_cast<size_t>(i) * 50'000, 'x') + std::to_string(i));
    replies.push_back(Begin(Config({}, std::to_string(i)), "order_sync/1", "pull", request.SerializeAsString()));
  }
  for (int i = 0; i < kCalls; ++i) {
    const auto bytes = replies[static_cast<size_t>(i)].get();
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    pb::HttpReply reply;
    ASSERT_TRUE(reply.ParseFromString(*bytes));
    EXPECT_EQ(reply.body().size(), static_cast<size_t>(i) * 50'000 + 2);
    EXPECT_EQ(reply.body().back(), '0' + i);
  }
}

// Many short calls of several workers at once: each wakes the right one.
TEST_P(BothModes, ManyCallsAtTheSameTime_AllComeBack) {
  LoadHere(Bad("invokes_http"));
  std::vector<std::future<absl::StatusOr<std::string>>> replies;
  for (int i = 0; i < 2000; ++i) {
    pb::HttpRequest request;
    request.set_path("/" + std::to_string(i));
    replies.push_back(Begin(Config({}, std::to_string(i % 7)), "order_sync/1", "pull", request.SerializeAsString()));
  }
  for (int i = 0; i < 2000; ++i) {
    pb::HttpReply reply;
    const auto bytes = replies[static_cast<size_t>(i)].get();
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    ASSERT_TRUE(reply.ParseFromString(*bytes));
    ASSERT_EQ(reply.body(), "/" + std::to_string(i));
  }
}

class SigningInBothModes : public BothModes {
 protected:
  void SetUp() override {
    for (const char* name : {"key", "lost"}) {
      pb::Secret& secret = *secrets_declared_.Add();
      secret.set_name(name);
      secret.add_sign_algorithms("hmac_sha256");
    }
    signing_ = MakeSigningService(keys_);
    request_.set_secret("key");
    request_.set_algorithm("hmac_sha256");
    request_.set_encoding("hex");
  }
  absl::StatusOr<std::string> Sign(const std::string& data, const std::string& account = "Jefe") {
    request_.set_data(data);
    const auto bytes = Begin(Config({}, account), "order_sync/1", "sign/1", request_.SerializeAsString()).get();
    if (!bytes.ok()) return bytes.status();
    pb::SignReply reply;
    EXPECT_TRUE(reply.ParseFromString(*bytes));
    return reply.signature();
  }
  void ExpectRefused(absl::StatusCode code, const std::string& reason) {
    const auto refused = Sign("data");
    EXPECT_EQ(refused.status().code(), code) << refused.status();
    EXPECT_EQ(MetadataOf(refused.status())["plugin_reason"], reason) << refused.status();
  }

  KeysByAccount keys_;
  pb::SignRequest request_;
};

// RFC 4231, test case 2.
TEST_P(SigningInBothModes, ASignature_IsMadeWithTheSecretOfTheCallsAccount) {
  LoadHere(Bad("invokes_http"));
  const auto signature = Sign("what do ya want for nothing?");
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(*signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const auto of_another = Sign("what do ya want for nothing?", "another");
  ASSERT_TRUE(of_another.ok()) << of_another.status();
  EXPECT_NE(*of_another, *signature);
}

TEST_P(SigningInBothModes, ARefusal_ReachesThePluginWithItsReason) {
  LoadHere(Bad("invokes_http"));
  request_.set_algorithm("hmac_sha512");
  ExpectRefused(absl::StatusCode::kPermissionDenied, "SIGNING_DENIED");
  request_.set_algorithm("hmac_sha256");
  request_.set_secret("undeclared");
  ExpectRefused(absl::StatusCode::kPermissionDenied, "SIGNING_DENIED");
  request_.set_secret("lost");
  ExpectRefused(absl::StatusCode::kUnauthenticated, "SECRET_MISSING");
  request_.set_secret("key");
  EXPECT_TRUE(Sign("data").ok()) << "and the next call works";
}

TEST_P(SigningInBothModes, AHostThatSignsNothing_SaysSo) {
  signing_ = nullptr;
  LoadHere(Bad("invokes_http"));
  EXPECT_EQ(Sign("data").status().code(), absl::StatusCode::kUnimplemented);
}

TEST_P(BothModes, RefusedConfiguration_NamesTheField) {
  LoadHere(Bundles() + "/echo");
  const auto reply = Begin(Config({{"behaviour", "refuse_create"}}), "order_sync/1", "pull", "").get();
  EXPECT_TRUE(HasReason(reply.status(), Reason::kInvalidConfiguration)) << reply.status();
  EXPECT_EQ(MetadataOf(reply.status())["field"], "options.behaviour");
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("create for account a: told to refuse"));
}

TEST_P(BothModes, CreateWithoutInstance_IsAFault) {
  LoadHere(Bad("create_without_instance"));
  const auto reply = Call("pull");
  EXPECT_TRUE(HasReason(reply.status(), Reason::kPluginFault)) << reply.status();
  EXPECT_THAT(std::string(reply.status().message()), HasSubstr("create answered OK without an instance"));
}

TEST_P(BothModes, ThePluginsOwnErrors_ComeWithTheirRetryTime) {
  LoadHere(Bundles() + "/echo");
  const auto reply = Begin(Config({{"behaviour", "fail"}}), "order_sync/1", "pull", "").get();
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable) << reply.status();
  EXPECT_EQ(MetadataOf(reply.status())["retry_at_us"], "42");
  const auto thrown = Begin(Config({{"behaviour", "throw"}}), "order_sync/1", "pull", "").get();
  EXPECT_TRUE(HasReason(thrown.status(), Reason::kPluginFault)) << thrown.status();
  EXPECT_THAT(std::string(thrown.status().message()), HasSubstr("told to throw"));
}

TEST_P(BothModes, Cursor_IsUpgraded) {
  LoadHere(Bundles() + "/echo");
  pb::Cursor old_cursor;
  old_cursor.set_schema(1);
  old_cursor.set_state("here");
  const auto bytes = UpgradeCursor(old_cursor.SerializeAsString());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  pb::Cursor upgraded;
  ASSERT_TRUE(upgraded.ParseFromString(*bytes));
  EXPECT_EQ(upgraded.schema(), 2);
  EXPECT_EQ(upgraded.state(), "here");
  EXPECT_FALSE(UpgradeCursor("garbage").ok());
}

TEST_P(BothModes, ForgottenInstances_AreMadeAgain) {
  LoadHere(Bad("larger_table"));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Call("pull").ok());
    generation_->ForgetInstances("a");
  }
  EXPECT_TRUE(generation_->Close(kPatience).ok());
  EXPECT_EQ(generation_->Status().state, "UNLOADED");
}

TEST_P(BothModes, Cycles_LeaveNothingBehind) {
  const auto cycle = [&] {
    LoadHere(Bundles() + "/echo");
    EXPECT_TRUE(Call("pull").ok());
    EXPECT_TRUE(generation_->Close(kPatience).ok());
    generation_.reset();
  };
  cycle();  // what the first use sets up for good
  const int threads = CountThreads();
  const int descriptors = CountIn("/proc/self/fd");
  for (int i = 0; i < 20; ++i) cycle();
  EXPECT_EQ(CountThreadsDownTo(threads), threads);
  EXPECT_EQ(CountIn("/proc/self/fd"), descriptors);
}

INSTANTIATE_TEST_SUITE_P(Isolation, BothModes, InBothModes(), ModeName);
INSTANTIATE_TEST_SUITE_P(Isolation, SigningInBothModes, InBothModes(), ModeName);

}  // namespace
}  // namespace quayside
