#include "host/api/convert.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/base/names.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

constexpr size_t kMaxDisplayNameBytes = 200;
constexpr size_t kMaxOptions = 100;
constexpr size_t kMaxOptionNameBytes = 64;
constexpr size_t kMaxOptionValueBytes = 4096;

}  // namespace

absl::Status WithViolations(std::vector<FieldViolation> found, const absl::Status& other) {
  if (found.empty()) return other;
  for (FieldViolation& violation : ViolationsOf(other)) found.push_back(std::move(violation));
  return MakeFieldError(Reason::kInvalidArgument, found);
}

DurationUs DurationWithin(const google::protobuf::Duration& duration, DurationUs longest) {
  if (duration.seconds() < 0 || duration.nanos() < 0 || duration.seconds() > longest / kSecondUs) return -1;
  const DurationUs whole = duration.seconds() * kSecondUs + duration.nanos() / 1000;
  return whole > longest ? -1 : whole;
}

quayside::v1::FulfilmentChannel ToProto(Fulfilment fulfilment) {
  switch (fulfilment) {
    case Fulfilment::kUnknown:
      return quayside::v1::FULFILMENT_CHANNEL_UNSPECIFIED;
    case Fulfilment::kMerchant:
      return quayside::v1::FULFILMENT_CHANNEL_MERCHANT;
    case Fulfilment::kMarketplace:
      return quayside::v1::FULFILMENT_CHANNEL_MARKETPLACE;
  }
  return quayside::v1::FULFILMENT_CHANNEL_UNSPECIFIED;
}

quayside::v1::LaneState ToProto(LaneActivity activity) {
  switch (activity) {
    case LaneActivity::kIdle:
      return quayside::v1::LANE_STATE_IDLE;
    case LaneActivity::kRunning:
      return quayside::v1::LANE_STATE_RUNNING;
    case LaneActivity::kBackoff:
      return quayside::v1::LANE_STATE_BACKOFF;
    case LaneActivity::kPaused:
      return quayside::v1::LANE_STATE_PAUSED;
    case LaneActivity::kDisabled:
      return quayside::v1::LANE_STATE_DISABLED;
    case LaneActivity::kNeedsOperator:
      return quayside::v1::LANE_STATE_NEEDS_OPERATOR;
  }
  return quayside::v1::LANE_STATE_UNSPECIFIED;
}

void CheckDisplayName(const std::string& name, const std::string& field, std::vector<FieldViolation>& violations) {
  const bool one_line = std::none_of(name.begin(), name.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
  if (name.size() <= kMaxDisplayNameBytes && one_line) return;
  violations.push_back({field, "must be one line of at most 200 bytes"});
}

void CheckOptionTexts(const google::protobuf::Map<std::string, std::string>& options, const std::string& field,
                      std::vector<FieldViolation>& violations) {
  if (options.size() > kMaxOptions) violations.push_back({field, "has more than 100 entries"});
  for (const auto& [name, value] : options) {
    if (name.empty() || name.size() > kMaxOptionNameBytes)
      violations.push_back({field, "a name must have 1..64 bytes"});
    if (value.size() > kMaxOptionValueBytes)
      violations.push_back({absl::StrCat(field, ".", name), "is longer than 4096 bytes"});
  }
}

absl::Status AddEvent(Tx& tx, TimeUs now, std::string_view type, std::string resource,
                      std::map<std::string, std::string> attributes) {
  return tx
      .AppendEvent({.time_us = now,
                    .type = std::string(type),
                    .resource = std::move(resource),
                    .attributes = std::move(attributes)})
      .status();
}

absl::Status CheckOutcomesKnown(ReadTx& tx, const std::string& account_id, const std::string& channel_id) {
  constexpr int kLimit = 1000;
  QS_ASSIGN_OR_RETURN(
      const std::vector<IntentRecord> intents,
      tx.ListIntents(account_id, {IntentState::kSent, IntentState::kAccepted, IntentState::kUnknown}, kLimit));
  int64_t open = 0;
  const auto count = [&](const auto& records) {
    open += std::count_if(records.begin(), records.end(),
                          [&](const auto& record) { return channel_id.empty() || record.channel_id == channel_id; });
  };
  for (const IntentRecord& intent : intents) {
    if (intent.settled_us != 0) continue;
    if (!channel_id.empty()) {
      QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx.FindTarget(account_id, intent.target));
      if (!target.has_value() || target->owner_channel_id != channel_id) continue;
    }
    ++open;
  }
  for (const DespatchState state :
       {DespatchState::kSending, DespatchState::kUnknown, DespatchState::kAccepted, DespatchState::kWaiting}) {
    // What waits on a channel that is deleted is rejected by its account's lane; without the account nobody would.
    if (state == DespatchState::kWaiting && !channel_id.empty()) continue;
    QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages,
                        tx.ListOpenDespatches(account_id, state, kNever, kLimit));
    count(packages);
  }
  for (const PostSaleState state : {PostSaleState::kSending, PostSaleState::kUnknown, PostSaleState::kAccepted,
                                    PostSaleState::kUnclear, PostSaleState::kWaiting}) {
    if (state == PostSaleState::kWaiting && !channel_id.empty()) continue;
    QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions,
                        tx.ListOpenPostSales(account_id, state, kNever, kLimit));
    count(actions);
  }
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundRecord> outbounds, tx.ListOpenOutbounds(account_id, kLimit));
  count(outbounds);
  if (open == 0) return absl::OkStatus();
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kOutcomesUnknown,
                   absl::StrCat(open, " submission(s) have no known outcome yet; they must settle first"),
                   {{"resource", channel_id.empty() ? AccountName(account_id) : ChannelName(channel_id)}});
}

}  // namespace quayside
