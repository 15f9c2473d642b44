// Streams whose caller's token is revoked meanwhile: they end, and what the host does for them goes on.
// access_test.cc has those of events, of health and of imports.
#include <future>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

GenerationTransition NowIs(GenerationState state) {
  return {.plugin_id = "amazon", .version = "1.1.0", .generation = 2, .to = state};
}

class SignedOutTest : public testing::Test {
 protected:
  SignedOutTest() : world(Options()) {
    const auto made = world.Ask(&Admin::CreateToken, "token_id: 'console' token { roles: ROLE_PLUGIN_ADMIN }");
    EXPECT_TRUE(made.ok()) << made;
    secret = made->secret();
    remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  }
  static ApiOptions Options() {
    ApiOptions options;
    options.remote.listen = "127.0.0.1:0";
    return options;
  }
  void SignIn(grpc::ClientContext& context) const { context.AddMetadata("authorization", "Bearer " + secret); }
  // As the owner of the socket.
  void Revoke() { EXPECT_TRUE(world.Ask(&Admin::RevokeToken, "name: 'tokens/console'").ok()); }
  static void ExpectSignedOut(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Refusal(status).info.reason(), "TOKEN_REFUSED");
  }
  // As it is when it is over.
  api::Operation Ended(const std::string& name) {
    grpc::ClientContext context;
    const auto reader = world.stub<OperationCalls>().WatchOperation(
        &context, FromText<api::WatchOperationRequest>("name: '" + name + "'"));
    api::Operation last;
    for (api::WatchOperationResponse message; reader->Read(&message);) last = message.operation();
    EXPECT_TRUE(reader->Finish().ok());
    return last;
  }

  ApiWorld world;
  std::string secret;
  std::shared_ptr<grpc::Channel> remote;
};

TEST_F(SignedOutTest, WhoWatchesAnOperation_IsCutOff_AlsoWithoutNewsOfIt) {
  std::promise<void> go_on;
  world.catalog.reload = [&](const ReloadRequest&, const ReloadObserver&) -> absl::StatusOr<ReloadReport> {
    go_on.get_future().wait();
    return ReloadReport{.generation = 2, .version = "1.1.0"};
  };
  grpc::ClientContext asked;
  const auto begun = world.stub<Plugins>().ReloadPlugin(
      &asked, FromText<api::ReloadPluginRequest>("name: 'plugins/amazon' background: true"));
  api::ReloadPluginResponse first;
  ASSERT_TRUE(begun->Read(&first));
  EXPECT_FALSE(begun->Read(&first));
  EXPECT_TRUE(begun->Finish().ok());

  const auto operations = api::OperationService::NewStub(remote);
  grpc::ClientContext context;
  SignIn(context);
  api::WatchOperationRequest request;
  request.set_name(first.operation());
  const auto reader = operations->WatchOperation(&context, request);
  api::WatchOperationResponse news;
  ASSERT_TRUE(reader->Read(&news));
  Revoke();
  EXPECT_FALSE(reader->Read(&news));
  ExpectSignedOut(reader->Finish());
  go_on.set_value();
  EXPECT_EQ(Ended(first.operation()).state(), api::OPERATION_STATE_SUCCEEDED);
}

TEST_F(SignedOutTest, WhoReloadsAPlugin_HearsNoMoreOfIt_AndTheReloadGoesOn) {
  world.catalog.reload = [&](const ReloadRequest&, const ReloadObserver& observer) -> absl::StatusOr<ReloadReport> {
    observer(NowIs(GenerationState::kLoaded));
    Revoke();
    observer(NowIs(GenerationState::kActive));
    return ReloadReport{.generation = 2, .version = "1.1.0"};
  };
  const auto plugins = api::PluginService::NewStub(remote);
  grpc::ClientContext context;
  SignIn(context);
  const auto reader = plugins->ReloadPlugin(&context, FromText<api::ReloadPluginRequest>("name: 'plugins/amazon'"));
  api::ReloadPluginResponse message;
  ASSERT_TRUE(reader->Read(&message));
  const std::string operation = message.operation();
  EXPECT_EQ(message.transition().to(), "LOADED");
  EXPECT_FALSE(reader->Read(&message)) << message.ShortDebugString();
  ExpectSignedOut(reader->Finish());
  const api::Operation over = Ended(operation);
  EXPECT_EQ(over.state(), api::OPERATION_STATE_SUCCEEDED);
  EXPECT_EQ(over.creator(), "tokens/console");
}

}  // namespace
}  // namespace quayside
