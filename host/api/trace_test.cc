// The trace a caller sends: where it shows again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/api/world_for_tests.h"
#include "host/base/trace_context.h"
#include "host/base/trace_scope.h"
#include "host/store/trace_key.h"

namespace quayside {
namespace {

using ::testing::MatchesRegex;

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";

struct Metadata {
  std::vector<std::string> traceparents = {};
  std::vector<std::string> tracestates = {};
};

class TraceTest : public ::testing::Test {
 protected:
  // A new location, made with this metadata: its event's trace.
  std::string TraceOfNewLocation(const std::string& id, const Metadata& metadata) {
    grpc::ClientContext context;
    for (const std::string& value : metadata.traceparents) context.AddMetadata("traceparent", value);
    api::CreateLocationResponse response;
    const grpc::Status made = world_.stub<Inventory>().CreateLocation(
        &context, FromText<api::CreateLocationRequest>("location_id: '" + id + "' location { display_name: 'L' }"),
        &response);
    EXPECT_TRUE(made.ok()) << made.error_message();
    const auto events = world_.Ask(&Events::ListEvents, "type_prefixes: 'location.created'");
    EXPECT_GT(events->events_size(), 0);
    const api::Event& newest = events->events(events->events_size() - 1);
    EXPECT_EQ(newest.resource(), "locations/" + id);
    const auto found = newest.attributes().find(kTraceIdKey);
    return found == newest.attributes().end() ? "" : found->second;
  }
  // What the engine is asked with, of a call that asks the marketplace.
  std::optional<TraceContext> TraceInTheEngine(const Metadata& metadata) {
    std::mutex mutex;
    std::optional<TraceContext> seen;
    world_.engine.test_account = [&](const std::string&, DurationUs) {
      const std::lock_guard<std::mutex> guard(mutex);
      seen = KeepTrace();
      return absl::StatusOr<plugin::v1::CheckReply>(plugin::v1::CheckReply());
    };
    grpc::ClientContext context;
    for (const std::string& value : metadata.traceparents) context.AddMetadata("traceparent", value);
    for (const std::string& value : metadata.tracestates) context.AddMetadata("tracestate", value);
    api::TestAccountResponse response;
    const grpc::Status tested = world_.stub<Accounts>().TestAccount(
        &context, FromText<api::TestAccountRequest>("name: 'accounts/amz'"), &response);
    EXPECT_TRUE(tested.ok()) << tested.error_message();
    const std::lock_guard<std::mutex> guard(mutex);
    return seen;
  }

  ApiWorld world_;
};

TEST_F(TraceTest, OfACall_IsInItsEventAndItsAuditRecord) {
  EXPECT_EQ(TraceOfNewLocation("shelf", {.traceparents = {kTraceparent}}), kTraceId);
  const auto audit = world_.Ask(&Audits::ListAuditRecords, "resource: 'locations/shelf'");
  ASSERT_EQ(audit->records_size(), 1) << audit;
  EXPECT_EQ(audit->records(0).details().at(kTraceIdKey), kTraceId);
}

TEST_F(TraceTest, WhatACallCauses_IsASpanOfItsOwn) {
  world_.MakeAccount();
  for (const char* secret : {"client_secret", "refresh_token"}) {
    world_.Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
  }
  const auto seen = TraceInTheEngine({{kTraceparent}, {"ours=1", "theirs=2"}});
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(TraceIdText(*seen), kTraceId);
  EXPECT_NE(SpanIdText(*seen), "b7ad6b7169203331");
  EXPECT_EQ(seen->state, "ours=1,theirs=2");
}

TEST_F(TraceTest, ThatIsMissingTwiceOrWrong_IsReplacedByAFreshOne) {
  std::set<std::string> fresh;
  const std::vector<Metadata> cases = {{},
                                       {.traceparents = {kTraceparent, kTraceparent}},
                                       {.traceparents = {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}},
                                       {.traceparents = {"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}},
                                       {.traceparents = {"00-00000000000000000000000000000000-b7ad6b7169203331-01"}}};
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string trace = TraceOfNewLocation("shelf-" + std::to_string(i), cases[i]);
    EXPECT_THAT(trace, MatchesRegex("[0-9a-f]{32}")) << i;
    EXPECT_NE(trace, kTraceId) << i;
    EXPECT_TRUE(fresh.insert(trace).second) << i;
  }
}

TEST_F(TraceTest, RunsAreFoundByIt) {
  world_.MakeAccount();
  world_.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  grpc::ClientContext context;
  context.AddMetadata("traceparent", kTraceparent);
  api::StartSyncResponse started;
  const grpc::Status status =
      world_.stub<Syncs>().StartSync(&context, FromText<api::StartSyncRequest>("lane: 'lanes/amz.orders'"), &started);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(started.run().trace_id(), kTraceId);
  const auto runs = world_.Ask(&Syncs::ListRuns, std::string("trace_id: '") + kTraceId + "'");
  ASSERT_EQ(runs->runs_size(), 1) << runs;
  EXPECT_EQ(runs->runs(0).name(), started.run().name());
  EXPECT_EQ(world_.Ask(&Syncs::ListRuns, "trace_id: '0af7651916cd43dd8448eb211c80319d'")->runs_size(), 0);
  EXPECT_EQ(world_.Ask(&Syncs::ListRuns, "trace_id: 'nonsense'").reason(), "INVALID_ARGUMENT");
}

TEST_F(TraceTest, OfARefusedCall_IsToldWithTheRefusal) {
  grpc::ClientContext context;
  context.AddMetadata("traceparent", kTraceparent);
  api::GetAccountResponse response;
  const grpc::Status refused = world_.stub<Accounts>().GetAccount(
      &context, FromText<api::GetAccountRequest>("name: 'accounts/none'"), &response);
  EXPECT_EQ(Refusal(refused).info.reason(), "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(Refusal(refused).request.serving_data(), std::string("trace_id=") + kTraceId);
}

}  // namespace
}  // namespace quayside
