#include "host/api/list_filters.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/sync/lane_id.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

// Of google.protobuf.Timestamp: the years 1 to 9999.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kLastSecond = 253'402'300'799;

// Reads the parts of a filter and gathers what is wrong with them.
class FilterReader {
 public:
  // Empty: not given.
  template <class Parse>
  std::string Id(const std::string& name, const char* field, Parse parse) {
    if (name.empty()) return "";
    const absl::StatusOr<std::string> id = parse(name, Field(field));
    for (FieldViolation& violation : ViolationsOf(id.status())) violations_.push_back(std::move(violation));
    return id.ok() ? *id : "";
  }
  std::string Account(const std::string& name) { return Id(name, "account", ParseAccountName); }
  std::string Channel(const std::string& name) { return Id(name, "channel", ParseChannelName); }

  // 0 of the API's enum: not given. Its values are numbered as those of the host's.
  template <class Host, class IsValid>
  std::optional<Host> Choice(int value, const char* field, IsValid is_valid) {
    if (!is_valid(value)) violations_.push_back({Field(field), "is not a known value"});
    if (value == 0 || !is_valid(value)) return std::nullopt;
    return static_cast<Host>(value);
  }

  TimeSpan Span(const api::TimeRange& range, const char* field) {
    TimeSpan span;
    if (range.has_start_time()) span.from_us = Time(range.start_time(), absl::StrCat(field, ".start_time"));
    // Nothing happened before 1970, and 0 would be no bound.
    if (range.has_end_time())
      span.before_us = std::max<TimeUs>(Time(range.end_time(), absl::StrCat(field, ".end_time")), 1);
    if (range.has_start_time() && range.has_end_time() && span.before_us <= span.from_us)
      Wrong(field, "ends before it begins");
    return span;
  }

  void Wrong(const std::string& field, std::string description) {
    violations_.push_back({field.empty() ? "filter" : Field(field), std::move(description)});
  }
  [[nodiscard]] absl::Status Status() const {
    return violations_.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidFilter, violations_);
  }

 private:
  static std::string Field(const std::string& field) { return absl::StrCat("filter.", field); }

  TimeUs Time(const google::protobuf::Timestamp& time, const std::string& field) {
    const bool valid = time.seconds() >= kFirstSecond && time.seconds() <= kLastSecond && time.nanos() >= 0 &&
                       time.nanos() < 1'000'000'000;
    if (!valid) {
      Wrong(field, "is no time of the years 1 to 9999");
      return 0;
    }
    return time.seconds() * kSecondUs + time.nanos() / 1000;
  }

  std::vector<FieldViolation> violations_;
};

}  // namespace

absl::StatusOr<OrderQuery> ParseOrderFilter(const api::OrderFilter& filter) {
  FilterReader reader;
  OrderQuery query{.external_id = filter.external_id(), .only_unlinked = filter.only_unlinked()};
  query.channel_id = reader.Channel(filter.channel());
  query.account_id = reader.Account(filter.account());
  query.state = reader.Choice<OrderState>(filter.state(), "state", api::OrderState_IsValid);
  query.received = reader.Span(filter.receive_time(), "receive_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}
static_assert(static_cast<int>(OrderState::kPending) == api::ORDER_STATE_PENDING &&
              static_cast<int>(OrderState::kHeld) == api::ORDER_STATE_HELD);

absl::StatusOr<ListingQuery> ParseListingFilter(const api::ListingFilter& filter) {
  FilterReader reader;
  ListingQuery query{.sku_prefix = filter.sku_prefix()};
  if (filter.only_linked() && filter.only_unlinked())
    reader.Wrong("", "only_linked and only_unlinked exclude each other; give one or none");
  if (filter.only_linked()) query.linked = true;
  if (filter.only_unlinked()) query.linked = false;
  switch (filter.fulfilment()) {
    case api::FULFILMENT_CHANNEL_UNSPECIFIED:
      break;
    case api::FULFILMENT_CHANNEL_MERCHANT:
      query.fulfilment = Fulfilment::kMerchant;
      break;
    case api::FULFILMENT_CHANNEL_MARKETPLACE:
      query.fulfilment = Fulfilment::kMarketplace;
      break;
    default:
      reader.Wrong("fulfilment", "is not a known value");
  }
  if (!api::QuantityState_IsValid(filter.quantity_state())) reader.Wrong("quantity_state", "is not a known value");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}

absl::StatusOr<DeadLetterQuery> ParseLetterFilter(const api::DeadLetterFilter& filter) {
  FilterReader reader;
  DeadLetterQuery query{.key = filter.key(), .reason = filter.reason()};
  query.lane_id = reader.Id(filter.lane(), "lane", ParseLaneName);
  const std::string account = reader.Account(filter.account());
  if (!account.empty()) query.lane_prefix = LaneIdPrefix(account);
  query.state = reader.Choice<DeadLetterState>(filter.state(), "state", api::DeadLetterState_IsValid);
  query.made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}

absl::StatusOr<AuditQuery> ParseAuditFilter(const api::AuditFilter& filter) {
  FilterReader reader;
  AuditQuery query{.action = filter.action(), .outcome = filter.outcome()};
  query.time = reader.Span(filter.time(), "time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}

absl::StatusOr<EventQuery> ParseEventFilter(const api::EventFilter& filter) {
  FilterReader reader;
  EventQuery query{.resource = filter.resource()};
  query.time = reader.Span(filter.time(), "time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}

absl::StatusOr<RunQuery> ParseRunFilter(const api::RunFilter& filter) {
  FilterReader reader;
  RunQuery query;
  query.state = reader.Choice<RunState>(filter.state(), "state", api::RunState_IsValid);
  query.started = reader.Span(filter.start_time(), "start_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}
static_assert(static_cast<int>(RunState::kQueued) == api::RUN_STATE_QUEUED &&
              static_cast<int>(RunState::kCancelled) == api::RUN_STATE_CANCELLED);

absl::StatusOr<OperationQuery> ParseOperationFilter(const api::OperationFilter& filter) {
  FilterReader reader;
  OperationQuery query{.method = filter.method(), .subject = filter.subject(), .actor = filter.creator()};
  query.state = reader.Choice<OperationState>(filter.state(), "state", api::OperationState_IsValid);
  query.started = reader.Span(filter.start_time(), "start_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}
static_assert(static_cast<int>(OperationState::kRunning) == api::OPERATION_STATE_RUNNING &&
              static_cast<int>(OperationState::kFailed) == api::OPERATION_STATE_FAILED);

absl::StatusOr<BulkQuery> ParseDocumentFilter(const api::DocumentFilter& filter) {
  FilterReader reader;
  BulkQuery query;
  query.state = reader.Choice<BulkState>(filter.state(), "state", api::DocumentState_IsValid);
  query.made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return query;
}
static_assert(static_cast<int>(BulkState::kGathering) == api::DOCUMENT_STATE_GATHERING &&
              static_cast<int>(BulkState::kInWork) == api::DOCUMENT_STATE_IN_WORK &&
              static_cast<int>(BulkState::kWithdrawn) == api::DOCUMENT_STATE_WITHDRAWN);

absl::StatusOr<WorkFilter> ParseWorkFilter(const api::DespatchListFilter& filter) {
  FilterReader reader;
  WorkFilter parsed;
  parsed.channel_id = reader.Channel(filter.channel());
  parsed.made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return parsed;
}

absl::StatusOr<WorkFilter> ParseWorkFilter(const api::PostSaleFilter& filter) {
  FilterReader reader;
  WorkFilter parsed;
  parsed.channel_id = reader.Channel(filter.channel());
  parsed.made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return parsed;
}

absl::StatusOr<WorkFilter> ParseWorkFilter(const api::AllocationFilter& filter) {
  FilterReader reader;
  WorkFilter parsed;
  parsed.account_id = reader.Account(filter.account());
  parsed.location_id = reader.Id(filter.location(), "location", ParseLocationName);
  parsed.made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return parsed;
}

}  // namespace quayside
