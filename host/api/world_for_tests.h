// A server on a socket in a temporary folder, with a real store and cipher and a fake engine and catalog, and its
// clients. Requests are written as protobuf text:
//
//   ApiWorld world;
//   const auto answer = world.Ask(&Accounts::CreateAccount, "account_id: 'amz' account { plugin: 'plugins/amazon' }");
//   ASSERT_TRUE(answer.ok()) << answer;
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/grpcpp.h"
#include "host/api/fakes_for_tests.h"
#include "host/api/server.h"
#include "host/api/services.h"
#include "host/store/forwarding_store.h"
#include "host/store/notifying_store.h"
#include "host/store/sqlite_store.h"
#include "quayside/v1/account_service.grpc.pb.h"
#include "quayside/v1/admin_service.grpc.pb.h"
#include "quayside/v1/audit_service.grpc.pb.h"
#include "quayside/v1/channel_service.grpc.pb.h"
#include "quayside/v1/dead_letter_service.grpc.pb.h"
#include "quayside/v1/event_service.grpc.pb.h"
#include "quayside/v1/inventory_service.grpc.pb.h"
#include "quayside/v1/listing_service.grpc.pb.h"
#include "quayside/v1/operation_service.grpc.pb.h"
#include "quayside/v1/order_service.grpc.pb.h"
#include "quayside/v1/plugin_service.grpc.pb.h"
#include "quayside/v1/rule_import_service.grpc.pb.h"
#include "quayside/v1/shipping_service.grpc.pb.h"
#include "quayside/v1/sync_service.grpc.pb.h"

namespace quayside {

using Plugins = api::PluginService::Stub;
using Accounts = api::AccountService::Stub;
using Channels = api::ChannelService::Stub;
using Inventory = api::InventoryService::Stub;
using Listings = api::ListingService::Stub;
using Orders = api::OrderService::Stub;
using Shippings = api::ShippingService::Stub;
using Syncs = api::SyncService::Stub;
using Events = api::EventService::Stub;
using Admin = api::AdminService::Stub;
using Audits = api::AuditService::Stub;
using Letters = api::DeadLetterService::Stub;
using RuleImports = api::RuleImportService::Stub;
using OperationCalls = api::OperationService::Stub;

// The details of a refused call; every promise about their form is checked on the way.
struct Refusal {
  explicit Refusal(const grpc::Status& status) {
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
    EXPECT_EQ(details.message(), status.error_message());
    for (const auto& detail : details.details()) {
      detail.UnpackTo(&info);
      detail.UnpackTo(&bad_request);
      detail.UnpackTo(&request);
      detail.UnpackTo(&resource);
      detail.UnpackTo(&precondition);
      has_retry = has_retry || detail.UnpackTo(&retry);
    }
    EXPECT_EQ(info.domain(), "quayside");
    EXPECT_FALSE(request.request_id().empty());
    if (status.error_code() == grpc::StatusCode::FAILED_PRECONDITION) {
      EXPECT_EQ(precondition.violations_size(), 1);
      for (const auto& violation : precondition.violations()) EXPECT_EQ(violation.type(), info.reason());
    } else {
      EXPECT_EQ(precondition.violations_size(), 0);
    }
    bool documented = false;
#define QS_X(enumerator, text, meaning) documented = documented || info.reason() == (text);
    QUAYSIDE_REASONS(QS_X)
#undef QS_X
    EXPECT_TRUE(documented) << info.reason();
  }
  [[nodiscard]] std::vector<std::string> fields() const {
    std::vector<std::string> names;
    for (const auto& violation : bad_request.field_violations()) names.push_back(violation.field());
    return names;
  }

  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::ResourceInfo resource;
  google::rpc::PreconditionFailure precondition;
  google::rpc::RetryInfo retry;
  google::rpc::RequestInfo request;
  bool has_retry = false;
};

template <class Response>
struct Answer {
  grpc::Status status;
  Response response;
  const Response* operator->() const { return &response; }
  [[nodiscard]] bool ok() const { return status.ok(); }
  // "OK" when it was not refused.
  [[nodiscard]] std::string reason() const { return ok() ? "OK" : Refusal(status).info.reason(); }
  [[nodiscard]] grpc::StatusCode code() const { return status.error_code(); }
  [[nodiscard]] std::vector<std::string> fields() const { return Refusal(status).fields(); }
  friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
    return out << answer.status.error_code() << " " << answer.status.error_message() << " "
               << answer.response.ShortDebugString();
  }
};

template <class M>
M FromText(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// Seals by reversing; enough to see that what is stored is not what came in.
class FakeCipher final : public Cipher {
 public:
  absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const override {
    return std::string(context) + "|" + std::string(plain.rbegin(), plain.rend());
  }
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const override {
    const std::string prefix = std::string(context) + "|";
    if (!sealed.starts_with(prefix)) {
      return MakeError(absl::StatusCode::kDataLoss, Reason::kKeyUnavailable, "sealed for another place");
    }
    sealed.remove_prefix(prefix.size());
    return std::string(sealed.rbegin(), sealed.rend());
  }
};

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "quayside_api_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Lets something happen between two reads.
class StoreWithPauses final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void AfterNextRead(std::function<void()> what) {
    const std::lock_guard<std::mutex> guard(mutex_);
    what_ = std::move(what);
  }
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)> fn) override {
    const absl::Status status = inner().Read(fn);
    std::function<void()> what;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      what.swap(what_);
    }
    if (what) what();
    return status;
  }

 private:
  std::mutex mutex_;
  std::function<void()> what_;
};

class ApiWorld {
 public:
  explicit ApiWorld(ApiOptions options = {}) : options_(options) {
    auto opened = OpenSqliteStore({.data_dir = folder_.path() + "/data"});
    EXPECT_TRUE(opened.ok()) << opened.status();
    inner_ = *std::move(opened);
    pausing_ = std::make_unique<StoreWithPauses>(*inner_);
    notifying_ = std::make_unique<NotifyingStore>(*pausing_, [this] {
      ++commits;
      signal_->Notify();
    });
    catalog.store = notifying_.get();
    StartServer();
  }
  ~ApiWorld() { StopServer(); }

  void StartServer() {
    auto started = StartApiServer({*notifying_, clock, ids_, *logger_, catalog, engine, cipher, *signal_, budgets,
                                   nullptr, nullptr, &log_threshold, &documents},
                                  socket(), options_);
    ASSERT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    ConnectStubs("unix:" + socket(), grpc::InsecureChannelCredentials());
  }
  // From here on Ask and Send speak to this address.
  void ConnectStubs(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    // One connection per world: gRPC would share them between equal addresses.
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    connection = grpc::CreateCustomChannel(address, credentials, arguments);
    stubs_ = {api::PluginService::NewStub(connection),     api::AccountService::NewStub(connection),
              api::ChannelService::NewStub(connection),    api::InventoryService::NewStub(connection),
              api::ListingService::NewStub(connection),    api::OrderService::NewStub(connection),
              api::SyncService::NewStub(connection),       api::EventService::NewStub(connection),
              api::AdminService::NewStub(connection),      api::AuditService::NewStub(connection),
              api::ShippingService::NewStub(connection),   api::DeadLetterService::NewStub(connection),
              api::RuleImportService::NewStub(connection), api::OperationService::NewStub(connection)};
  }
  // Beside the one that runs.
  [[nodiscard]] absl::StatusOr<std::unique_ptr<ApiServer>> StartAnother(const std::string& path, ApiOptions options) {
    return StartApiServer({*notifying_, clock, ids_, *logger_, catalog, engine, cipher, *signal_, budgets}, path,
                          std::move(options));
  }
  void StopServer() {
    if (server != nullptr) server->Stop(kSecondUs);
    server.reset();
  }

  [[nodiscard]] std::string folder() const { return folder_.path(); }
  [[nodiscard]] std::string socket() const { return folder_.path() + "/run/api.sock"; }
  Store& store() { return *notifying_; }
  // On the thread that reads.
  void AfterNextRead(std::function<void()> what) { pausing_->AfterNextRead(std::move(what)); }
  IdSource& ids() { return ids_; }
  template <class Stub>
  Stub& stub() {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

  template <class Stub, class Request, class Response>
  Answer<Response> Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    Answer<Response> answer;
    answer.status = (stub<Stub>().*method)(&context, request, &answer.response);
    if (!answer.ok()) static_cast<void>(Refusal(answer.status));
    return answer;
  }
  template <class Stub, class Request, class Response>
  Answer<Response> Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                       const std::string& text) {
    return Send(method, FromText<Request>(text));
  }

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store().Write(fn);
    EXPECT_TRUE(status.ok()) << status;
  }
  // All events so far, as "type resource".
  std::vector<std::string> EventTexts() {
    std::vector<std::string> texts;
    const auto listed = Ask(&Events::ListEvents, "");
    for (const api::Event& event : listed->events()) texts.push_back(event.type() + " " + event.resource());
    return texts;
  }

  // An account "amz" with an enabled-or-not channel "amz-de".
  void MakeAccount(const std::string& id = "amz") {
    const auto answer =
        Ask(&Accounts::CreateAccount,
            "account_id: '" + id + "' account { plugin: 'plugins/amazon' options { key: 'region' value: 'eu' } }");
    ASSERT_TRUE(answer.ok()) << answer;
  }
  void MakeChannel(const std::string& id = "amz-de", const std::string& marketplace = "A1PA6795UKMFR9",
                   const std::string& account = "amz") {
    const auto answer = Ask(&Channels::CreateChannel, "channel_id: '" + id + "' channel { account: 'accounts/" +
                                                          account + "' marketplace: '" + marketplace + "' }");
    ASSERT_TRUE(answer.ok()) << answer;
  }

  // What Ask and Send sign in with; empty: nothing.
  std::string token;
  std::atomic<int> commits{0};
  ManualClock clock{1'767'225'600 * kSecondUs};
  FakeCatalog catalog;
  FakeEngine engine;
  FakeCipher cipher;
  FakeDocuments documents;
  RateBudgets budgets{clock};
  LogThreshold log_threshold{LogLevel::kInfo};
  std::unique_ptr<ApiServer> server;
  std::shared_ptr<grpc::Channel> connection;

 private:
  const ApiOptions options_;
  TempFolder folder_;
  SeededRng rng_{7};
  IdSource ids_{clock, rng_};
  std::unique_ptr<Logger> logger_ = MakeNullLogger();
  std::unique_ptr<EventSignal> signal_ = MakeEventSignal();
  std::unique_ptr<Store> inner_;
  std::unique_ptr<StoreWithPauses> pausing_;
  std::unique_ptr<NotifyingStore> notifying_;
  std::tuple<std::unique_ptr<Plugins>, std::unique_ptr<Accounts>, std::unique_ptr<Channels>, std::unique_ptr<Inventory>,
             std::unique_ptr<Listings>, std::unique_ptr<Orders>, std::unique_ptr<Syncs>, std::unique_ptr<Events>,
             std::unique_ptr<Admin>, std::unique_ptr<Audits>, std::unique_ptr<Shippings>, std::unique_ptr<Letters>,
             std::unique_ptr<RuleImports>, std::unique_ptr<OperationCalls>>
      stubs_;
};

}  // namespace quayside
