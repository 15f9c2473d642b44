#include "host/sync/bulk_choice.h"

#include <algorithm>

namespace quayside {
namespace {

// Of the scarce allowance for documents one is worth it when it saves a fifth of the time.
constexpr double kWorthwhile = 1.25;
constexpr size_t kLatenciesSeen = 5;

double Seconds(DurationUs us) { return static_cast<double>(us) / static_cast<double>(kSecondUs); }

DurationUs Lasted(const BulkRecord& bulk) { return bulk.ended_us - bulk.sent_us; }

// The marketplace gave it up, or the greater part of it.
bool Failed(const BulkRecord& bulk) {
  return bulk.state == BulkState::kDone && bulk.done + bulk.rejected <= bulk.unknown;
}

}  // namespace

ItemPace PaceOf(const BudgetStatus& budget, TimeUs now) {
  return {.per_second = budget.rate_per_second,
          .at_once = std::max(0.0, budget.record.tokens),
          .wait_us = budget.next_call_us == 0 ? 0 : std::max<DurationUs>(0, budget.next_call_us - now)};
}

int64_t ItemsWithin(const ItemPace& items, DurationUs time_us) {
  return static_cast<int64_t>(items.at_once + items.per_second * std::max(0.0, Seconds(time_us - items.wait_us)));
}

std::optional<int64_t> ItemsBesideDocument(int64_t backlog, const ItemPace& items, DurationUs latency_us) {
  const int64_t meanwhile = ItemsWithin(items, latency_us);
  const double paced = std::max(0.0, static_cast<double>(backlog) - items.at_once);
  // Without a pace they never end.
  const bool gains =
      items.per_second <= 0 || Seconds(items.wait_us) + paced / items.per_second > Seconds(latency_us) * kWorthwhile;
  if (!gains || backlog <= meanwhile) return std::nullopt;
  return meanwhile;
}

DurationUs TypicalLatency(DurationUs declared_us, const std::vector<BulkRecord>& documents) {
  std::vector<DurationUs> latencies{declared_us};
  for (const BulkRecord& bulk : documents) {
    const bool tells = bulk.state == BulkState::kDone && bulk.sent_us > 0 && !Failed(bulk);
    if (tells && latencies.size() <= kLatenciesSeen) latencies.push_back(Lasted(bulk));
  }
  // The upper median: an estimate that is too short takes a document for nothing.
  const auto middle = latencies.begin() + static_cast<std::ptrdiff_t>(latencies.size() / 2);
  std::nth_element(latencies.begin(), middle, latencies.end());
  return *middle;
}

TimeUs NextDocumentTime(const quayside::plugin::v1::BulkWay& way, const std::vector<BulkRecord>& documents) {
  int in_work = 0;
  TimeUs earliest = 0;
  const DurationUs stuck_after = way.stuck_seconds() * kSecondUs;
  for (const BulkRecord& bulk : documents) {
    switch (bulk.state) {
      case BulkState::kGathering:
      case BulkState::kSending:
      case BulkState::kUnknown:
      case BulkState::kStuck:
      case BulkState::kReleasing:
        return kNever;
      case BulkState::kInWork:
        ++in_work;
        break;
      case BulkState::kDone:
      case BulkState::kWithdrawn:
        // The marketplace was in trouble with its documents, and probably still is.
        if (Failed(bulk) || (!bulk.handle.empty() && Lasted(bulk) >= stuck_after))
          earliest = std::max(earliest, bulk.ended_us + stuck_after);
        break;
    }
    earliest = std::max(earliest, bulk.sent_us + way.min_interval_seconds() * kSecondUs);
    // It was not handed over, and this is when to try again.
    if (bulk.state == BulkState::kWithdrawn) earliest = std::max(earliest, bulk.next_poll_us);
  }
  return in_work < kMostDocumentsInWork ? earliest : kNever;
}

}  // namespace quayside
