// The gates of the channels within one transaction that decides or takes targets: each target passes the gate of its
// owner before it is stored, and Commit closes the gate of a channel that would set too many listings to zero. Zeros
// that wait and zeros taken lately together never exceed the limit while a gate is open.
//
//   target = gates.Pass(before, decided), tx.PutTarget(target), ...; gates.Took(target) for those that are sent;
//   gates.Commit() at the end.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/inventory/brake.h"
#include "host/store/store.h"

namespace quayside {

class ChannelGates {
 public:
  ChannelGates(Tx& tx, TimeUs now) : tx_(tx), now_(now) {}

  // PassGate (host/inventory/brake.h) with the gate of the target's owner.
  [[nodiscard]] absl::StatusOr<TargetRecord> Pass(const TargetRecord& before, TargetRecord decided, ZeroCause cause);
  // The channel's limit is another: Commit looks at the zeros that wait, too.
  [[nodiscard]] absl::Status Review(const ChannelRecord& channel);
  // The target's number leaves, now: what counts as waiting counts as taken from now on. `sharers`: the account's other
  // channels whose listings of the SKU show that number too; it was sent for them as well.
  [[nodiscard]] absl::Status Took(TargetRecord& target, const std::vector<std::string>& sharers);
  // Stores the gates and closes those with too many zeros, with the event of it. Not before the targets are stored.
  [[nodiscard]] absl::Status Commit();

 private:
  struct Passing {
    GateRecord gate;
    bool stored = false;
    bool told = false;     // the event says why it is closed
    bool stopped = false;  // a target, in the next batch
    bool zeroing = false;  // one more zero waits
    bool changed = false;
  };
  absl::StatusOr<Passing*> Of(const std::string& account_id, const std::string& channel_id);
  absl::Status SentFor(const std::string& account_id, const std::string& channel_id);
  absl::Status CloseIfTooMany(Passing& passing);
  absl::Status Tell(const GateRecord& gate, std::map<std::string, std::string> attributes);

  Tx& tx_;
  const TimeUs now_;
  std::map<std::string, Passing> passing_;  // by channel
};

// What would be too many, though part of the account's targets is not decided yet: of each open gate of the account
// with a zero that waits, all the undecided might be zeros, too. Nothing should leave before more is decided.
// `unmarked`: how many are to be decided and are not marked in the store, at most.
[[nodiscard]] absl::StatusOr<bool> UndecidedMayBeTooManyZeros(ReadTx& tx, const std::string& account_id, TimeUs now,
                                                              int64_t unmarked);

}  // namespace quayside
