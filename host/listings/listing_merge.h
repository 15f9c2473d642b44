// What of a listing is kept and what is replaced when the marketplace reports it. Pure.
//
// A page of a report can be half a day old, so each listing bears the time at which the marketplace held what is said
// (plugin.v1.Listing.as_of_us), and the newer word counts, whichever came last. What people decided (link, ignore,
// rules) is never replaced; of a listing that was not told whose it is and that nobody linked, nobody decided anything.
#pragma once

#include <string_view>

#include "host/store/records.h"
#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/plugin/v1/types.pb.h"

namespace quayside {

[[nodiscard]] Fulfilment FulfilmentOf(quayside::plugin::v1::FulfilmentChannel channel);

// When the marketplace held what is said; never later than `now`.
[[nodiscard]] TimeUs HeldAt(const quayside::plugin::v1::Listing& reported, TimeUs now);

// A listing nobody knew. One in the marketplace's warehouse is ignored until somebody decides otherwise.
[[nodiscard]] ListingRecord NewListing(const ChannelRecord& channel, const quayside::plugin::v1::Listing& reported,
                                       TimeUs held_us, std::string_view pass_id);

struct MergedListing {
  ListingRecord record;
  // More than when it was seen, and by which pass.
  bool changed = false;
  // Whose quantity it is, or whether it is listed at all, is another matter now: its quantity is to be decided again.
  bool decides_anew = false;
};

// `pass_id` empty: in no complete pass.
[[nodiscard]] MergedListing MergeListing(const ListingRecord& known, const quayside::plugin::v1::Listing& reported,
                                         TimeUs held_us, std::string_view pass_id);

}  // namespace quayside
