#include "host/sync/read_back.h"

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/inventory/drift.h"
#include "host/inventory/target_decision.h"
#include "host/listings/listing_import.h"
#include "host/sync/bulk_calls.h"
#include "host/sync/drift_book.h"
#include "host/sync/quantity_events.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr int kDocumentsKnown = 50;

// Those of the first one's channel: a call asks one marketplace.
template <typename Record, typename ChannelOf>
std::vector<Record> OfOneChannel(std::vector<Record> all, ChannelOf channel_of) {
  const std::string channel = channel_of(all.front());
  all.erase(std::remove_if(all.begin(), all.end(), [&](const Record& one) { return channel_of(one) != channel; }),
            all.end());
  return all;
}

template <typename Record>
std::vector<std::string> SkusOf(const std::vector<Record>& records) {
  std::vector<std::string> skus;
  for (const Record& record : records) skus.push_back(record.sku);
  return skus;
}

}  // namespace

bool IsMismatch(const TargetRecord& target, const pb::ReadBack& shown, bool sells) {
  if (!shown.found() || !shown.has_quantity()) return true;
  return sells ? shown.quantity() > *target.accepted : shown.quantity() != *target.accepted;
}

absl::Status ReadBacks::Read() {
  std::vector<TargetRecord> unread;
  std::vector<ReadBackRecord> due;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(unread, tx.ListUnreadTargets(in_.lane.account_id, most_));
    QS_ASSIGN_OR_RETURN(due, tx.ListDueReadBacks(in_.lane.account_id, in_.clock.Now(), most_));
    return absl::OkStatus();
  }));
  if (unread.empty() && due.empty()) return absl::OkStatus();
  const absl::Status read = unread.empty() ? ReadDue(due) : ReadUnread(unread);
  if (!HasReason(read, Reason::kRateLimited)) return read;
  wait_until_ = std::max(RetryTimeOf(read), in_.clock.Now() + kSecondUs);
  return absl::OkStatus();
}

absl::StatusOr<ReadBacks::Results> ReadBacks::Ask(const std::string& channel_id, const std::vector<std::string>& skus) {
  pb::ReadBackRequest request;
  bool enabled = false;
  QS_RETURN_IF_ERROR(in_.store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
    request.set_marketplace(channel.marketplace);
    enabled = channel.enabled;
    return absl::OkStatus();
  }));
  // A disabled channel has no new traffic.
  if (!enabled) return Results();
  for (const std::string& sku : skus) request.add_skus(sku);
  QS_ASSIGN_OR_RETURN(const auto reply,
                      (CallPlugin<pb::ReadBackReply>(in_.plugin, kPushContract, "read_back", request)));
  Results results;
  for (const pb::ReadBack& result : reply.results()) results[result.sku()] = result;
  FailPoint("read-back-before-commit");
  return results;
}

absl::Status ReadBacks::ReadUnread(const std::vector<TargetRecord>& unread) {
  const std::vector<TargetRecord> asked =
      OfOneChannel(unread, [](const TargetRecord& target) { return target.owner_channel_id; });
  const absl::StatusOr<Results> results = Ask(asked.front().owner_channel_id, SkusOf(asked));
  const bool channel_is_gone = HasReason(results.status(), Reason::kChannelNotFound);
  if (!channel_is_gone) QS_RETURN_IF_ERROR(results.status());
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    for (const TargetRecord& target : asked) {
      if (channel_is_gone) {
        QS_RETURN_IF_ERROR(tx.MarkTarget(target.account_id, target.sku, target.changed_us));
        continue;
      }
      const auto result = results->find(target.sku);
      QS_RETURN_IF_ERROR(StoreUnread(tx, target, result == results->end() ? nullptr : &result->second));
    }
    return StayFenced(tx, in_);
  }));
  more_ = true;  // what is read now is to be decided
  return absl::OkStatus();
}

// What the marketplace does not say stays unsent, and says so.
absl::Status ReadBacks::StoreUnread(Tx& tx, const TargetRecord& asked, const pb::ReadBack* result) {
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(asked.account_id, asked.sku));
  // Changed meanwhile: whoever changed it has it decided anew.
  if (!target.has_value() || target->state != TargetState::kUnread) return absl::OkStatus();
  const bool found = result != nullptr && result->found();
  const Fulfilment fulfilment = found ? FulfilmentOf(result->fulfilment()) : Fulfilment::kUnknown;
  QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing(asked.owner_channel_id, asked.sku));
  if (fulfilment == Fulfilment::kUnknown || !listing.has_value()) {
    target->state = TargetState::kNone;
    target->note = found ? kNotSaidNote : kSkuNotKnownNote;
    return tx.PutTarget(*target);
  }
  QS_RETURN_IF_ERROR(TakeInReadBack(tx, in_.clock.Now(), *std::move(listing), *result));
  return tx.MarkTarget(asked.account_id, asked.sku, target->changed_us);
}

absl::Status ReadBacks::ReadDue(const std::vector<ReadBackRecord>& due) {
  const std::vector<ReadBackRecord> asked =
      OfOneChannel(due, [](const ReadBackRecord& record) { return record.channel_id; });
  absl::StatusOr<Results> results = Ask(asked.front().channel_id, SkusOf(asked));
  // The channel is gone, and with it the question.
  if (HasReason(results.status(), Reason::kChannelNotFound)) results = Results();
  QS_RETURN_IF_ERROR(results.status());
  QS_RETURN_IF_ERROR(in_.store.Write([&](Tx& tx) -> absl::Status {
    std::map<int64_t, BulkRecord> documents;
    QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> known,
                        tx.ListBulks({.account_id = in_.lane.account_id, .limit = kDocumentsKnown}));
    for (const BulkRecord& bulk : known) documents.emplace(bulk.id, bulk);
    for (const ReadBackRecord& record : asked) {
      QS_RETURN_IF_ERROR(tx.DeleteReadBack(record.account_id, record.sku));
      const auto result = results->find(record.sku);
      if (result != results->end()) QS_RETURN_IF_ERROR(Compare(tx, record, &result->second, documents));
    }
    return StayFenced(tx, in_);
  }));
  more_ = asked.size() < due.size() || static_cast<int>(due.size()) >= most_;
  return absl::OkStatus();
}

absl::Status ReadBacks::NoteShown(Tx& tx, const ReadBackRecord& asked, int32_t shown) {
  QS_ASSIGN_OR_RETURN(std::optional<ListingRecord> listing, tx.FindListing(asked.channel_id, asked.sku));
  if (!listing.has_value()) return absl::OkStatus();
  listing->quantity_seen = shown;
  listing->seen_us = in_.clock.Now();
  return tx.PutListing(*listing);
}

absl::Status ReadBacks::Compare(Tx& tx, const ReadBackRecord& asked, const pb::ReadBack* result,
                                std::map<int64_t, BulkRecord>& documents) {
  QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget(asked.account_id, asked.sku));
  if (!target.has_value() || !IsSettled(*target)) return absl::OkStatus();
  const bool sells = in_.brings_orders(asked.account_id);
  const bool mismatch = IsMismatch(*target, *result, sells);
  if (const auto document = documents.find(asked.bulk_id); document != documents.end()) {
    ++document->second.read_back;
    if (mismatch) ++document->second.mismatches;
    QS_RETURN_IF_ERROR(tx.PutBulk(document->second));
  }
  const std::optional<int32_t> shown =
      result->has_quantity() ? std::optional<int32_t>(result->quantity()) : std::nullopt;
  QS_ASSIGN_OR_RETURN(const bool told, SettleDrift(tx, in_.clock.Now(), *target, asked.channel_id, shown, sells));
  // Else an old word of the listing would raise the same suspicion again.
  if (asked.bulk_id == 0 && shown.has_value()) QS_RETURN_IF_ERROR(NoteShown(tx, asked, *shown));
  if (shown == target->accepted) return absl::OkStatus();
  if (mismatch && !told) {
    QS_RETURN_IF_ERROR(
        AppendQuantityEvent(tx, in_.clock.Now(), "quantity.mismatch", *target,
                            {{"accepted", Concat(*target->accepted)},
                             {"shown", result->has_quantity() ? Concat(result->quantity()) : std::string("nothing")}}));
  }
  // What is shown counts from now on.
  return TakeForShown(tx, in_.clock.Now(), *std::move(target), shown);
}

}  // namespace quayside
