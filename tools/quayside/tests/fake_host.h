// A host of a few services in this process, behind a real socket: what the command line sends is kept, what it gets
// back is set by the test.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
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

namespace quayside::cli {

// A failure as the host gives it: ErrorInfo always, BadRequest when there are violations (field, description).
[[nodiscard]] grpc::Status HostError(grpc::StatusCode code, const std::string& message, const std::string& reason,
                                     const std::vector<std::pair<std::string, std::string>>& violations = {});

// Every mutation goes through here: the next ones fail as told, and requests are kept.
class Ledger {
 public:
  void FailNext(grpc::Status status);
  // The failure that is due, or OK.
  grpc::Status Take(const google::protobuf::Message& request);
  // The metadata `traceparent` of every call that came.
  void KeepTraceOf(const grpc::ServerContext& context);
  [[nodiscard]] std::vector<std::string> traceparents() const {
    const std::lock_guard lock(mutex_);
    return traceparents_;
  }
  // Requests of one type, oldest first.
  template <class Request>
  [[nodiscard]] std::vector<Request> All() const {
    const std::lock_guard lock(mutex_);
    std::vector<Request> found;
    for (const auto& request : requests_) {
      if (const auto* typed = dynamic_cast<const Request*>(request.get())) found.push_back(*typed);
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<google::protobuf::Message>> requests_;
  std::vector<grpc::Status> failures_;
  std::vector<std::string> traceparents_;
};

// What the host knows; fill it in before calls are made.
struct HostData {
  std::vector<v1::Plugin> plugins;
  v1::Account account;
  v1::Channel channel;
  std::vector<v1::ChannelRevision> revisions;
  std::vector<v1::Lane> lanes;
  // What GetRun answers in turn; the last one stays.
  std::vector<v1::Run> runs;
  std::vector<v1::RateBudget> budgets;
  v1::Plan plan;
  std::vector<v1::PlanRow> plan_rows;
  // The first call of PlanSync, of ApplyPlan, does a part of it.
  bool plan_in_parts = false;
  bool more_to_apply = false;
  std::vector<v1::Document> documents;
  std::vector<v1::Drift> drifts;
  // Answers of LinkListingsBySku in turn.
  std::vector<v1::LinkListingsBySkuResponse> linked_parts;
  v1::RequestPassResponse pass;
  std::vector<v1::Item> items;
  std::vector<v1::Reservation> reservations;
  std::vector<v1::CentreStock> centre_stock;
  std::vector<v1::Location> locations;
  v1::ExplainQuantityResponse explanation;
  std::vector<v1::Order> orders;
  // Of the first order.
  std::vector<v1::OrderHistoryEntry> history;
  v1::RecoverOrderResponse recovered;
  v1::ExportPersonalDataResponse exported;
  google::protobuf::Timestamp checkpoint_before;
  // What ListDespatches answers, and, the first of them, RetryDespatch and DespatchOrder.
  std::vector<v1::Despatch> despatches;
  // What ListAllocations answers, and, the first of them, what changes one.
  std::vector<v1::Allocation> allocations;
  // What ListPostSaleActions answers, and, the first of them, what changes one.
  std::vector<v1::PostSaleAction> post_sale_actions;
  // Answers of RetryDespatches in turn.
  std::vector<v1::RetryDespatchesResponse> retried_pieces;
  std::vector<v1::PostalMethod> postal_methods;
  std::vector<v1::ShippingMapping> shipping_mappings;
  std::vector<v1::Listing> listings;
  v1::RuleImport rule_import;
  std::vector<v1::RuleChange> rule_changes;
  std::vector<v1::RuleProblem> rule_problems;
  // Answers of ApplyRuleImport in turn.
  std::vector<v1::ApplyRuleImportResponse> applied_parts;
  // Answers of ClearLatency, of ForceUpdate in turn.
  std::vector<v1::ClearLatencyResponse> cleared_parts;
  std::vector<v1::ForceUpdateResponse> forced_parts;
  v1::TestAccountResponse test;
  v1::TestChannelResponse channel_test;
  // What a reload tells; then it ends with `reload_end`.
  std::vector<v1::ReloadPluginResponse> reload;
  grpc::Status reload_end;
  v1::RollbackPluginResponse rollback;
  // What a backup tells; then it ends with OK.
  std::vector<v1::CreateBackupResponse> backup;
  std::vector<v1::Operation> operations;
  // One stream each of WatchOperation: its messages, then it ends with `watch_ends`, and with OK when there is none
  // left.
  std::vector<std::vector<v1::Operation>> operation_news;
  std::vector<grpc::Status> watch_ends;
  v1::GetHostInfoResponse info;
  v1::GetLimitsResponse limits;
  v1::SafeToStopResponse safe;
  v1::DrainResponse drain;
  std::vector<v1::AuditRecord> audit;
  std::vector<v1::VerifyAuditRecordsResponse> verified;  // one call each
  std::vector<v1::Token> tokens;
  std::string token_secret = "qst_secret";
  std::vector<v1::DeadLetter> dead_letters;
  // Answers of RetryDeadLetters in turn.
  std::vector<v1::RetryDeadLettersResponse> retried_parts;
  // One stream each: the messages of one Watch call, then it breaks with UNAVAILABLE. When there is none left the
  // stream stays open.
  std::vector<v1::Event> events;
  std::vector<std::vector<v1::WatchResponse>> streams;
  // Its clock, sent with every answer; 0: not sent.
  int64_t time_us = 0;
};

class FakeHost {
 public:
  explicit FakeHost(const std::string& socket);
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  HostData data;
  Ledger ledger;

 private:
  class Services;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace quayside::cli
