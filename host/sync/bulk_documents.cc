#include "host/sync/bulk_documents.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/index/quantity_index.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/bulk_choice.h"
#include "host/sync/bulk_gather.h"
#include "host/sync/bulk_hand_over.h"
#include "host/sync/bulk_settle.h"
#include "host/sync/bulk_watch.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Of a document in one step, so that urgent quantities are never far behind.
constexpr int kPagesPerStep = 20;
// Longer is not waited for quantities that are yet to be decided.
constexpr DurationUs kLongestGatheringUs = 2 * kMinuteUs;
constexpr int64_t kMostCounted = 1'000'000;
constexpr int kDocumentsLookedAt = 20;
constexpr DurationUs kStuckByDefaultUs = 2 * kHourUs;

struct Backlog {
  int64_t due = 0;
  int64_t undecided = 0;
  int64_t urgent = 0;                 // of the due ones; go by item beside a document that somebody wants
  std::vector<BulkRecord> documents;  // newest first
};

// How many go by item while a document is on its way; nullopt: nothing holds them up.
std::optional<int64_t> ByItemMeanwhile(const StepInputs& in, const pb::Contract& contract,
                                       const std::vector<BulkRecord>& documents) {
  const std::optional<BudgetStatus> items = BudgetOf(in, contract.item_operation());
  if (!items.has_value()) return std::nullopt;
  const DurationUs latency = TypicalLatency(contract.bulk().expected_seconds() * kSecondUs, documents);
  return ItemsWithin(PaceOf(*items, in.clock.Now()), latency);
}

// The due ones that want 0 or few come first: how many they are, of the first `most`.
absl::StatusOr<int64_t> CountUrgent(ReadTx& tx, const StepInputs& in, int64_t most) {
  int64_t begin = 0;
  for (int64_t end = most; begin < end;) {
    const int64_t middle = begin + (end - begin) / 2;
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> skus,
                        tx.ListDueSkus(in.lane.account_id, in.clock.Now(), middle, 1));
    std::optional<TargetRecord> target;
    if (!skus.empty()) {
      QS_ASSIGN_OR_RETURN(target, tx.FindTarget(in.lane.account_id, skus.front()));
    }
    const bool urgent = target.has_value() && target->wanted.has_value() && *target->wanted <= kFewUnits;
    (urgent ? begin : end) = urgent ? middle + 1 : middle;
  }
  return begin;
}

absl::StatusOr<Backlog> ReadBacklog(const StepInputs& in, const pb::Contract& contract) {
  Backlog backlog;
  QS_RETURN_IF_ERROR(in.store.Read([&](ReadTx& tx) -> absl::Status {
    const std::string& account = in.lane.account_id;
    QS_ASSIGN_OR_RETURN(backlog.due, tx.CountDueTargets(account, in.clock.Now(), kMostCounted));
    QS_ASSIGN_OR_RETURN(backlog.undecided, tx.CountChangedTargets(account, kMostCounted));
    if (in.index != nullptr) backlog.undecided = std::max(backlog.undecided, in.index->CountUndecided(account));
    QS_ASSIGN_OR_RETURN(backlog.documents, tx.ListBulks({.account_id = account, .limit = kDocumentsLookedAt}));
    if (in.document_from <= 0) return absl::OkStatus();
    const int64_t most = std::min(backlog.due, ByItemMeanwhile(in, contract, backlog.documents).value_or(backlog.due));
    QS_ASSIGN_OR_RETURN(backlog.urgent, CountUrgent(tx, in, most));
    return absl::OkStatus();
  }));
  return backlog;
}

// How many of the backlog, with what is gathered already, go by item beside a document; nullopt: no document.
std::optional<int64_t> Beside(const StepInputs& in, const pb::Contract& contract, const Backlog& backlog,
                              int64_t gathered) {
  const int64_t all = backlog.due + backlog.undecided + gathered;
  if (in.document_from > 0)
    return all - backlog.urgent >= in.document_from ? std::optional<int64_t>(backlog.urgent) : std::nullopt;
  const std::optional<BudgetStatus> items = BudgetOf(in, contract.item_operation());
  if (!items.has_value()) return std::nullopt;  // nothing holds items up
  const DurationUs latency = TypicalLatency(contract.bulk().expected_seconds() * kSecondUs, backlog.documents);
  return ItemsBesideDocument(all, PaceOf(*items, in.clock.Now()), latency);
}

bool MayBeginNow(const StepInputs& in, const pb::BulkWay& way, const std::vector<BulkRecord>& documents) {
  const TimeUs now = in.clock.Now();
  if (NextDocumentTime(way, documents) > now) return false;
  const std::optional<BudgetStatus> budget = BudgetOf(in, way.operation());
  return !budget.has_value() || budget->next_call_us <= now;
}

}  // namespace

BulkDocuments::BulkDocuments(const StepInputs& in, const pb::Contract* contract) : in_(in), contract_(contract) {}

absl::StatusOr<std::vector<BulkRecord>> BulkDocuments::Open() const {
  std::vector<BulkRecord> open;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(open, tx.ListOpenBulks(in_.lane.account_id));
    return absl::OkStatus();
  }));
  return open;
}

TimeUs BulkDocuments::Deadline(const BulkRecord& bulk) const {
  const bool declared = contract_ != nullptr && contract_->has_bulk() && contract_->bulk().stuck_seconds() > 0;
  return bulk.sent_us + (declared ? contract_->bulk().stuck_seconds() * kSecondUs : kStuckByDefaultUs);
}

absl::Status BulkDocuments::MoveOn() {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> open, Open());
  absl::Status for_operator;
  for (const BulkRecord& bulk : open) {
    const absl::Status moved = MoveOn(bulk);
    if (IsForOperator(moved)) {
      for_operator.Update(moved);
    } else {
      QS_RETURN_IF_ERROR(moved);
    }
  }
  return for_operator;
}

absl::Status BulkDocuments::MoveOn(BulkRecord bulk) {
  switch (bulk.state) {
    case BulkState::kSending:
      // Another claim was sending it. It may still be, up to sent_by_us.
      bulk.state = BulkState::kUnknown;
      bulk.next_poll_us = bulk.sent_by_us;
      bulk.progress = "the host stopped while it was handed over";
      QS_RETURN_IF_ERROR(StoreBulk(in_, bulk));
      return Watch(std::move(bulk));
    case BulkState::kUnknown:
    case BulkState::kInWork:
      return Watch(std::move(bulk));
    case BulkState::kStuck:
      QS_RETURN_IF_ERROR(Free(bulk));
      return absl::OkStatus();
    case BulkState::kReleasing:
      return Release(std::move(bulk));
    case BulkState::kGathering:
    case BulkState::kDone:
    case BulkState::kWithdrawn:
      break;
  }
  return absl::OkStatus();
}

absl::Status BulkDocuments::Watch(BulkRecord bulk) {
  const TimeUs now = in_.clock.Now();
  if (now >= bulk.sent_us + kDocumentGivenUpUs) return GiveDocumentUp(in_, std::move(bulk)).status();
  if (now >= bulk.next_poll_us) {
    // Without a handle nobody can ask for it, only whether it is there.
    QS_ASSIGN_OR_RETURN(bulk,
                        bulk.handle.empty() ? FindDocument(in_, std::move(bulk)) : PollDocument(in_, std::move(bulk)));
  }
  const bool waits = bulk.state == BulkState::kInWork || bulk.state == BulkState::kUnknown;
  if (waits && now >= Deadline(bulk)) {
    QS_ASSIGN_OR_RETURN(bulk, EscapeDocument(in_, std::move(bulk)));
  }
  if (bulk.state == BulkState::kReleasing || (waits && bulk.state == BulkState::kStuck)) more_ = true;
  return absl::OkStatus();
}

absl::Status BulkDocuments::Free(BulkRecord bulk) {
  bool more = bulk.freed_through != kAllFreed;
  for (int page = 0; page < kPagesPerStep && more; ++page) {
    QS_ASSIGN_OR_RETURN(Freed freed, FreeDocumentPage(in_, std::move(bulk)));
    bulk = std::move(freed.bulk);
    more = freed.more;
  }
  more_ = more_ || more;
  return Watch(std::move(bulk));
}

absl::Status BulkDocuments::Release(BulkRecord bulk) {
  for (int page = 0; page < kPagesPerStep && bulk.state == BulkState::kReleasing; ++page) {
    QS_ASSIGN_OR_RETURN(bulk, ReleaseBulkPage(in_, std::move(bulk)));
  }
  more_ = more_ || bulk.state == BulkState::kReleasing;
  return absl::OkStatus();
}

absl::Status BulkDocuments::GatherBacklog() {
  if (contract_ == nullptr || !contract_->has_bulk()) return absl::OkStatus();
  const pb::BulkWay& way = contract_->bulk();
  QS_ASSIGN_OR_RETURN(const Backlog backlog, ReadBacklog(in_, *contract_));
  const TimeUs now = in_.clock.Now();
  const auto gathering = std::find_if(backlog.documents.begin(), backlog.documents.end(),
                                      [](const BulkRecord& bulk) { return bulk.state == BulkState::kGathering; });
  BulkRecord bulk{.account_id = in_.lane.account_id, .created_us = now};
  GatherLimits limits{.most = way.max_items(), .pages = kPagesPerStep};
  if (gathering != backlog.documents.end()) {
    bulk = *gathering;
    limits.skip = Beside(in_, *contract_, backlog, bulk.items).value_or(backlog.urgent);
  } else {
    if (!MayBeginNow(in_, way, backlog.documents)) return absl::OkStatus();
    const auto skip = Beside(in_, *contract_, backlog, 0);
    if (!skip.has_value()) return absl::OkStatus();
    // First it is decided how much there really is, unless there is plenty already.
    if (backlog.undecided > 0 && backlog.due < *skip + way.max_items()) return absl::OkStatus();
    limits.skip = *skip;
    bulk.id = in_.ids.Next();
  }
  QS_ASSIGN_OR_RETURN(const Gathered gathered, GatherDocument(in_, bulk, limits));
  if (gathered.bulk.items == 0 && gathering == backlog.documents.end()) return absl::OkStatus();
  const bool waits_for_more = backlog.undecided > 0 && now < bulk.created_us + kLongestGatheringUs;
  more_ = true;
  if (gathered.bulk.items < way.max_items() && (!gathered.dry || waits_for_more)) return absl::OkStatus();
  return HandOverDocument(in_, gathered.bulk).status();
}

absl::StatusOr<TimeUs> BulkDocuments::NextTime() const {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> open, Open());
  TimeUs next = kNever;
  for (const BulkRecord& bulk : open) {
    const bool watched = bulk.state == BulkState::kUnknown || bulk.state == BulkState::kInWork;
    if (watched || bulk.state == BulkState::kStuck) next = std::min(next, bulk.next_poll_us);
    if (watched) next = std::min(next, Deadline(bulk));
    if (bulk.state == BulkState::kGathering || bulk.state == BulkState::kReleasing) next = 0;
  }
  return next;
}

absl::StatusOr<std::string> BulkDocuments::Progress() const {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> open, Open());
  std::vector<std::string> parts;
  for (const BulkRecord& bulk : open) {
    const std::string words = bulk.state == BulkState::kGathering ? "is being gathered" : bulk.progress;
    parts.push_back(Concat("a document of ", bulk.items, " quantities", words.empty() ? " is in work" : ": ", words));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace quayside
