// A complete pass over a channel's listings: how far it is, what it proves, and the end of what it did not see.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {

// The lane's pass after a page that was asked for at `asked_us`. A pass begins with its first page; it proves what the
// marketplace lacked at the earliest time any of its listings was held, and at its beginning at the latest. A page of
// no pass (a delta) changes nothing but when the next pass is allowed.
[[nodiscard]] PassRecord PassAfterPage(const PassRecord& before, const quayside::plugin::v1::PullListingsReply& reply,
                                       TimeUs asked_us, TimeUs now);

// Somebody wanted a pass that begins after `want_pass_us`: is it this one, and at its end? (0 = nobody wanted one: no.)
// Also one that proves nothing: what cannot be read would be as unreadable the next time, and the wish never end.
[[nodiscard]] bool FulfilsWish(const PassRecord& pass, TimeUs want_pass_us);

// Listings looked at in one piece.
inline constexpr int kVanishPiece = 2000;

struct VanishedPiece {
  PassRecord pass;  // as it stands after the piece
  bool targets_changed = false;
};

// Marks what the complete `pass` did not see in the next piece of the channel's listings, with what follows: events,
// targets to be decided again. One part of a transaction that also stores the pass, so that a crash between pieces
// goes on with the next. `pass.vanishing`.
[[nodiscard]] absl::StatusOr<VanishedPiece> VanishPiece(Tx& tx, TimeUs now, const ChannelRecord& channel,
                                                        PassRecord pass);

}  // namespace quayside
