#include "host/listings/listing_pass.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/listings/listing_events.h"
#include "host/listings/listing_merge.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

PassRecord PassAfterPage(const PassRecord& before, const pb::PullListingsReply& reply, TimeUs asked_us, TimeUs now) {
  PassRecord pass = before;
  const bool begins = !reply.pass_id().empty() && (reply.pass_id() != before.id || before.ended_us != 0);
  if (begins) pass = {.id = reply.pass_id(), .begun_us = asked_us, .as_of_us = asked_us};
  pass.next_us = reply.next_pass_us();
  if (reply.pass_id().empty()) return pass;
  for (const pb::Listing& listing : reply.listings()) pass.as_of_us = std::min(pass.as_of_us, HeldAt(listing, now));
  pass.done = std::max<int64_t>(reply.pass_done(), 0);
  pass.total = std::max<int64_t>(reply.pass_total(), 0);
  if (reply.pass_complete() || reply.pass_inconclusive()) pass.ended_us = now;
  if (reply.pass_complete() && !reply.pass_inconclusive()) {
    pass.completed_us = now;
    pass.vanishing = true;
    pass.then_us = reply.next_poll_us();
  }
  return pass;
}

bool FulfilsWish(const PassRecord& pass, TimeUs want_pass_us) {
  return want_pass_us != 0 && pass.ended_us != 0 && want_pass_us <= pass.begun_us;
}

absl::StatusOr<VanishedPiece> VanishPiece(Tx& tx, TimeUs now, const ChannelRecord& channel, PassRecord pass) {
  QS_ASSIGN_OR_RETURN(const VanishBatch batch, tx.MarkVanished({.channel_id = channel.id,
                                                                .pass_id = pass.id,
                                                                .seen_by_us = pass.as_of_us,
                                                                .after_sku = pass.vanished_through,
                                                                .looked_at = kVanishPiece}));
  QS_RETURN_IF_ERROR(AppendListingsVanished(tx, now, channel.id, batch.skus));
  VanishedPiece piece;
  QS_ASSIGN_OR_RETURN(const int64_t marked, tx.MarkKnownTargets(channel.account_id, batch.skus, now));
  piece.targets_changed = marked > 0;
  pass.vanished += static_cast<int64_t>(batch.skus.size());
  pass.vanished_through = batch.last ? std::string() : batch.through_sku;
  pass.vanishing = !batch.last;
  piece.pass = std::move(pass);
  return piece;
}

}  // namespace quayside
