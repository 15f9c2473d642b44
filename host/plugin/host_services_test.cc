// What a plugin's invoke() reaches, and what comes back across the boundary.
#include "host/plugin/host_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "host/base/errors.h"
#include "host/plugin/wire.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::HasSubstr;

class RememberingHttp final : public HttpService {
 public:
  absl::StatusOr<pb::HttpReply> Send(const pb::HttpRequest& request, const CallContext& context) override {
    asked = context.account_id + " " + request.path();
    pb::HttpReply reply;
    reply.set_status(418);
    return reply;
  }
  std::string asked;
};

class RememberingDocuments final : public DocumentService {
 public:
  absl::StatusOr<pb::DocumentReply> Handle(pb::DocumentRequest request, const CallContext& context) override {
    asked = context.account_id + " " + request.read().name();
    if (!failure.ok()) return failure;
    pb::DocumentReply reply;
    reply.mutable_read()->set_data("data");
    return reply;
  }
  absl::Status ReleaseAccount(const std::string&) override { return absl::OkStatus(); }
  std::string asked;
  absl::Status failure;
};

class RememberingTransfers final : public TransferService {
 public:
  absl::StatusOr<pb::TransferReply> Handle(const pb::TransferRequest& request, const CallContext& context) override {
    asked = context.account_id + " " + request.list().place();
    pb::TransferReply reply;
    reply.mutable_list()->add_files()->set_name("orders.csv");
    return reply;
  }
  std::string asked;
};

class RememberingSigning final : public SigningService {
 public:
  absl::StatusOr<pb::SignReply> Handle(const pb::SignRequest& request, const CallContext& context) override {
    asked = context.account_id + " " + request.secret();
    pb::SignReply reply;
    reply.set_signature("signed");
    return reply;
  }
  std::string asked;
};

class HostServicesTest : public ::testing::Test {
 protected:
  HostCall Call() {
    return {.call_id = 7,
            .http = &http_,
            .documents = &documents_,
            .transfers = transfers_,
            .signing = signing_,
            .clock = &clock_,
            .logger = logger_.get(),
            .plugin_id = &plugin_id_,
            .context = {.account_id = "shop", .deadline_us = 99, .stop = [] { return true; }}};
  }

  // During a call; the answer is in answer_.
  qs_status Invoke(const char* service, const std::string& request, uint64_t call_id = 7) {
    const HostCall call = Call();
    const HostCallScope scope(call);
    return InvokeInScope(service, request, call_id);
  }
  qs_status InvokeInScope(const char* service, const std::string& request, uint64_t call_id = 7) {
    ReplyBuffer reply;
    qs_sink sink = reply.sink();
    const qs_status status = InvokeHostService(nullptr, call_id, service, BytesOf(request), &sink);
    answer_ = reply.Take();
    return status;
  }
  template <typename Message>
  Message Answered() {
    Message message;
    EXPECT_TRUE(message.ParseFromString(answer_));
    return message;
  }

  RememberingHttp http_;
  RememberingDocuments documents_;
  TransferService* transfers_ = nullptr;
  SigningService* signing_ = nullptr;
  ManualClock clock_{42};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  const std::string plugin_id_ = "plugin";
  std::string answer_;
};

TEST_F(HostServicesTest, EachService_IsReachedByItsName) {
  pb::HttpRequest request;
  request.set_path("/path");
  EXPECT_EQ(Invoke("http/1", request.SerializeAsString()), QS_OK);
  EXPECT_EQ(Answered<pb::HttpReply>().status(), 418);
  EXPECT_EQ(http_.asked, "shop /path");

  pb::DocumentRequest document;
  document.mutable_read()->set_name("report");
  EXPECT_EQ(Invoke("document/1", document.SerializeAsString()), QS_OK);
  EXPECT_EQ(Answered<pb::DocumentReply>().read().data(), "data");
  EXPECT_EQ(documents_.asked, "shop report");

  EXPECT_EQ(Invoke("clock/1", ""), QS_OK);
  EXPECT_EQ(Answered<pb::ClockReply>().now_us(), 42);
  EXPECT_EQ(Invoke("step/1", ""), QS_OK);
  EXPECT_EQ(Answered<pb::StepStateReply>().deadline_us(), 99);
  EXPECT_TRUE(Answered<pb::StepStateReply>().cancelled());
  EXPECT_EQ(Invoke("log/1", ""), QS_OK);
  EXPECT_EQ(Invoke("telepathy/1", ""), QS_UNSUPPORTED);
}

TEST_F(HostServicesTest, Signing_IsReached_WhereThereIsSome) {
  pb::SignRequest request;
  request.set_secret("key");
  EXPECT_EQ(Invoke("sign/1", request.SerializeAsString()), QS_UNSUPPORTED);
  RememberingSigning signing;
  signing_ = &signing;
  EXPECT_EQ(Invoke("sign/1", request.SerializeAsString()), QS_OK);
  EXPECT_EQ(Answered<pb::SignReply>().signature(), "signed");
  EXPECT_EQ(signing.asked, "shop key");
  EXPECT_EQ(Invoke("sign/1", "\xff"), QS_INVALID);
}

TEST_F(HostServicesTest, Transfers_AreReached_WhereThereAreSome) {
  pb::TransferRequest request;
  request.mutable_list()->set_place("orders");
  EXPECT_EQ(Invoke("transfer/1", request.SerializeAsString()), QS_UNSUPPORTED);
  RememberingTransfers transfers;
  transfers_ = &transfers;
  EXPECT_EQ(Invoke("transfer/1", request.SerializeAsString()), QS_OK);
  EXPECT_EQ(Answered<pb::TransferReply>().list().files(0).name(), "orders.csv");
  EXPECT_EQ(transfers.asked, "shop orders");
  EXPECT_EQ(Invoke("transfer/1", "\xff\xff\xff"), QS_INVALID);
}

TEST_F(HostServicesTest, ALogRecord_IsWrittenWithoutWhatMustNotBeLogged) {
  class Kept final : public Logger {
   public:
    void Log(LogLevel, std::string_view message, const std::vector<LogField>& fields) override {
      text = message;
      for (const LogField& field : fields) text += " " + std::string(field.key) + "=" + field.value;
    }
    std::string text;
  };
  auto kept = std::make_unique<Kept>();
  const Kept& log = *kept;
  logger_ = std::move(kept);
  pb::LogRecord record;
  record.set_message("a reply for jane@doe.example is unreadable");
  (*record.mutable_fields())["buyer_email"] = "jane";
  (*record.mutable_fields())["seen.jane@doe.example"] = "twice";
  (*record.mutable_fields())["order"] = "202-1234567-1234567";
  (*record.mutable_fields())["seen"] = std::string(505, 'x') + " jane@doe.example";
  EXPECT_EQ(Invoke("log/1", record.SerializeAsString()), QS_OK);
  EXPECT_THAT(log.text, HasSubstr("a reply for *** is unreadable"));
  EXPECT_THAT(log.text, HasSubstr("order=202-1234567-1234567"));
  EXPECT_THAT(log.text, HasSubstr("buyer_email=***"));
  EXPECT_THAT(log.text, HasSubstr(" ***=twice")) << "a key is a text, too";
  EXPECT_THAT(log.text, testing::Not(HasSubstr("jane")));
}

TEST_F(HostServicesTest, OutsideTheCall_NothingIsReached) {
  EXPECT_EQ(InvokeInScope("clock/1", ""), QS_INVALID);
  EXPECT_EQ(Invoke("clock/1", "", 8), QS_INVALID) << "another call's id";
  EXPECT_EQ(Invoke(nullptr, ""), QS_INVALID);
}

TEST_F(HostServicesTest, UnreadableRequests_AreInvalid) {
  for (const char* service : {"http/1", "document/1", "log/1"}) {
    EXPECT_EQ(Invoke(service, "\xff\xff\xff"), QS_INVALID) << service;
    EXPECT_THAT(Answered<pb::Error>().message(), HasSubstr(service));
  }
  EXPECT_EQ(documents_.asked, "");
}

// The statuses that services.proto promises.
TEST_F(HostServicesTest, FailuresOfDocuments_AreToldAsTheContractHasThem) {
  const auto told = [&](absl::StatusCode code, Reason reason) {
    documents_.failure = MakeError(code, reason, "message");
    const qs_status status = Invoke("document/1", "");
    EXPECT_EQ(Answered<pb::Error>().reason(), ReasonText(reason));
    return status;
  };
  EXPECT_EQ(told(absl::StatusCode::kUnavailable, Reason::kDocumentDamaged), QS_RETRY);
  EXPECT_EQ(told(absl::StatusCode::kUnavailable, Reason::kHttpFailed), QS_RETRY);
  EXPECT_EQ(told(absl::StatusCode::kResourceExhausted, Reason::kDiskFull), QS_RETRY);
  EXPECT_EQ(told(absl::StatusCode::kResourceExhausted, Reason::kDocumentSpoolFull), QS_RETRY);
  EXPECT_EQ(told(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied), QS_DENIED);
  EXPECT_EQ(told(absl::StatusCode::kNotFound, Reason::kDocumentNotFound), QS_NOT_FOUND);
  EXPECT_EQ(told(absl::StatusCode::kNotFound, Reason::kDocumentDamaged), QS_NOT_FOUND);
  EXPECT_EQ(told(absl::StatusCode::kInvalidArgument, Reason::kDocumentTooLarge), QS_INVALID);
  EXPECT_EQ(told(absl::StatusCode::kInvalidArgument, Reason::kDocumentUnreadable), QS_INVALID);
  EXPECT_EQ(told(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown), QS_UNKNOWN);
  EXPECT_EQ(told(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded), QS_DEADLINE);
  documents_.failure = absl::CancelledError("stopped");
  EXPECT_EQ(Invoke("document/1", ""), QS_CANCELLED);
  documents_.failure = absl::UnimplementedError("none");
  EXPECT_EQ(Invoke("document/1", ""), QS_UNSUPPORTED);
}

}  // namespace
}  // namespace quayside
