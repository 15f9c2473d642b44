#include "tools/quayside/tests/fake_host.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "google/rpc/status.pb.h"

namespace quayside::cli {

// NOLINTBEGIN: the shape of every method is gRPC's
#define QS_FAKE(Method, body)                                                           \
  grpc::Status Method(grpc::ServerContext* context, const v1::Method##Request* request, \
                      v1::Method##Response* response) override {                        \
    TellTime(*context, host.data);                                                      \
    host.ledger.KeepTraceOf(*context);                                                  \
    if (grpc::Status failed = host.ledger.Take(*request); !failed.ok()) return failed;  \
    (void)response;                                                                     \
    body;                                                                               \
    return grpc::Status::OK;                                                            \
  }
// NOLINTEND

namespace {

template <class Rows, class Out>
void Page(const Rows& rows, int page_size, const std::string& token, Out add, std::string* next) {
  std::size_t begin = 0;
  (void)absl::SimpleAtoi(token, &begin);
  const std::size_t end = std::min(rows.size(), begin + static_cast<std::size_t>(page_size));
  for (std::size_t i = begin; i < end; ++i) *add() = rows[i];
  if (end < rows.size()) *next = std::to_string(end);
}

void TellTime(grpc::ServerContext& context, const HostData& data) {
  if (data.time_us != 0) context.AddInitialMetadata("quayside-time-us", std::to_string(data.time_us));
}

}  // namespace

struct FakePlugins : v1::PluginService::Service {
  explicit FakePlugins(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListPlugins, for (const auto& plugin : host.data.plugins) * response->add_plugins() = plugin)
  QS_FAKE(GetPlugin, if (!host.data.plugins.empty()) * response->mutable_plugin() = host.data.plugins.front())
  QS_FAKE(InspectPlugin, response->mutable_plugin()->set_version("1.1.0"))
  QS_FAKE(InstallPlugin, {
    if (request->background()) {
      response->set_operation("operations/11");
    } else {
      *response->mutable_plugin() = host.data.plugins.front();
    }
  })
  QS_FAKE(RollbackPlugin, *response = host.data.rollback)
  QS_FAKE(UnloadPlugin, {})
  QS_FAKE(ReleasePlugin, {})
  grpc::Status ReloadPlugin(grpc::ServerContext*, const v1::ReloadPluginRequest* request,
                            grpc::ServerWriter<v1::ReloadPluginResponse>* writer) override {
    if (grpc::Status failed = host.ledger.Take(*request); !failed.ok()) return failed;
    for (const auto& message : host.data.reload) writer->Write(message);
    return host.data.reload_end;
  }
  FakeHost& host;
};

struct FakeAccounts : v1::AccountService::Service {
  explicit FakeAccounts(FakeHost& fake) : host(fake) {}
  QS_FAKE(CreateAccount, {
    v1::Account& account = host.data.account;
    const auto secrets = account.secrets_set();
    account = request->account();
    account.set_name("accounts/" + request->account_id());
    *account.mutable_secrets_set() = secrets;
    *response->mutable_account() = account;
  })
  QS_FAKE(GetAccount, *response->mutable_account() = host.data.account)
  QS_FAKE(ListAccounts, if (!host.data.account.name().empty()) * response->add_accounts() = host.data.account)
  QS_FAKE(DeleteAccount, {})
  QS_FAKE(UpdateAccount, *response->mutable_account() = request->account())
  QS_FAKE(SetAccountSecret, {
    (*host.data.account.mutable_secrets_set())[request->secret()] = !request->value().empty();
    *response->mutable_account() = host.data.account;
  })
  QS_FAKE(TestAccount, *response = host.data.test)
  FakeHost& host;
};

struct FakeChannels : v1::ChannelService::Service {
  explicit FakeChannels(FakeHost& fake) : host(fake) {}
  QS_FAKE(GetChannel, *response->mutable_channel() = host.data.channel)
  QS_FAKE(ListChannels, *response->add_channels() = host.data.channel)
  QS_FAKE(CreateChannel, *response->mutable_channel() = request->channel())
  QS_FAKE(UpdateChannel, {
    *response->mutable_channel() = request->channel();
    response->mutable_channel()->set_config_revision(host.data.channel.config_revision() + 1);
  })
  QS_FAKE(ListChannelRevisions, for (const auto& revision : host.data.revisions) * response->add_revisions() = revision)
  QS_FAKE(EnableChannel, *response->mutable_channel() = host.data.channel)
  QS_FAKE(TestChannel, *response = host.data.channel_test)
  FakeHost& host;
};

struct FakeSync : v1::SyncService::Service {
  explicit FakeSync(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListLanes, for (const auto& lane : host.data.lanes) * response->add_lanes() = lane)
  QS_FAKE(ListRuns, for (const auto& run : host.data.runs) * response->add_runs() = run)
  QS_FAKE(StartSync, {
    response->mutable_run()->set_name("runs/1");
    response->mutable_run()->set_lane(request->lane());
    response->mutable_run()->set_state(v1::RUN_STATE_QUEUED);
  })
  QS_FAKE(GetRun, {
    *response->mutable_run() = host.data.runs.front();
    if (host.data.runs.size() > 1) host.data.runs.erase(host.data.runs.begin());
  })
  QS_FAKE(CancelRun, {
    response->mutable_run()->set_name(request->name());
    response->mutable_run()->set_lane("lanes/main.orders");
    response->mutable_run()->set_state(host.data.runs.empty() ? v1::RUN_STATE_CANCELLED
                                                              : host.data.runs.front().state());
  })
  QS_FAKE(ListRateBudgets, Page(
                               host.data.budgets, request->page_size(), request->page_token(),
                               [&] { return response->add_rate_budgets(); }, response->mutable_next_page_token()))
  QS_FAKE(GetPlan, *response->mutable_plan() = host.data.plan)
  QS_FAKE(PlanSync, {
    *response->mutable_plan() = host.data.plan;
    if (request->page_token().empty() && host.data.plan_in_parts) response->set_next_page_token("more");
  })
  QS_FAKE(ListPlanRows, Page(
                            host.data.plan_rows, request->page_size(), request->page_token(),
                            [&] { return response->add_rows(); }, response->mutable_next_page_token()))
  QS_FAKE(ApplyPlan, {
    response->set_rows(host.data.plan.rows() - 1);
    response->set_stale(1);
    response->set_more(host.data.more_to_apply);
    host.data.more_to_apply = false;
  })
  QS_FAKE(DiscardPlan, {})
  QS_FAKE(ListDocuments, Page(
                             host.data.documents, request->page_size(), request->page_token(),
                             [&] { return response->add_documents(); }, response->mutable_next_page_token()))
  QS_FAKE(PauseLane, response->mutable_lane()->set_name(request->name()))
  QS_FAKE(ScheduleLane, response->mutable_lane()->set_name(request->name()))
  QS_FAKE(GetLane, *response->mutable_lane() = host.data.lanes.front())
  QS_FAKE(RecoverOrder, *response = host.data.recovered)
  QS_FAKE(SetCheckpoint, {
    response->mutable_lane()->set_name(request->name());
    *response->mutable_before_time() = host.data.checkpoint_before;
  })
  FakeHost& host;
};

struct FakeInventory : v1::InventoryService::Service {
  explicit FakeInventory(FakeHost& fake) : host(fake) {}
  QS_FAKE(GetItem, {
    for (const auto& item : host.data.items) {
      if (item.sku() == request->sku()) *response->mutable_item() = item;
    }
    if (!response->has_item()) return HostError(grpc::NOT_FOUND, "there is no such item", "ITEM_NOT_FOUND");
  })
  QS_FAKE(ListItems, Page(
                         host.data.items, request->page_size(), request->page_token(),
                         [&] { return response->add_items(); }, response->mutable_next_page_token()))
  QS_FAKE(SetLevels, response->set_changed(request->changes_size()))
  // As many as the host says are stored under an id; others begin at nothing.
  grpc::Status ImportLevels(grpc::ServerContext* context, grpc::ServerReader<v1::ImportLevelsRequest>* reader,
                            v1::ImportLevelsResponse* response) override {
    TellTime(*context, host.data);
    host.ledger.KeepTraceOf(*context);
    std::string id;
    for (v1::ImportLevelsRequest message; reader->Read(&message); message.Clear()) {
      if (grpc::Status failed = host.ledger.Take(message); !failed.ok()) return failed;
      if (!message.request_id().empty()) id = message.request_id();
      stored[id] += message.changes_size();
    }
    response->set_levels(stored[id]);
    return grpc::Status::OK;
  }
  QS_FAKE(CreateItem, *response->mutable_item() = request->item())
  QS_FAKE(UpdateItem, *response->mutable_item() = request->item())
  QS_FAKE(DeleteItem, {})
  QS_FAKE(ListReservations, for (const auto& held : host.data.reservations) * response->add_reservations() = held)
  QS_FAKE(ListCentreStock, for (const auto& stock : host.data.centre_stock) * response->add_centre_stock() = stock)
  QS_FAKE(ListDrifts, Page(
                          host.data.drifts, request->page_size(), request->page_token(),
                          [&] { return response->add_drifts(); }, response->mutable_next_page_token()))
  QS_FAKE(ListLocations, for (const auto& location : host.data.locations) * response->add_locations() = location)
  QS_FAKE(CreateLocation, *response->mutable_location() = request->location())
  QS_FAKE(UpdateLocation, *response->mutable_location() = request->location())
  QS_FAKE(ExplainQuantity, *response = host.data.explanation)
  QS_FAKE(AdjustLevel, *response->mutable_item() = host.data.items.front())
  FakeHost& host;
  // By the request_id of an import; one stream at a time.
  std::map<std::string, int64_t> stored;
};

struct FakeOrders : v1::OrderService::Service {
  explicit FakeOrders(FakeHost& fake) : host(fake) {}
  QS_FAKE(
      ListOrders, for (const auto& order
                       : host.data.orders) {
        const auto& wanted = request->filter().external_id();
        if (wanted.empty() || order.external_id() == wanted) *response->add_orders() = order;
      })
  QS_FAKE(ListOrderHistory, {
    if (host.data.orders.empty() || host.data.orders.front().name() != request->parent())
      return HostError(grpc::NOT_FOUND, "there is no such order", "ORDER_NOT_FOUND");
    Page(
        host.data.history, request->page_size(), request->page_token(), [&] { return response->add_entries(); },
        response->mutable_next_page_token());
  })
  QS_FAKE(GetOrder, {
    for (const auto& order : host.data.orders) {
      if (order.name() == request->name()) *response->mutable_order() = order;
    }
    if (!response->has_order()) return HostError(grpc::NOT_FOUND, "there is no such order", "ORDER_NOT_FOUND");
  })
  QS_FAKE(ExportPersonalData, *response = host.data.exported)
  QS_FAKE(ErasePersonalData, *response->mutable_order() = host.data.orders.front())
  QS_FAKE(ListOrdersOfBuyer, for (const auto& order : host.data.orders) * response->add_orders() = order)
  QS_FAKE(DespatchOrder, {
    *response->mutable_order() = host.data.orders.front();
    response->mutable_order()->set_state(v1::ORDER_STATE_PARTLY_DESPATCHED);
    for (const auto& despatch : host.data.despatches) *response->add_despatches() = despatch;
  })
  QS_FAKE(ListDespatches, for (const auto& despatch : host.data.despatches) * response->add_despatches() = despatch)
  QS_FAKE(RetryDespatch, *response->mutable_despatch() = host.data.despatches.front())
  QS_FAKE(AllocateOrder, *response->mutable_allocation() = host.data.allocations.front())
  QS_FAKE(TakeBackOrder, *response->mutable_allocation() = host.data.allocations.front())
  QS_FAKE(ListAllocations, for (const auto& each : host.data.allocations) * response->add_allocations() = each)
  QS_FAKE(CancelOrder, *response->mutable_action() = host.data.post_sale_actions.front())
  QS_FAKE(RefundOrder, *response->mutable_action() = host.data.post_sale_actions.front())
  QS_FAKE(ListPostSaleActions, for (const auto& action
                                    : host.data.post_sale_actions) *
                                   response->add_post_sale_actions() = action)
  QS_FAKE(RetryPostSaleAction, *response->mutable_action() = host.data.post_sale_actions.front())
  QS_FAKE(SettlePostSaleAction, *response->mutable_action() = host.data.post_sale_actions.front())
  QS_FAKE(RetryDespatches, {
    if (!host.data.retried_pieces.empty()) {
      *response = host.data.retried_pieces.front();
      host.data.retried_pieces.erase(host.data.retried_pieces.begin());
    }
  })
  FakeHost& host;
};

struct FakeShipping : v1::ShippingService::Service {
  explicit FakeShipping(FakeHost& fake) : host(fake) {}
  QS_FAKE(CreatePostalMethod, *response->mutable_postal_method() = request->postal_method())
  QS_FAKE(GetPostalMethod, {
    for (const auto& method : host.data.postal_methods) {
      if (method.name() == request->name()) *response->mutable_postal_method() = method;
    }
    if (!response->has_postal_method()) {
      return HostError(grpc::NOT_FOUND, "there is no such postal method", "POSTAL_METHOD_NOT_FOUND");
    }
  })
  QS_FAKE(ListPostalMethods, for (const auto& method
                                  : host.data.postal_methods) *
                                 response->add_postal_methods() = method)
  QS_FAKE(UpdatePostalMethod, *response->mutable_postal_method() = request->postal_method())
  QS_FAKE(DeletePostalMethod, {})
  QS_FAKE(ListShippingMappings, for (const auto& mapping
                                     : host.data.shipping_mappings) *
                                    response->add_shipping_mappings() = mapping)
  QS_FAKE(SetShippingMapping, response->mutable_shipping_mapping()->set_tag(request->tag()))
  FakeHost& host;
};

struct FakeListings : v1::ListingService::Service {
  explicit FakeListings(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListListings, {
    for (const auto& listing : host.data.listings) *response->add_listings() = listing;
    response->set_total(static_cast<std::int64_t>(host.data.listings.size()));
  })
  QS_FAKE(LinkListing, response->set_order_lines_linked(2))
  QS_FAKE(LinkListingsBySku, {
    if (host.data.linked_parts.empty()) {
      response->set_linked(3);
      response->set_still_unlinked(1);
    } else {
      *response = host.data.linked_parts.front();
      host.data.linked_parts.erase(host.data.linked_parts.begin());
    }
  })
  QS_FAKE(RequestPass, *response = host.data.pass)
  QS_FAKE(GetListing, *response->mutable_listing() = host.data.listings.front())
  QS_FAKE(UpdateListing, *response->mutable_listing() = request->listing())
  QS_FAKE(SetQuantityOwner, response->mutable_listing()->set_name(request->name()))
  QS_FAKE(ClearLatency, {
    *response = host.data.cleared_parts.front();
    host.data.cleared_parts.erase(host.data.cleared_parts.begin());
  })
  QS_FAKE(ForceUpdate, {
    *response = host.data.forced_parts.front();
    host.data.forced_parts.erase(host.data.forced_parts.begin());
  })
  FakeHost& host;
};

struct FakeAdmin : v1::AdminService::Service {
  explicit FakeAdmin(FakeHost& fake) : host(fake) {}
  QS_FAKE(GetHostInfo, *response = host.data.info)
  QS_FAKE(GetLimits, *response = host.data.limits)
  QS_FAKE(SetLogLevel, {
    response->set_level(request->level());
    response->set_former_level(v1::LOG_LEVEL_INFO);
  })
  QS_FAKE(SafeToStop, *response = host.data.safe)
  QS_FAKE(Drain, *response = host.data.drain)
  QS_FAKE(Resume, {})
  QS_FAKE(CreateToken, {
    *response->mutable_token() = request->token();
    response->mutable_token()->set_name("tokens/" + request->token_id());
    if (!request->validate_only()) response->set_secret(host.data.token_secret);
  })
  QS_FAKE(ListBackups, {})
  QS_FAKE(ListTokens, for (const auto& token : host.data.tokens) * response->add_tokens() = token)
  QS_FAKE(RevokeToken, response->mutable_token()->set_name(request->name()))
  QS_FAKE(RotateKey, response->set_data_key(2))
  grpc::Status CreateBackup(grpc::ServerContext*, const v1::CreateBackupRequest* request,
                            grpc::ServerWriter<v1::CreateBackupResponse>* writer) override {
    if (grpc::Status failed = host.ledger.Take(*request); !failed.ok()) return failed;
    for (const auto& message : host.data.backup) writer->Write(message);
    return grpc::Status::OK;
  }
  FakeHost& host;
};

struct FakeOperations : v1::OperationService::Service {
  explicit FakeOperations(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListOperations, for (const auto& operation : host.data.operations) * response->add_operations() = operation)
  QS_FAKE(GetOperation, *response->mutable_operation() = host.data.operations.front())
  grpc::Status WatchOperation(grpc::ServerContext*, const v1::WatchOperationRequest* request,
                              grpc::ServerWriter<v1::WatchOperationResponse>* writer) override {
    if (grpc::Status failed = host.ledger.Take(*request); !failed.ok()) return failed;
    if (!host.data.operation_news.empty()) {
      for (const auto& operation : host.data.operation_news.front()) {
        v1::WatchOperationResponse message;
        *message.mutable_operation() = operation;
        writer->Write(message);
      }
      host.data.operation_news.erase(host.data.operation_news.begin());
    }
    if (host.data.watch_ends.empty()) return grpc::Status::OK;
    grpc::Status end = host.data.watch_ends.front();
    host.data.watch_ends.erase(host.data.watch_ends.begin());
    return end;
  }
  FakeHost& host;
};

struct FakeAudit : v1::AuditService::Service {
  explicit FakeAudit(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListAuditRecords, for (const auto& record : host.data.audit) * response->add_records() = record)
  QS_FAKE(VerifyAuditRecords, {
    *response = host.data.verified.front();
    host.data.verified.erase(host.data.verified.begin());
  })
  FakeHost& host;
};

struct FakeDeadLetters : v1::DeadLetterService::Service {
  explicit FakeDeadLetters(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListDeadLetters, for (const auto& letter : host.data.dead_letters) * response->add_dead_letters() = letter)
  QS_FAKE(GetDeadLetter, *response->mutable_dead_letter() = host.data.dead_letters.front())
  QS_FAKE(EditDeadLetter, *response->mutable_dead_letter() = host.data.dead_letters.front())
  QS_FAKE(RetryDeadLetter, *response->mutable_dead_letter() = host.data.dead_letters.front())
  QS_FAKE(RetryDeadLetters, {
    *response = host.data.retried_parts.front();
    host.data.retried_parts.erase(host.data.retried_parts.begin());
  })
  QS_FAKE(DiscardDeadLetter, *response->mutable_dead_letter() = host.data.dead_letters.front())
  FakeHost& host;
};

struct FakeRuleImports : v1::RuleImportService::Service {
  explicit FakeRuleImports(FakeHost& fake) : host(fake) {}
  QS_FAKE(StageRules, *response->mutable_rule_import() = host.data.rule_import)
  QS_FAKE(GetRuleImport, *response->mutable_rule_import() = host.data.rule_import)
  QS_FAKE(ListRuleChanges, for (const auto& change : host.data.rule_changes) * response->add_changes() = change)
  QS_FAKE(ListRuleProblems, for (const auto& problem : host.data.rule_problems) * response->add_problems() = problem)
  QS_FAKE(ApplyRuleImport, {
    *response = host.data.applied_parts.front();
    host.data.applied_parts.erase(host.data.applied_parts.begin());
  })
  FakeHost& host;
};

struct FakeEvents : v1::EventService::Service {
  explicit FakeEvents(FakeHost& fake) : host(fake) {}
  QS_FAKE(ListEvents, for (const auto& event : host.data.events) * response->add_events() = event)
  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::WatchResponse>* writer) override {
    if (grpc::Status failed = host.ledger.Take(*request); !failed.ok()) return failed;
    const std::size_t stream = served++;
    if (stream < host.data.streams.size()) {
      for (const auto& message : host.data.streams[stream]) writer->Write(message);
      return {grpc::UNAVAILABLE, "Socket closed"};
    }
    while (!context->IsCancelled() && !stopping) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  }
  FakeHost& host;
  std::atomic<std::size_t> served = 0;
  std::atomic<bool> stopping = false;
};

#undef QS_FAKE

grpc::Status HostError(grpc::StatusCode code, const std::string& message, const std::string& reason,
                       const std::vector<std::pair<std::string, std::string>>& violations) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("quayside");
  status.add_details()->PackFrom(info);
  if (!violations.empty()) {
    google::rpc::BadRequest bad_request;
    for (const auto& [field, description] : violations) {
      auto* violation = bad_request.add_field_violations();
      violation->set_field(field);
      violation->set_description(description);
    }
    status.add_details()->PackFrom(bad_request);
  }
  return {code, message, status.SerializeAsString()};
}

void Ledger::FailNext(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  failures_.push_back(std::move(status));
}

void Ledger::KeepTraceOf(const grpc::ServerContext& context) {
  const auto range = context.client_metadata().equal_range("traceparent");
  const std::lock_guard lock(mutex_);
  for (auto each = range.first; each != range.second; ++each) {
    traceparents_.emplace_back(each->second.data(), each->second.size());
  }
}

grpc::Status Ledger::Take(const google::protobuf::Message& request) {
  const std::lock_guard lock(mutex_);
  requests_.emplace_back(request.New())->CopyFrom(request);
  if (failures_.empty()) return grpc::Status::OK;
  grpc::Status failure = failures_.front();
  failures_.erase(failures_.begin());
  return failure;
}

class FakeHost::Services {
 public:
  explicit Services(FakeHost& host)
      : plugins(host),
        accounts(host),
        channels(host),
        sync(host),
        inventory(host),
        orders(host),
        shipping(host),
        listings(host),
        admin(host),
        audit(host),
        dead_letters(host),
        rule_imports(host),
        operations(host),
        events(host) {}
  FakePlugins plugins;
  FakeAccounts accounts;
  FakeChannels channels;
  FakeSync sync;
  FakeInventory inventory;
  FakeOrders orders;
  FakeShipping shipping;
  FakeListings listings;
  FakeAdmin admin;
  FakeAudit audit;
  FakeDeadLetters dead_letters;
  FakeRuleImports rule_imports;
  FakeOperations operations;
  FakeEvents events;
};

FakeHost::FakeHost(const std::string& socket) : services_(std::make_unique<Services>(*this)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{
           &services_->plugins, &services_->accounts, &services_->channels, &services_->sync, &services_->inventory,
           &services_->orders, &services_->shipping, &services_->listings, &services_->admin, &services_->audit,
           &services_->dead_letters, &services_->rule_imports, &services_->operations, &services_->events}) {
    builder.RegisterService(service);
  }
  server_ = builder.BuildAndStart();
}

FakeHost::~FakeHost() {
  services_->events.stopping = true;
  server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace quayside::cli
