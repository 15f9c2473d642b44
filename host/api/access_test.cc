// Who may call what, over the wire. The methods come from the descriptors of every service file in the source tree, so
// that a new one is called here without anybody thinking of it.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "host/access/roles.h"
#include "host/api/service_methods_for_tests.h"
#include "host/api/world_for_tests.h"
#include "host/base/text.h"
#include "host/store/sqlite_connection.h"
#include "quayside/v1/options.pb.h"

namespace quayside {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::string PathOf(const MethodDescriptor& method) { return "/" + method.service()->full_name() + "/" + method.name(); }

// Speaks any method with an empty request, as unary or stream.
grpc::Status CallEmpty(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                       const std::string& token) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  grpc::CompletionQueue queue;
  const auto await = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  await();
  const grpc::Slice nothing("");
  call->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), nullptr);
  await();
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool answered = await();
  if (answered) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  await();
  return answered ? grpc::Status::OK : status;
}

class AccessTest : public testing::Test {
 protected:
  static ApiOptions Options(AccessLimits limits) {
    ApiOptions options;
    options.limits = limits;
    options.remote.listen = "127.0.0.1:0";
    return options;
  }
  explicit AccessTest(AccessLimits limits = {.calls_per_second = 1'000'000, .streams = 1000})
      : world(Options(limits)) {}

  // As the owner of the socket.
  std::string MakeToken(const std::string& id, const std::string& rest) {
    const auto made = world.Ask(&Admin::CreateToken, "token_id: '" + id + "' " + rest);
    EXPECT_TRUE(made.ok()) << made;
    return made->secret();
  }
  std::string TokenWith(const std::string& role) {
    return MakeToken("t-" + RoleName(role), "token { roles: " + role + " }");
  }
  static std::string RoleName(const std::string& role) {
    std::string name = LowerCase(role);
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
  }
  void GoRemote() { world.ConnectStubs(world.server->remote_address(), grpc::InsecureChannelCredentials()); }
  std::vector<AuditRecord> Audit() {
    std::vector<AuditRecord> records;
    EXPECT_TRUE(world.store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(records, tx.WalkAudit(0, 10'000));
                      return absl::OkStatus();
                    })
                    .ok());
    return records;
  }

  ApiWorld world;
};

TEST(Methods, EachSaysItsRole_AndItsChannelFieldIsThere) {
  std::set<const google::protobuf::Descriptor*> requests;
  const auto methods = AllMethods();
  for (const MethodDescriptor* method : methods) {
    EXPECT_NE(RequiredRole(*method), api::ROLE_UNSPECIFIED) << method->full_name();
    // The request alone tells the method.
    EXPECT_TRUE(requests.insert(method->input_type()).second) << method->full_name();
    EXPECT_EQ(MethodOf(*method->input_type()), method);
    const std::string path = method->options().GetExtension(api::channel_field);
    const auto* message = method->input_type();
    const FieldDescriptor* field = nullptr;
    for (size_t begin = 0; !path.empty() && begin <= path.size();) {
      const size_t end = std::min(path.find('.', begin), path.size());
      field = message == nullptr ? nullptr : message->FindFieldByName(path.substr(begin, end - begin));
      ASSERT_NE(field, nullptr) << method->full_name() << " has no " << path;
      message = field->message_type();
      begin = end + 1;
    }
    if (field != nullptr) {
      EXPECT_EQ(field->cpp_type(), FieldDescriptor::CPPTYPE_STRING) << method->full_name();
    }
  }
  EXPECT_GT(methods.size(), 55U);
}

TEST_F(AccessTest, EveryMethod_LetsInWhomItsRoleSays_AndNobodyElse) {
  struct Caller {
    std::string name;
    std::string token;
    std::vector<Role> roles;
  };
  std::vector<Caller> callers = {{"nobody", "", {}}, {"a guess", "qst_guess", {}}};
  for (int value = api::ROLE_VIEWER; value <= api::Role_MAX; ++value) {
    const auto role = static_cast<Role>(value);
    callers.push_back({RoleText(role), TokenWith(api::Role_Name(role)), {role}});
  }
  callers.push_back({"expired", MakeToken("expired", "token { roles: ROLE_ADMIN } lifetime { seconds: 60 }"), {}});
  callers.push_back({"revoked", MakeToken("revoked", "token { roles: ROLE_ADMIN }"), {}});
  std::string tampered = MakeToken("original", "token { roles: ROLE_ADMIN }");
  tampered.back() = tampered.back() == 'A' ? 'B' : 'A';
  callers.push_back({"tampered", tampered, {}});
  ASSERT_TRUE(world.Ask(&Admin::RevokeToken, "name: 'tokens/revoked'").ok());
  world.clock.Advance(kMinuteUs);
  GoRemote();
  int let_in = 0;
  for (const MethodDescriptor* method : AllMethods()) {
    for (const Caller& caller : callers) {
      const grpc::Status status = CallEmpty(world.connection, PathOf(*method), caller.token);
      const std::string what = method->full_name() + " as " + caller.name + ": " + status.error_message();
      if (caller.roles.empty()) {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << what;
        static_cast<void>(Refusal(status));
      } else if (!Includes(caller.roles, RequiredRole(*method))) {
        EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << what;
        EXPECT_EQ(Refusal(status).info.reason(), "PERMISSION_DENIED") << what;
      } else {
        ++let_in;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << what;
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << what;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << what;
      }
    }
  }
  EXPECT_GT(let_in, 100);
}

TEST_F(AccessTest, Reflection_AndTheHealthOfServices_AreForWhoIsSignedIn) {
  const std::string token = TokenWith("ROLE_VIEWER");
  world.MakeAccount();
  world.MakeChannel("mine");
  const std::string limited = MakeToken("limited", "token { roles: ROLE_VIEWER channels: 'channels/mine' }");
  ASSERT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/mine'").ok());
  GoRemote();
  constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  EXPECT_EQ(CallEmpty(world.connection, kReflection, "").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(CallEmpty(world.connection, kReflection, "qst_guess").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_NE(CallEmpty(world.connection, kReflection, token).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  // That nobody has a method is told to everybody; of reflection, its versions that are not here are guarded, too.
  const grpc::Status unknown = CallEmpty(world.connection, "/quayside.v1.PluginService/NoSuchMethod", "");
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(Refusal(unknown).info.reason(), "METHOD_UNKNOWN");
  constexpr char kLaterReflection[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  EXPECT_EQ(CallEmpty(world.connection, kLaterReflection, "").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refusal(CallEmpty(world.connection, kLaterReflection, token)).info.reason(), "METHOD_UNKNOWN");

  namespace health = grpc::health::v1;
  const auto stub = health::Health::NewStub(world.connection);
  const auto check = [&](const std::string& service, const std::string& secret) {
    grpc::ClientContext context;
    if (!secret.empty()) context.AddMetadata("authorization", "Bearer " + secret);
    health::HealthCheckRequest request;
    health::HealthCheckResponse response;
    request.set_service(service);
    return stub->Check(&context, request, &response).error_code();
  };
  EXPECT_EQ(check("", ""), grpc::StatusCode::OK);
  EXPECT_EQ(check("quayside.v1.OrderService", ""), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(check("no.such.Service", ""), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(check("quayside.v1.OrderService", token), grpc::StatusCode::OK);
  EXPECT_EQ(check("channels/none", ""), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(check("channels/none", token), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(check("channels/none", limited), grpc::StatusCode::PERMISSION_DENIED) << "it may be there or not";
  EXPECT_EQ(check("channels/mine", limited), grpc::StatusCode::NOT_FOUND);
  world.StopServer();
  std::set<std::string> refused;
  for (const AuditRecord& record : Audit()) {
    if (record.action == "ServerReflection.ServerReflectionInfo") refused.insert(record.actor + " " + record.outcome);
  }
  EXPECT_THAT(refused, UnorderedElementsAre("nobody NOT_SIGNED_IN", "nobody TOKEN_REFUSED"));
}

TEST_F(AccessTest, ARefusal_DoesNotTellWhatExists) {
  world.MakeAccount();
  world.MakeChannel();
  world.token = TokenWith("ROLE_VIEWER");
  GoRemote();
  const auto there = world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'");
  const auto absent = world.Ask(&Channels::DeleteChannel, "name: 'channels/none'");
  const auto malformed = world.Ask(&Channels::DeleteChannel, "name: '' request_id: ' '");
  for (const auto& answer : {there, absent, malformed}) {
    EXPECT_EQ(answer.code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(answer.status.error_message(), there.status.error_message());
  }
}

TEST_F(AccessTest, ATokenOfAChannel_ReachesNoOther) {
  world.MakeAccount();
  world.MakeChannel();
  world.MakeChannel("amz-uk", "A1F83G8C2ARO7P");
  world.token = MakeToken("de", "token { roles: ROLE_OPERATOR channels: 'channels/amz-de' }");
  GoRemote();
  EXPECT_TRUE(world.Ask(&Channels::GetChannel, "name: 'channels/amz-de'").ok());
  EXPECT_EQ(world.Ask(&Channels::GetChannel, "name: 'channels/amz-uk'").reason(), "PERMISSION_DENIED");
  EXPECT_EQ(world.Ask(&Channels::ListChannels, "").reason(), "PERMISSION_DENIED");
  EXPECT_TRUE(world.Ask(&Listings::ListListings, "parent: 'channels/amz-de'").ok());
  EXPECT_EQ(world.Ask(&Listings::ListListings, "parent: 'channels/amz-uk'").reason(), "PERMISSION_DENIED");
  EXPECT_TRUE(world.Ask(&Channels::ListChannelRevisions, "parent: 'channels/amz-de'").ok());
  EXPECT_EQ(world.Ask(&Channels::ListChannelRevisions, "parent: 'channels/amz-uk'").reason(), "PERMISSION_DENIED");
  const std::string rule = "update_mask { paths: 'ignored' } listing { ignored: true name: ";
  EXPECT_EQ(world.Ask(&Listings::UpdateListing, rule + "'channels/amz-de/listings/A' }").reason(), "LISTING_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Listings::UpdateListing, rule + "'channels/amz-uk/listings/A' }").reason(), "PERMISSION_DENIED");
  EXPECT_EQ(world.Ask(&Inventory::ExplainQuantity, "name: 'channels/amz-de/listings/A'").reason(), "LISTING_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Inventory::ExplainQuantity, "name: 'channels/amz-uk/listings/A'").reason(), "PERMISSION_DENIED");
  EXPECT_EQ(world.Ask(&Letters::ListDeadLetters, "").reason(), "PERMISSION_DENIED");
  const std::string mapping = " tag: 'STANDARD' postal_method: 'postalMethods/default'";
  EXPECT_TRUE(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/amz-de'" + mapping).ok());
  EXPECT_EQ(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/amz-uk'" + mapping).reason(),
            "PERMISSION_DENIED");
  EXPECT_EQ(world.Ask(&Shippings::ListPostalMethods, "").reason(), "PERMISSION_DENIED");
  EXPECT_EQ(world.Ask(&Orders::RetryDespatches, "filter { channel: 'channels/amz-de' }").reason(), "PERMISSION_DENIED");
}

TEST_F(AccessTest, ChangesAndRefusals_AreWrittenDown_WithTheCaller) {
  const std::string admin = MakeToken("boss", "token { roles: ROLE_ADMIN }");
  const std::string viewer = TokenWith("ROLE_VIEWER");
  GoRemote();
  world.token = admin;
  world.MakeAccount();
  ASSERT_TRUE(world
                  .Ask(&Accounts::CreateAccount,
                       "account_id: 'x' account { plugin: 'plugins/amazon' options { key: "
                       "'region' value: 'eu' } } validate_only: true")
                  .ok());
  world.token = viewer;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz'").ok());
  }
  world.token = "";
  EXPECT_EQ(world.Ask(&Accounts::ListAccounts, "").reason(), "NOT_SIGNED_IN");
  world.StopServer();
  std::set<std::string> rows;
  int64_t refused = 0;
  for (const AuditRecord& record : Audit()) {
    const std::string row = record.actor + " " + record.action + " " + record.resource + " " + record.outcome;
    EXPECT_EQ(record.hash.size(), 32U);
    if (record.outcome == "PERMISSION_DENIED") {
      EXPECT_EQ(record.details.count("trace_id"), 1U);
      const auto times = record.details.find("times");
      refused += times == record.details.end() ? 1 : std::stoll(times->second);
    }
    rows.insert(row);
  }
  EXPECT_EQ(refused, 3);
  EXPECT_THAT(rows,
              UnorderedElementsAre("local AdminService.CreateToken tokens/boss ok",
                                   "local AdminService.CreateToken tokens/t-role-viewer ok",
                                   "tokens/boss AccountService.CreateAccount accounts/amz ok",
                                   "tokens/t-role-viewer AccountService.DeleteAccount accounts/amz PERMISSION_DENIED",
                                   "nobody AccountService.ListAccounts  NOT_SIGNED_IN"));
}

TEST_F(AccessTest, AChannelsHistory_NamesTheCaller) {
  world.MakeAccount();
  world.MakeChannel();
  world.token = MakeToken("boss", "token { roles: ROLE_CHANNEL_ADMIN }");
  GoRemote();
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { max_listed_quantity: 4 } } "
                       "update_mask { paths: 'config.max_listed_quantity' }")
                  .ok());
  const auto history = world.Ask(&Channels::ListChannelRevisions, "parent: 'channels/amz-de'");
  ASSERT_EQ(history->revisions_size(), 2) << history;
  EXPECT_EQ(history->revisions(0).changed_by(), "tokens/boss");
  EXPECT_EQ(history->revisions(1).changed_by(), "local");
}

TEST_F(AccessTest, ASecret_IsInItsAnswerOnly) {
  const std::string request = "token_id: 'ci' token { roles: ROLE_VIEWER } request_id: 'r1'";
  const std::string secret = world.Ask(&Admin::CreateToken, request)->secret();
  EXPECT_EQ(secret.rfind("qst_", 0), 0U);
  const auto repeated = world.Ask(&Admin::CreateToken, request);
  ASSERT_TRUE(repeated.ok()) << repeated;
  EXPECT_EQ(repeated->secret(), "");
  EXPECT_EQ(repeated->token().name(), "tokens/ci");
  EXPECT_EQ(world.Ask(&Admin::CreateToken, "token_id: 'ci' token { roles: ROLE_VIEWER }").reason(), "TOKEN_EXISTS");
  EXPECT_EQ(world.Ask(&Admin::RevokeToken, "name: 'tokens/none'").reason(), "TOKEN_NOT_FOUND");
  EXPECT_THAT(world.Ask(&Admin::CreateToken, "token_id: 'A' token { roles: 77 channels: 'x' } lifetime { seconds: 1 }")
                  .fields(),
              UnorderedElementsAre("token_id", "token.roles", "token.channels", "lifetime"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world.folder())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(bytes, Not(HasSubstr(secret))) << entry.path();
  }
}

TEST_F(AccessTest, ATokensStream_EndsWithTheToken) {
  const std::string token = TokenWith("ROLE_VIEWER");
  const auto remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto events = api::EventService::NewStub(remote);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  const auto stream = events->Watch(&context, api::WatchRequest());
  api::WatchResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_TRUE(world.Ask(&Admin::RevokeToken, "name: 'tokens/t-role-viewer'").ok());
  while (stream->Read(&response)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refusal(status).info.reason(), "TOKEN_REFUSED");
}

TEST_F(AccessTest, WhatATokenFollowsOfHealth_EndsWithTheToken) {
  const std::string token = TokenWith("ROLE_VIEWER");
  const auto remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto health = grpc::health::v1::Health::NewStub(remote);
  // The host as a whole is everybody's: its stream stays.
  grpc::ClientContext whole_context;
  const auto whole = health->Watch(&whole_context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(whole->Read(&response));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("quayside.v1.OrderService");
  const auto stream = health->Watch(&context, request);
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_TRUE(world.Ask(&Admin::RevokeToken, "name: 'tokens/t-role-viewer'").ok());
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refusal(status).info.reason(), "TOKEN_REFUSED");
  world.StopServer();
  ASSERT_TRUE(whole->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(whole->Read(&response));
  static_cast<void>(whole->Finish());
}

TEST_F(AccessTest, ATokensImport_EndsWithTheToken_AndLeavesWhatIsStored) {
  const std::string token = TokenWith("ROLE_OPERATOR");
  const auto remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto inventory = api::InventoryService::NewStub(remote);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  api::ImportLevelsResponse response;
  const auto stream = inventory->ImportLevels(&context, &response);
  ASSERT_TRUE(stream->Write(FromText<api::ImportLevelsRequest>("create_items: true changes { sku: 'A' level: 1 }")));
  const auto item = [&] { return world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'A'"); };
  while (!item().ok()) std::this_thread::yield();
  ASSERT_TRUE(world.Ask(&Admin::RevokeToken, "name: 'tokens/t-role-operator'").ok());
  stream->Write(FromText<api::ImportLevelsRequest>("changes { sku: 'A' level: 2 }"));
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Refusal(status).info.reason(), "TOKEN_REFUSED");
  EXPECT_EQ(Refusal(status).info.metadata().at("levels"), "1");
  EXPECT_EQ(item()->item().levels(0).level(), 1);
}

TEST_F(AccessTest, TheAuditTrail_IsVerified_AndTellsWhereItWasChanged) {
  for (int i = 0; i < 4; ++i) MakeToken("t" + std::to_string(i), "token { roles: ROLE_VIEWER }");
  const auto good = world.Ask(&Audits::VerifyAuditRecords, "");
  ASSERT_TRUE(good.ok()) << good;
  EXPECT_EQ(good->checked(), 4);
  EXPECT_EQ(good->broken_sequence(), 0);
  EXPECT_EQ(good->last_sequence(), 4);
  const std::string known = "known_sequence: 4 known_hash: '" + good->last_hash() + "'";
  EXPECT_EQ(world.Ask(&Audits::VerifyAuditRecords, known + " after_sequence: 2")->checked(), 2);
  EXPECT_EQ(world.Ask(&Audits::VerifyAuditRecords, known)->broken_sequence(), 0);
  EXPECT_EQ(world.Ask(&Audits::VerifyAuditRecords, "known_sequence: 4 known_hash: '" + std::string(64, '0') + "'")
                ->broken_how(),
            "known_hash");
  EXPECT_THAT(world.Ask(&Audits::VerifyAuditRecords, "known_sequence: 4").fields(), ElementsAre("known_hash"));

  world.StopServer();
  auto db = SqliteConnection::Open(world.folder() + "/data/quayside.db", SqliteConnection::Role::kWriter);
  ASSERT_TRUE(db.ok()) << db.status();
  ASSERT_TRUE((*db)->Exec("UPDATE audit SET resource = 'tokens/else' WHERE id = 2").ok());
  world.StartServer();
  const auto changed = world.Ask(&Audits::VerifyAuditRecords, "");
  EXPECT_EQ(changed->broken_sequence(), 2);
  EXPECT_EQ(changed->broken_how(), "changed");
  ASSERT_TRUE((*db)->Exec("DELETE FROM audit WHERE id = 2").ok());
  EXPECT_EQ(world.Ask(&Audits::VerifyAuditRecords, "")->broken_how(), "missing");
  ASSERT_TRUE((*db)->Exec("DELETE FROM audit WHERE id > 1").ok());
  const auto cut = world.Ask(&Audits::VerifyAuditRecords, "");
  EXPECT_EQ(cut->broken_sequence(), 2);
  EXPECT_EQ(cut->broken_how(), "missing");
}

class LimitedAccessTest : public AccessTest {
 protected:
  LimitedAccessTest() : AccessTest({.calls_per_second = 5, .streams = 1}) {}
};

TEST_F(LimitedAccessTest, ACaller_IsSlowedDown_AndTheOwnerOfTheSocketIsNot) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(world.Ask(&Accounts::ListAccounts, "").ok());
  world.token = TokenWith("ROLE_VIEWER");
  GoRemote();
  bool slowed = false;
  for (int i = 0; i < 200 && !slowed; ++i) {
    const auto answer = world.Ask(&Accounts::ListAccounts, "");
    slowed = !answer.ok();
    if (!slowed) continue;
    EXPECT_EQ(answer.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    const Refusal refusal(answer.status);
    EXPECT_EQ(refusal.info.reason(), "CALL_LIMIT");
    EXPECT_TRUE(refusal.has_retry);
  }
  EXPECT_TRUE(slowed);
}

TEST_F(LimitedAccessTest, StreamsOfStrangers_TakeThePlacesOfNobodyElse) {
  const std::string token = TokenWith("ROLE_VIEWER");
  const auto remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto health = grpc::health::v1::Health::NewStub(remote);
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  grpc::ClientContext strangers_context;
  const auto strangers = health->Watch(&strangers_context, request);
  ASSERT_TRUE(strangers->Read(&response));
  grpc::ClientContext more_context;
  const auto more = health->Watch(&more_context, request);
  EXPECT_FALSE(more->Read(&response));
  EXPECT_EQ(Refusal(more->Finish()).info.reason(), "STREAM_LIMIT");
  request.set_service("quayside.v1.OrderService");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  const auto stream = health->Watch(&context, request);
  EXPECT_TRUE(stream->Read(&response));
  for (grpc::ClientContext* each : {&strangers_context, &context}) each->TryCancel();
  static_cast<void>(strangers->Finish());
  static_cast<void>(stream->Finish());
}

TEST_F(LimitedAccessTest, ACallersStreams_AreCounted) {
  const std::string token = TokenWith("ROLE_VIEWER");
  const auto remote = grpc::CreateChannel(world.server->remote_address(), grpc::InsecureChannelCredentials());
  const auto events = api::EventService::NewStub(remote);
  grpc::ClientContext first_context;
  first_context.AddMetadata("authorization", "Bearer " + token);
  const auto first = events->Watch(&first_context, api::WatchRequest());
  api::WatchResponse response;
  ASSERT_TRUE(first->Read(&response));
  grpc::ClientContext second_context;
  second_context.AddMetadata("authorization", "Bearer " + token);
  const auto second = events->Watch(&second_context, api::WatchRequest());
  EXPECT_FALSE(second->Read(&response));
  const grpc::Status refused = second->Finish();
  EXPECT_EQ(Refusal(refused).info.reason(), "STREAM_LIMIT");
  EXPECT_TRUE(Refusal(refused).has_retry);
  first_context.TryCancel();
  static_cast<void>(first->Finish());
}

}  // namespace
}  // namespace quayside
