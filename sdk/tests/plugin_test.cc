// The barrier and the dispatch, through the C table as a host sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "quayside/sdk.h"
#include "quayside/testing/fake_host.h"
#include "src/bytes.h"

const char kQuaysideManifestJson[] = R"({"id": "probe"})";
const char kQuaysidePluginId[] = "probe";
const char kQuaysidePluginVersion[] = "1.2.3";

namespace {

using namespace quayside::sdk;
using quayside::sdk::testing::FakeHost;
using quayside::sdk::testing::Json;
using ::testing::HasSubstr;

struct NoStdException {};

// Does what the request's first marketplace says.
class Probe final : public Plugin, public OrderSync {
 public:
  static Result<std::unique_ptr<Probe>> Create(const pb::InstanceConfig& config) {
    if (config.account_id() == "refuse") return Error::Invalid("NO_SUCH_THING", "because", "region");
    if (config.account_id() == "throw") throw std::runtime_error("no");
    return std::make_unique<Probe>();
  }

  static Result<pb::Cursor> UpgradeCursor(const std::string& contract, const pb::Cursor& cursor) {
    if (contract != "order_sync/1" || cursor.schema() != 1) return Plugin::UpgradeCursor(contract, cursor);
    pb::Cursor upgraded = cursor;
    upgraded.set_schema(2);
    return upgraded;
  }

  Result<pb::CheckReply> Check(Step&) override {
    pb::CheckReply reply;
    reply.add_findings()->set_subject("credentials");
    return reply;
  }

  Result<pb::PullOrdersReply> PullOrders(const pb::PullOrdersRequest& request, Step& step) override {
    const std::string& order = request.marketplaces(0);
    if (order == "throw") throw std::runtime_error("it broke");
    if (order == "throw odd") throw NoStdException();
    if (order == "throw on the way") {
      QS_TRY([[maybe_unused]] const int never, Throws());
    }
    if (order == "error") {
      Error error = Error::RetryAt(77, "THROTTLED", "wait");
      error.request_id = "rq-1";
      return error;
    }
    if (order == "error without status") return Error{QS_OK, "ODD", "an error that says OK", {}};
    if (order == "http") {
      pb::HttpRequest http;
      http.set_origin("shop");
      QS_TRY(const pb::HttpReply answer, step.Http(http));
      pb::PullOrdersReply reply;
      reply.set_next_poll_us(answer.status());
      return reply;
    }
    pb::PullOrdersReply reply;
    reply.add_orders()->set_external_id(std::string(static_cast<size_t>(request.page_size()), 'x'));
    return reply;
  }

 private:
  static Result<int> Throws() { throw std::logic_error("deep down"); }
};

}  // namespace

QUAYSIDE_PLUGIN(Probe)

namespace {

struct Answer {
  qs_status status = QS_OK;
  std::string bytes;
  [[nodiscard]] pb::Error error() const {
    pb::Error error;
    EXPECT_TRUE(error.ParseFromString(bytes));
    return error;
  }
};

class PluginTable : public ::testing::Test {
 protected:
  PluginTable() : table_(qs_plugin_entry_v1(QS_ABI_MINOR)) {}
  ~PluginTable() override {
    if (instance_ != nullptr) table_->destroy(instance_);
  }

  template <typename Run>
  static Answer Collect(Run&& run) {
    internal::ReplyBuffer buffer;
    qs_sink sink = buffer.sink();
    Answer answer;
    answer.status = run(&sink);
    answer.bytes = std::string(buffer.bytes());
    return answer;
  }

  Answer Create(const std::string& account) {
    pb::InstanceConfig config;
    config.set_account_id(account);
    const std::string bytes = config.SerializeAsString();
    return Collect(
        [&](qs_sink* sink) { return table_->create(&host_.abi(), internal::BytesOf(bytes), &instance_, sink); });
  }

  Answer Call(const char* contract, const char* method, const std::string& request) {
    if (instance_ == nullptr) {
      EXPECT_EQ(Create("shop").status, QS_OK);
    }
    const qs_call call{sizeof(qs_call), 0, 1, contract, method, host_.now() + 1'000'000, internal::BytesOf(request)};
    return Collect([&](qs_sink* sink) { return table_->call(instance_, &call, sink); });
  }

  Answer Pull(const std::string& order, int32_t page_size = 0) {
    pb::PullOrdersRequest request;
    request.add_marketplaces(order);
    request.set_page_size(page_size);
    return Call("order_sync/1", "pull", request.SerializeAsString());
  }

  FakeHost host_;
  const qs_plugin* table_;
  qs_instance* instance_ = nullptr;
};

TEST_F(PluginTable, Entry_AnswersTheSameTableEachTime) {
  EXPECT_EQ(table_, qs_plugin_entry_v1(99));
  EXPECT_EQ(table_->size, sizeof(qs_plugin));
  EXPECT_STREQ(table_->id, "probe");
  EXPECT_STREQ(table_->version, "1.2.3");
}

TEST_F(PluginTable, Describe_AnswersTheEmbeddedManifest) {
  const Answer answer = Collect([&](qs_sink* sink) { return table_->describe(sink); });
  ASSERT_EQ(answer.status, QS_OK);
  pb::DescribeReply reply;
  ASSERT_TRUE(reply.ParseFromString(answer.bytes));
  EXPECT_EQ(reply.manifest_json(), kQuaysideManifestJson);
}

TEST_F(PluginTable, Create_PassesOnTheRefusalAndItsField) {
  const Answer answer = Create("refuse");
  EXPECT_EQ(answer.status, QS_INVALID);
  EXPECT_EQ(answer.error().reason(), "NO_SUCH_THING");
  EXPECT_EQ(answer.error().field(), "region");
  EXPECT_EQ(instance_, nullptr);
}

TEST_F(PluginTable, Create_SurvivesAnException) {
  EXPECT_EQ(Create("throw").status, QS_INTERNAL);
  EXPECT_EQ(instance_, nullptr);
}

TEST_F(PluginTable, Create_RefusesBytesThatAreNoConfiguration) {
  const Answer answer = Collect(
      [&](qs_sink* sink) { return table_->create(&host_.abi(), internal::BytesOf("\xff\xff"), &instance_, sink); });
  EXPECT_EQ(answer.status, QS_INVALID);
  EXPECT_EQ(answer.error().reason(), "CONFIG_UNREADABLE");
}

TEST_F(PluginTable, Call_ReachesTheContractOfTheName) {
  const Answer answer = Pull("", 3);
  ASSERT_EQ(answer.status, QS_OK);
  pb::PullOrdersReply reply;
  ASSERT_TRUE(reply.ParseFromString(answer.bytes));
  EXPECT_EQ(reply.orders(0).external_id(), "xxx");
}

TEST_F(PluginTable, Call_ReachesEveryPluginsOwnContract) {
  const Answer check = Call("plugin/1", "check", "");
  ASSERT_EQ(check.status, QS_OK);
  pb::CheckReply reply;
  ASSERT_TRUE(reply.ParseFromString(check.bytes));
  EXPECT_EQ(reply.findings(0).subject(), "credentials");
  EXPECT_EQ(Call("plugin/1", "validate_config", "").status, QS_OK);
}

TEST_F(PluginTable, Call_OfAContractOrMethodNotOffered_SaysSo) {
  for (const auto& [contract, method] : {std::pair("listing_sync/1", "pull"),
                                         {"inventory_push/1", "push"},
                                         {"order_sync/2", "pull"},
                                         {"order_sync/1", "push"},
                                         {"", ""},
                                         {"plugin/1", "fly"},
                                         {"order_sync/1", "get"}}) {
    const Answer answer = Call(contract, method, "");
    EXPECT_EQ(answer.status, QS_UNSUPPORTED) << contract << " " << method;
    EXPECT_EQ(answer.error().reason(), "CONTRACT_NOT_OFFERED") << contract << " " << method;
  }
}

TEST_F(PluginTable, Call_WithBytesThatAreNoRequest_IsInvalid) {
  const Answer answer = Call("order_sync/1", "pull", "\xff\xff");
  EXPECT_EQ(answer.status, QS_INVALID);
  EXPECT_EQ(answer.error().reason(), "REQUEST_UNREADABLE");
}

TEST_F(PluginTable, Exception_EndsTheStepAsAPluginFault) {
  for (const char* order : {"throw", "throw on the way"}) {
    const Answer answer = Pull(order);
    EXPECT_EQ(answer.status, QS_INTERNAL);
    EXPECT_EQ(answer.error().reason(), "PLUGIN_FAULT");
  }
  EXPECT_THAT(Pull("throw").error().message(), HasSubstr("it broke"));
  EXPECT_EQ(Pull("").status, QS_OK) << "the instance is good for the next step";
}

TEST_F(PluginTable, ExceptionOfNoKnownType_EndsTheStepToo) { EXPECT_EQ(Pull("throw odd").status, QS_INTERNAL); }

TEST_F(PluginTable, Error_CrossesWithEveryField) {
  const Answer answer = Pull("error");
  EXPECT_EQ(answer.status, QS_RETRY);
  EXPECT_EQ(answer.error().reason(), "THROTTLED");
  EXPECT_EQ(answer.error().message(), "wait");
  EXPECT_EQ(answer.error().retry_at_us(), 77);
  EXPECT_EQ(answer.error().request_id(), "rq-1");
}

TEST_F(PluginTable, ErrorThatSaysOk_IsNotTakenForAReply) {
  EXPECT_EQ(Pull("error without status").status, QS_INTERNAL);
}

TEST_F(PluginTable, ReplyLargerThanTheHostTakes_IsAFaultWithoutAWriteBeyondTheRoom) {
  ASSERT_EQ(Create("shop").status, QS_OK);
  pb::PullOrdersRequest request;
  request.add_marketplaces("");
  request.set_page_size(1000);
  const std::string bytes = request.SerializeAsString();
  const qs_call call{sizeof(qs_call), 0, 1, "order_sync/1", "pull", 0, internal::BytesOf(bytes)};
  std::string room;
  qs_sink sink{&room, [](void* ctx, size_t size) -> uint8_t* {
                 if (size > 200) return nullptr;
                 auto* text = static_cast<std::string*>(ctx);
                 text->resize(size);
                 return reinterpret_cast<uint8_t*>(text->data());
               }};
  EXPECT_EQ(table_->call(instance_, &call, &sink), QS_INTERNAL);
  pb::Error error;
  ASSERT_TRUE(error.ParseFromString(room));
  EXPECT_EQ(error.reason(), "PLUGIN_FAULT");
}

TEST_F(PluginTable, HostsRefusal_PassesThroughTheStep) {
  host_.OnHttp([](const pb::HttpRequest&) -> Result<pb::HttpReply> {
    return Error{QS_DENIED, "ORIGIN_DENIED", "not declared", {}};
  });
  const Answer answer = Pull("http");
  EXPECT_EQ(answer.status, QS_DENIED);
  EXPECT_EQ(answer.error().reason(), "ORIGIN_DENIED");
}

TEST_F(PluginTable, HostsAnswer_ReachesThePlugin) {
  host_.OnHttp([](const pb::HttpRequest&) { return Json(418, "{}"); });
  const Answer answer = Pull("http");
  ASSERT_EQ(answer.status, QS_OK);
  pb::PullOrdersReply reply;
  ASSERT_TRUE(reply.ParseFromString(answer.bytes));
  EXPECT_EQ(reply.next_poll_us(), 418);
}

TEST_F(PluginTable, UpgradeCursor_AnswersTheNewSchemaOrRefuses) {
  pb::Cursor old;
  old.set_schema(1);
  old.set_state("s");
  std::string bytes = old.SerializeAsString();
  const auto upgrade = [&](const char* contract) {
    return Collect([&](qs_sink* sink) { return table_->upgrade_cursor(contract, internal::BytesOf(bytes), sink); });
  };
  const Answer answer = upgrade("order_sync/1");
  ASSERT_EQ(answer.status, QS_OK);
  pb::Cursor upgraded;
  ASSERT_TRUE(upgraded.ParseFromString(answer.bytes));
  EXPECT_EQ(upgraded.schema(), 2u);
  EXPECT_EQ(upgraded.state(), "s");
  EXPECT_EQ(upgrade("listing_sync/1").error().reason(), "CURSOR_SCHEMA_UNKNOWN");
  bytes = "\xff";
  EXPECT_EQ(upgrade("order_sync/1").error().reason(), "CURSOR_UNREADABLE");
}

}  // namespace
