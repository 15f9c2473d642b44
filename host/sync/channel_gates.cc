#include "host/sync/channel_gates.h"

#include <limits>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// Stopped in the transaction that closes the gate; the rest follows in pieces (gate_keeper.h).
constexpr int kStoppedAtOnce = 5000;
constexpr int kMostChannels = 1000;

ZeroWindow WindowOf(const GateRecord& gate, TimeUs now) {
  return WindowAt({.begun_us = gate.window_us, .zeros = gate.zeros, .zeros_before = gate.zeros_before}, now);
}

// Zeros of the channel that count: those that wait, and those taken lately.
absl::StatusOr<int64_t> CountZeros(ReadTx& tx, const GateRecord& gate, TimeUs now) {
  QS_ASSIGN_OR_RETURN(const int64_t waiting, tx.CountZeroing(gate.channel_id));
  return waiting + WindowOf(gate, now).total();
}

absl::StatusOr<bool> IsTooMany(ReadTx& tx, int64_t zeros, const ChannelRecord& channel) {
  const int64_t bear = ListingsThatBear(zeros, channel.config.zero_brake_percent);
  QS_ASSIGN_OR_RETURN(const int64_t listings, tx.CountNumbers(channel.id, bear));
  return TooManyZeros(zeros, listings, channel.config.zero_brake_percent);
}

}  // namespace

absl::StatusOr<ChannelGates::Passing*> ChannelGates::Of(const std::string& account_id, const std::string& channel_id) {
  const auto [at, is_new] = passing_.try_emplace(channel_id);
  Passing& passing = at->second;
  if (!is_new) return &passing;
  QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> stored, tx_.FindGate(channel_id));
  passing.stored = stored.has_value();
  passing.gate = stored.value_or(GateRecord{.channel_id = channel_id, .account_id = account_id});
  passing.told = passing.gate.state != GateState::kFirst || !passing.gate.reason.empty();
  if (!passing.told) passing.gate.reason = "the channel's first quantities wait for your word";
  return &passing;
}

absl::StatusOr<TargetRecord> ChannelGates::Pass(const TargetRecord& before, TargetRecord decided, ZeroCause cause) {
  if (decided.owner_channel_id.empty()) return decided;  // nothing is sent for nobody
  QS_ASSIGN_OR_RETURN(Passing * passing, Of(decided.account_id, decided.owner_channel_id));
  TargetRecord passed = PassGate(passing->gate, before, std::move(decided), cause);
  if (passed.state == TargetState::kBraked) passing->stopped = true;
  const bool counted = before.zeroing && before.owner_channel_id == passed.owner_channel_id;
  if (passed.zeroing && !counted) passing->zeroing = true;
  return passed;
}

absl::Status ChannelGates::Review(const ChannelRecord& channel) {
  QS_ASSIGN_OR_RETURN(Passing * passing, Of(channel.account_id, channel.id));
  QS_ASSIGN_OR_RETURN(const int64_t waiting, tx_.CountZeroing(channel.id));
  passing->zeroing = passing->zeroing || waiting > 0;
  return absl::OkStatus();
}

absl::Status ChannelGates::SentFor(const std::string& account_id, const std::string& channel_id) {
  QS_ASSIGN_OR_RETURN(Passing * passing, Of(account_id, channel_id));
  if (passing->gate.sent_us == now_) return absl::OkStatus();
  passing->gate.sent_us = now_;
  passing->changed = true;
  return absl::OkStatus();
}

absl::Status ChannelGates::Took(TargetRecord& target, const std::vector<std::string>& sharers) {
  if (target.owner_channel_id.empty()) return absl::OkStatus();
  QS_RETURN_IF_ERROR(SentFor(target.account_id, target.owner_channel_id));
  for (const std::string& channel_id : sharers) QS_RETURN_IF_ERROR(SentFor(target.account_id, channel_id));
  if (!target.zeroing) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(Passing * passing, Of(target.account_id, target.owner_channel_id));
  GateRecord& gate = passing->gate;
  const ZeroWindow window = WindowOf(gate, now_);
  gate.window_us = window.begun_us;
  gate.zeros = window.zeros + 1;
  gate.zeros_before = window.zeros_before;
  passing->changed = true;
  target.zeroing = false;
  target.let_go = LetGo::kCounted;
  return absl::OkStatus();
}

absl::Status ChannelGates::Tell(const GateRecord& gate, std::map<std::string, std::string> attributes) {
  attributes["account"] = gate.account_id;
  return tx_.AppendEvent({0, now_, "channel.quantities_stopped", ChannelName(gate.channel_id), std::move(attributes)})
      .status();
}

absl::Status ChannelGates::CloseIfTooMany(Passing& passing) {
  GateRecord& gate = passing.gate;
  QS_ASSIGN_OR_RETURN(const int64_t zeros, CountZeros(tx_, gate, now_));
  QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx_.GetChannel(gate.channel_id));
  QS_ASSIGN_OR_RETURN(const bool too_many, IsTooMany(tx_, zeros, channel));
  if (!too_many) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const int64_t listings, tx_.CountNumbers(gate.channel_id, std::numeric_limits<int64_t>::max()));
  const int32_t percent = channel.config.zero_brake_percent;
  gate.state = GateState::kBraked;
  gate.since_us = now_;
  gate.reason =
      Concat("the brake is on: ", zeros, " of ", listings, " listings would go to zero, the limit is ", percent, " %");
  ++gate.batch;
  passing.changed = true;
  QS_RETURN_IF_ERROR(tx_.BrakeDirtyTargets(gate.channel_id, gate.batch, gate.reason, kStoppedAtOnce).status());
  return Tell(gate, {{"why", "TOO_MANY_ZEROS"},
                     {"zeros", Concat(zeros)},
                     {"listings", Concat(listings)},
                     {"percent", Concat(percent)}});
}

absl::Status ChannelGates::Commit() {
  for (auto& [channel_id, passing] : passing_) {
    GateRecord& gate = passing.gate;
    if (passing.stopped) {
      ++gate.batch;
      passing.changed = true;
      if (!passing.told) {
        gate.since_us = now_;
        QS_RETURN_IF_ERROR(Tell(gate, {{"why", "FIRST_QUANTITIES"}}));
      }
    }
    if (passing.zeroing && !IsClosed(gate)) QS_RETURN_IF_ERROR(CloseIfTooMany(passing));
    // A gate that never stopped anything has nothing to say; it may know when a quantity was sent for its channel.
    if (!passing.told && !passing.stopped) gate.reason.clear();
    if (passing.changed) QS_RETURN_IF_ERROR(tx_.PutGate(gate));
  }
  passing_.clear();
  return absl::OkStatus();
}

absl::StatusOr<bool> UndecidedMayBeTooManyZeros(ReadTx& tx, const std::string& account_id, TimeUs now,
                                                int64_t unmarked) {
  std::optional<int64_t> undecided;
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels,
                      tx.ListChannels({.account_id = account_id, .limit = kMostChannels}));
  for (const ChannelRecord& channel : channels) {
    QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> gate, tx.FindGate(channel.id));
    if (!gate.has_value() || IsClosed(*gate)) continue;
    QS_ASSIGN_OR_RETURN(const int64_t waiting, tx.CountZeroing(channel.id));
    if (waiting == 0) continue;
    if (!undecided.has_value()) {
      QS_ASSIGN_OR_RETURN(undecided, tx.CountChangedTargets(account_id, std::numeric_limits<int64_t>::max()));
    }
    QS_ASSIGN_OR_RETURN(const bool too_many,
                        IsTooMany(tx, waiting + WindowOf(*gate, now).total() + *undecided + unmarked, channel));
    if (too_many) return true;
  }
  return false;
}

}  // namespace quayside
