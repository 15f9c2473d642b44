#include "host/api/list_filters.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "host/access/roles.h"
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

absl::StatusOr<RowFilter<BackupOnDisk>> ParseBackupFilter(const api::BackupFilter& filter) {
  FilterReader reader;
  const TimeSpan made = reader.Span(filter.create_time(), "create_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return [made](const BackupOnDisk& backup) { return made.Has(backup.manifest.created_us); };
}

absl::StatusOr<RowFilter<TokenRecord>> ParseTokenFilter(const api::TokenFilter& filter, TimeUs now) {
  FilterReader reader;
  if (!api::Role_IsValid(filter.role())) reader.Wrong("role", "is not a known value");
  QS_RETURN_IF_ERROR(reader.Status());
  return [filter, now](const TokenRecord& token) {
    const auto& roles = token.roles;
    if (filter.role() != api::ROLE_UNSPECIFIED &&
        std::find(roles.begin(), roles.end(), RoleText(filter.role())) == roles.end())
      return false;
    const bool usable = token.revoked_us == 0 && (token.expires_us == 0 || token.expires_us > now);
    return (filter.creator().empty() || token.created_by == filter.creator()) &&
           (!filter.has_usable() || usable == filter.usable());
  };
}

absl::StatusOr<RowFilter<ChannelRevisionRecord>> ParseRevisionFilter(const api::ChannelRevisionFilter& filter) {
  FilterReader reader;
  const TimeSpan changed = reader.Span(filter.change_time(), "change_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return [changed, actor = filter.changed_by()](const ChannelRevisionRecord& revision) {
    return changed.Has(revision.changed_us) && (actor.empty() || revision.changed_by == actor);
  };
}

absl::StatusOr<RowFilter<DriftRecord>> ParseDriftFilter(const api::DriftFilter& filter) {
  FilterReader reader;
  const TimeSpan found = reader.Span(filter.find_time(), "find_time");
  QS_RETURN_IF_ERROR(reader.Status());
  return [found, prefix = filter.sku_prefix()](const DriftRecord& drift) {
    return found.Has(drift.found_us) && absl::StartsWith(drift.sku, prefix);
  };
}

RowFilter<ItemRecord> ParseItemFilter(const api::ItemFilter& filter) {
  return [sought = SoughtText(filter.search())](const ItemRecord& item) {
    return sought.IsInOneOf({item.sku, item.title});
  };
}

absl::StatusOr<RowFilter<LocationRecord>> ParseLocationFilter(const api::LocationFilter& filter) {
  FilterReader reader;
  const std::string owner = reader.Id(filter.owner_channel(), "owner_channel", ParseChannelName);
  QS_RETURN_IF_ERROR(reader.Status());
  return [filter, owner, sought = SoughtText(filter.search())](const LocationRecord& location) {
    return sought.IsInOneOf({location.id, location.display_name}) &&
           (owner.empty() || location.owner_channel == owner) &&
           (!filter.has_fulfilment_centre() || location.fulfilment_centre == filter.fulfilment_centre()) &&
           (!filter.has_inactive() || location.inactive == filter.inactive());
  };
}

absl::StatusOr<RowFilter<ReservationRecord>> ParseReservationFilter(const api::ReservationFilter& filter) {
  FilterReader reader;
  const std::string location = reader.Id(filter.location(), "location", ParseLocationName);
  QS_RETURN_IF_ERROR(reader.Status());
  return [filter, location](const ReservationRecord& held) {
    return (location.empty() || held.location_id == location) &&
           (filter.external_id().empty() || held.external_id == filter.external_id()) &&
           (filter.sku().empty() || held.sku == filter.sku());
  };
}

absl::StatusOr<RowFilter<api::OrderHistoryEntry>> ParseHistoryFilter(const api::OrderHistoryFilter& filter) {
  FilterReader reader;
  const TimeSpan span = reader.Span(filter.time(), "time");
  QS_RETURN_IF_ERROR(reader.Status());
  return [filter, span](const api::OrderHistoryEntry& entry) {
    return span.Has(entry.time().seconds() * kSecondUs + entry.time().nanos() / 1000) &&
           absl::StartsWith(entry.type(), filter.type_prefix()) &&
           (filter.resource().empty() || entry.resource() == filter.resource()) &&
           (filter.actor().empty() || entry.actor() == filter.actor());
  };
}

absl::StatusOr<RowFilter<OrderRecord>> ParseBuyersFilter(const api::OrderFilter& filter) {
  QS_ASSIGN_OR_RETURN(const OrderQuery query, ParseOrderFilter(filter));
  return [query](const OrderRecord& order) {
    return (query.channel_id.empty() || order.channel_id == query.channel_id) &&
           (query.account_id.empty() || order.account_id == query.account_id) &&
           (query.external_id.empty() || order.external_id == query.external_id) &&
           (!query.state.has_value() || order.state == *query.state) &&
           (!query.only_unlinked || order.unlinked_lines > 0) && query.received.Has(order.received_us);
  };
}

absl::StatusOr<RowFilter<api::Plugin>> ParsePluginFilter(const api::PluginFilter& filter) {
  FilterReader reader;
  if (!api::PluginState_IsValid(filter.state())) reader.Wrong("state", "is not a known value");
  QS_RETURN_IF_ERROR(reader.Status());
  return [state = filter.state(), sought = SoughtText(filter.search())](const api::Plugin& plugin) {
    const std::string_view id = std::string_view(plugin.name()).substr(plugin.name().find('/') + 1);
    return (state == api::PLUGIN_STATE_UNSPECIFIED || plugin.state() == state) &&
           sought.IsInOneOf({id, plugin.display_name(), plugin.vendor()});
  };
}

RowFilter<PostalMethodRecord> ParsePostalMethodFilter(const api::PostalMethodFilter& filter) {
  return [sought = SoughtText(filter.search())](const PostalMethodRecord& method) {
    return sought.IsInOneOf({method.id, method.vendor, method.name});
  };
}

RowFilter<BudgetStatus> ParseBudgetFilter(const api::RateBudgetFilter& filter) {
  return [filter](const BudgetStatus& budget) {
    return (filter.operation().empty() || budget.record.operation == filter.operation()) &&
           (!filter.has_shared() || (budget.record.share < 1) == filter.shared());
  };
}

RowFilter<RuleProblemRecord> ParseProblemFilter(const api::RuleProblemFilter& filter) {
  return [filter, sought = SoughtText(filter.search())](const RuleProblemRecord& problem) {
    return (!filter.has_column() || problem.column == filter.column()) && sought.IsInOneOf({problem.problem});
  };
}

}  // namespace quayside
