#include "host/api/order_history.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/post_sale_trail.h"
#include "host/store/trace_key.h"

namespace quayside {
namespace {

// Of each kind: an order has dozens. What is beyond is left out.
constexpr int kMostOfAKind = 10'000;

constexpr DurationUs kLongestTransaction = kSecondUs;

// Of steps at the same time: who asked comes before what came of it.
enum class StepRank { kCall = 0, kOrder = 1, kAllocation = 2, kDespatch = 3, kPostSale = 4 };

class HistoryReader {
 public:
  HistoryReader(ReadTx& tx, OrderRecord order) : tx_(tx), order_(std::move(order)) {}

  absl::StatusOr<std::vector<HistoryStep>> Read() {
    resources_.insert(OrderName(order_.id));
    QS_RETURN_IF_ERROR(ReadDespatches());
    QS_RETURN_IF_ERROR(ReadPostSales());
    QS_RETURN_IF_ERROR(ReadEvents());
    QS_RETURN_IF_ERROR(ReadAllocations());
    QS_RETURN_IF_ERROR(ReadCalls());
    // Events go after a while; that it came in does not.
    if (!told_.contains("order.received " + OrderName(order_.id))) {
      api::OrderHistoryEntry& entry =
          Add(order_.received_us, StepRank::kOrder, 0, "order.received", OrderName(order_.id));
      entry.mutable_attributes()->insert(
          {{"external_id", order_.external_id}, {"account", order_.account_id}, {"channel", order_.channel_id}});
    }
    std::sort(steps_.begin(), steps_.end(), [](const auto& one, const auto& other) { return one.key < other.key; });
    return std::move(steps_);
  }

 private:
  api::OrderHistoryEntry& Add(TimeUs time, StepRank rank, int64_t number, std::string type, std::string resource) {
    steps_.push_back({absl::StrFormat("%019d.%d.%019d", time, static_cast<int>(rank), number), {}});
    api::OrderHistoryEntry& entry = steps_.back().entry;
    SetTime(entry, &api::OrderHistoryEntry::mutable_time, time);
    entry.set_type(std::move(type));
    entry.set_resource(std::move(resource));
    return entry;
  }

  static int64_t NumberOf(int32_t number, int32_t note) { return int64_t{number} * kMostOfAKind + note; }

  absl::Status ReadDespatches() {
    QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx_.ListDespatchesOfOrder(order_.id));
    for (const DespatchRecord& package : packages) {
      const std::string name = DespatchName(order_.id, package.number);
      resources_.insert(name);
      QS_ASSIGN_OR_RETURN(const std::vector<DespatchNote> notes, tx_.ListDespatchNotes(package.id));
      for (const DespatchNote& note : notes) {
        AddNote(note.time_us, StepRank::kDespatch, NumberOf(package.number, note.number),
                Concat("despatch.", DespatchWord(note.state)), name, note.reason, note.message);
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadPostSales() {
    QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, tx_.ListPostSalesOfOrder(order_.id));
    for (const PostSaleRecord& action : actions) {
      const std::string name = PostSaleName(order_.id, action.number);
      resources_.insert(name);
      const std::string kind = action.kind == PostSaleKind::kCancel ? "cancellation." : "refund.";
      QS_ASSIGN_OR_RETURN(const std::vector<PostSaleNote> notes, tx_.ListPostSaleNotes(action.id));
      for (const PostSaleNote& note : notes) {
        AddNote(note.time_us, StepRank::kPostSale, NumberOf(action.number, note.number),
                Concat(kind, PostSaleWord(note.state)), name, note.reason, note.message);
      }
    }
    return absl::OkStatus();
  }

  void AddNote(TimeUs time, StepRank rank, int64_t number, std::string type, const std::string& resource,
               const std::string& reason, const std::string& message) {
    api::OrderHistoryEntry& entry = Add(time, rank, number, std::move(type), resource);
    entry.set_reason(reason);
    entry.set_message(message);
  }

  absl::Status ReadEvents() {
    QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events, tx_.ListOrderEvents(order_.id, kMostOfAKind));
    for (const EventRecord& event : events) {
      if (const auto trace = event.attributes.find(kTraceIdKey); trace != event.attributes.end())
        times_[trace->second].insert(event.time_us);
      // Of packages, cancellations and refunds the trails say more, and for longer.
      const bool of_order = absl::StartsWith(event.type, "order.");
      if (!of_order && !absl::StartsWith(event.type, "allocation.")) continue;
      told_.insert(event.resource);
      told_.insert(event.type + " " + event.resource);
      api::OrderHistoryEntry& entry = Add(event.time_us, of_order ? StepRank::kOrder : StepRank::kAllocation,
                                          event.revision, event.type, event.resource);
      for (const auto& [name, value] : event.attributes) {
        if (name == "reason") {
          entry.set_reason(value);
        } else {
          (*entry.mutable_attributes())[name] = value;
        }
      }
    }
    return absl::OkStatus();
  }

  // Of warehouses no trail is kept: when the events are gone, the beginning and how it stands are left.
  absl::Status ReadAllocations() {
    QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds, tx_.ListOutboundsOfOrder(order_.id));
    for (const OutboundRecord& outbound : outbounds) {
      const std::string name = AllocationName(order_.id, outbound.number);
      resources_.insert(name);
      if (!told_.contains("allocation.waiting " + name))
        AddAllocation(outbound.created_us, NumberOf(outbound.number, 0), outbound, "waiting", name);
      if (told_.contains(name) || outbound.phase == OutboundPhase::kWaiting) continue;
      const std::string_view state = outbound.delayed ? "delayed" : OutboundWord(outbound.phase);
      api::OrderHistoryEntry& entry =
          AddAllocation(outbound.updated_us, NumberOf(outbound.number, 1), outbound, state, name);
      entry.set_reason(outbound.reason);
      entry.set_message(outbound.message);
    }
    return absl::OkStatus();
  }

  api::OrderHistoryEntry& AddAllocation(TimeUs time, int64_t number, const OutboundRecord& outbound,
                                        std::string_view state, const std::string& resource) {
    api::OrderHistoryEntry& entry = Add(time, StepRank::kAllocation, number, Concat("allocation.", state), resource);
    entry.mutable_attributes()->insert({{"account", outbound.account_id}, {"location", outbound.location_id}});
    return entry;
  }

  // What was refused changed nothing.
  absl::Status ReadCalls() {
    for (const std::string& resource : resources_) {
      QS_ASSIGN_OR_RETURN(const std::vector<AuditRecord> records,
                          tx_.ListAudit({.resource = resource, .limit = kMostOfAKind}));
      for (const AuditRecord& record : records) {
        if (record.outcome != "ok") continue;
        api::OrderHistoryEntry& entry = Add(TimeOfChange(record), StepRank::kCall, record.id, record.action, resource);
        SetTime(entry, &api::OrderHistoryEntry::mutable_time, record.time_us);
        entry.set_actor(record.actor);
        entry.mutable_attributes()->insert(record.details.begin(), record.details.end());
      }
    }
    return absl::OkStatus();
  }

  // A call is written down when it is through, a moment after what it did, which bears its trace.
  TimeUs TimeOfChange(const AuditRecord& record) const {
    const auto trace = record.details.find(kTraceIdKey);
    if (trace == record.details.end()) return record.time_us;
    const auto times = times_.find(trace->second);
    if (times == times_.end()) return record.time_us;
    const auto after = times->second.upper_bound(record.time_us);
    if (after == times->second.begin()) return record.time_us;
    const TimeUs change = *std::prev(after);
    return record.time_us - change <= kLongestTransaction ? change : record.time_us;
  }

  ReadTx& tx_;
  const OrderRecord order_;
  std::vector<HistoryStep> steps_;
  std::set<std::string> resources_;
  std::map<std::string, std::set<TimeUs>> times_;  // of events, by trace
  std::set<std::string> told_;                     // by events: resources, and "type resource"
};

}  // namespace

absl::StatusOr<std::vector<HistoryStep>> ReadOrderHistory(ReadTx& tx, int64_t order_id) {
  QS_ASSIGN_OR_RETURN(OrderRecord order, tx.GetOrder(order_id));
  return HistoryReader(tx, std::move(order)).Read();
}

absl::Status ShowOrderHistory(Store& store, const api::ListOrderHistoryRequest& request,
                              api::ListOrderHistoryResponse& response) {
  QS_ASSIGN_OR_RETURN(const int64_t order_id, ParseOrderName(request.parent(), "parent"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const RowFilter<api::OrderHistoryEntry> wanted, ParseHistoryFilter(request.filter()));
  return store.Read([&](ReadTx& tx) -> absl::Status {
    response.Clear();
    QS_ASSIGN_OR_RETURN(std::vector<HistoryStep> steps, ReadOrderHistory(tx, order_id));
    const bool newest_first = SortOrderOf(request.order_by(), SortOrder::kAscending) == SortOrder::kDescending;
    if (newest_first) std::reverse(steps.begin(), steps.end());
    std::string last;
    for (HistoryStep& step : steps) {
      const bool seen = newest_first ? step.key >= page.cursor : step.key <= page.cursor;
      if ((!page.cursor.empty() && seen) || !wanted(step.entry)) continue;
      if (response.entries_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, last));
        break;
      }
      last = std::move(step.key);
      *response.add_entries() = std::move(step.entry);
    }
    return absl::OkStatus();
  });
}

}  // namespace quayside
