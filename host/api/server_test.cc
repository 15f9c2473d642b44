#include "host/api/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "host/api/service_methods_for_tests.h"
#include "host/api/source_tree_for_tests.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  return info.st_mode & 0777;
}

absl::Status StartAnother(ApiWorld& world, const std::string& path) {
  static_cast<void>(world);
  ManualClock clock(1);
  SeededRng rng(1);
  IdSource ids(clock, rng);
  const auto logger = MakeNullLogger();
  const auto signal = MakeEventSignal();
  return StartApiServer(
             {world.store(), clock, ids, *logger, world.catalog, world.engine, world.cipher, *signal, world.budgets},
             path)
      .status();
}

TEST(ServerTest, OnlyTheOwnerReachesTheSocket) {
  ApiWorld world;
  EXPECT_EQ(ModeOf(world.socket()), 0600u);
  EXPECT_EQ(ModeOf(world.folder() + "/run"), 0700u);
}

TEST(ServerTest, SecondServerIsRefusedAndTheFirstGoesOn) {
  ApiWorld world;
  const absl::Status second = StartAnother(world, world.socket());
  EXPECT_TRUE(absl::IsUnavailable(second)) << second;
  EXPECT_TRUE(HasReason(second, Reason::kSocketInUse));
  EXPECT_TRUE(world.Ask(&Accounts::ListAccounts, "").ok());
}

TEST(ServerTest, ForeignServerOnTheSocketIsNotTakenOver) {
  ApiWorld world;
  const std::string path = world.folder() + "/run/other.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  EXPECT_TRUE(HasReason(StartAnother(world, path), Reason::kSocketInUse));
  ::close(listener);
  // Now it is a dead host's left-over.
  EXPECT_TRUE(StartAnother(world, path).ok());
}

TEST(ServerTest, RefusesUnsafePlaces) {
  ApiWorld world;
  const std::string open = world.folder() + "/open";
  std::filesystem::create_directory(open);
  ASSERT_EQ(::chmod(open.c_str(), 0755), 0);
  EXPECT_THAT(std::string(StartAnother(world, open + "/api.sock").message()), HasSubstr("chmod 700"));
  EXPECT_TRUE(
      HasReason(StartAnother(world, world.folder() + "/run/" + std::string(120, 'x')), Reason::kInvalidConfiguration));
  EXPECT_TRUE(HasReason(StartAnother(world, "relative.sock"), Reason::kInvalidConfiguration));
  const std::string file = world.folder() + "/run/file";
  std::ofstream(file) << "precious";
  EXPECT_TRUE(HasReason(StartAnother(world, file), Reason::kInvalidConfiguration));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(ServerTest, StartsAgainAfterStop) {
  ApiWorld world;
  world.MakeAccount();
  world.StopServer();
  EXPECT_FALSE(std::filesystem::exists(world.socket()));
  world.StartServer();
  EXPECT_EQ(world.Ask(&Accounts::ListAccounts, "")->accounts_size(), 1);
}

TEST(ServerTest, AConnectionWithoutACall_IsClosed_AndTheNextCallMakesAnother) {
  ApiOptions options;
  options.max_idle = std::chrono::milliseconds(50);
  ApiWorld world(options);
  ASSERT_TRUE(world.Ask(&Accounts::ListAccounts, "").ok());
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(30);
  while (world.connection->GetState(false) == GRPC_CHANNEL_READY) {
    ASSERT_TRUE(world.connection->WaitForStateChange(GRPC_CHANNEL_READY, deadline)) << "the host holds it";
  }
  EXPECT_TRUE(world.Ask(&Accounts::ListAccounts, "").ok());
}

TEST(ServerTest, HealthKnowsEachServiceAndTheEnd) {
  namespace health = grpc::health::v1;
  ApiWorld world;
  const auto stub = health::Health::NewStub(world.connection);
  const auto check = [&](const std::string& name) {
    grpc::ClientContext context;
    health::HealthCheckRequest request;
    health::HealthCheckResponse response;
    request.set_service(name);
    const grpc::Status status = stub->Check(&context, request, &response);
    return status.ok() ? health::HealthCheckResponse::ServingStatus_Name(response.status())
                       : std::to_string(static_cast<int>(status.error_code()));
  };
  EXPECT_EQ(check(""), "SERVING");
  EXPECT_EQ(check("quayside.v1.ChannelService"), "SERVING");
  EXPECT_EQ(check("quayside.v1.NoService"), "5");

  grpc::ClientContext context;
  const auto reader = stub->Watch(&context, health::HealthCheckRequest());
  health::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::SERVING);
  world.StopServer();
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(reader->Read(&response));
  const grpc::Status end = reader->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Refusal(end).info.reason(), "SHUTTING_DOWN");
}

TEST(ServerTest, HealthOfAChannel_IsThatOfItsLanes_AndFollowed) {
  namespace health = grpc::health::v1;
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto stub = health::Health::NewStub(world.connection);
  health::HealthCheckRequest request;
  request.set_service("channels/amz-de");
  const auto check = [&] {
    grpc::ClientContext context;
    health::HealthCheckResponse response;
    EXPECT_TRUE(stub->Check(&context, request, &response).ok());
    return response.status();
  };
  EXPECT_EQ(check(), health::HealthCheckResponse::NOT_SERVING) << "it is not enabled";
  grpc::ClientContext context;
  const auto reader = stub->Watch(&context, request);
  health::HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::NOT_SERVING);
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(ChannelRecord channel, tx.GetChannel("amz-de"));
    channel.enabled = true;
    return tx.PutChannel(channel, "test");
  });
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::SERVING);
  EXPECT_EQ(check(), health::HealthCheckResponse::SERVING);
  world.engine.SetActivity("amz.orders", LaneActivity::kNeedsOperator);
  // What the engine writes with it.
  world.Write([](Tx& tx) { return tx.AppendEvent({.type = "lane.needs_operator"}).status(); });
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), health::HealthCheckResponse::NOT_SERVING);
  // A lane that failed once tries again by itself.
  world.engine.SetActivity("amz.orders", LaneActivity::kBackoff);
  EXPECT_EQ(check(), health::HealthCheckResponse::SERVING);
  context.TryCancel();
  static_cast<void>(reader->Finish());
  request.set_service("channels/none");
  grpc::ClientContext unknown;
  EXPECT_EQ(stub->Check(&unknown, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(ServerTest, EveryAnswer_TellsTheHostsTime_AlsoARefusal) {
  ApiWorld world;
  const auto accounts = api::AccountService::NewStub(world.connection);
  const auto told = [&](auto call, const auto& request, auto response) {
    grpc::ClientContext context;
    static_cast<void>(call(&context, request, &response));
    const auto found = context.GetServerInitialMetadata().find("quayside-time-us");
    return found == context.GetServerInitialMetadata().end() ? ""
                                                             : std::string(found->second.data(), found->second.size());
  };
  const std::string now = std::to_string(world.clock.Now());
  const auto list = [&](auto... arguments) { return accounts->ListAccounts(arguments...); };
  EXPECT_EQ(told(list, api::ListAccountsRequest(), api::ListAccountsResponse()), now);
  const auto remove = [&](auto... arguments) { return accounts->DeleteAccount(arguments...); };
  EXPECT_EQ(told(remove, api::DeleteAccountRequest(), api::DeleteAccountResponse()), now);

  grpc::ClientContext context;
  const auto events = api::EventService::NewStub(world.connection);
  const auto reader = events->Watch(&context, api::WatchRequest());
  api::WatchResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(context.GetServerInitialMetadata().count("quayside-time-us"), 1u);
  context.TryCancel();
}

TEST(ServerTest, EveryServiceOfTheProtosIsServedAndHealthy) {
  ApiWorld world;
  const auto stub = grpc::health::v1::Health::NewStub(world.connection);
  const auto services = AllServices();
  EXPECT_GT(services.size(), 10u);
  for (const auto* service : services) {
    ASSERT_EQ(service->file()->service_count(), 1) << service->file()->name();
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    grpc::health::v1::HealthCheckResponse response;
    request.set_service(service->full_name());
    EXPECT_TRUE(stub->Check(&context, request, &response).ok()) << request.service();
  }
}

TEST(ServerTest, ForeignClientLearnsTheApiFromReflection) {
  const std::filesystem::path script = SourceTree() / "tests/api/python_client_test.py";
  if (!std::filesystem::exists(script)) GTEST_SKIP() << "the source tree is not here";
  if (std::system("/usr/bin/python3 -c 'import grpc' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3-grpcio is not installed";
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  EXPECT_EQ(std::system(("/usr/bin/python3 '" + script.string() + "' '" + world.socket() + "'").c_str()), 0);
}

}  // namespace
}  // namespace quayside
