#include "listings.h"

#include <algorithm>
#include <utility>

#include "pickup.h"
#include "position.h"
#include "rows.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

constexpr char kListingsLane[] = "listings";
constexpr int kDefaultListings = 1'000;
constexpr int kMostListings = 5'000;
constexpr int64_t kMostListedUnits = 100'000'000;
constexpr int64_t kMostListedDays = 30;

int ListingsOf(const pb::PullListingsRequest& request) {
  return request.page_size() <= 0 ? kDefaultListings : std::min(request.page_size(), kMostListings);
}

// "" or what is wrong.
std::string ReadListing(const Row& row, const FileFormat& format, int64_t as_of_us, pb::Listing& listing) {
  listing.set_sku(std::string(row.Get("sku")));
  if (listing.sku().empty()) return row.At("sku", "is empty");
  listing.set_title(std::string(row.Get("title")));
  listing.set_title_unknown(listing.title().empty());
  listing.set_product_id(std::string(row.Get("product_id")));
  listing.set_product_type(std::string(row.Get("product_type")));
  listing.set_product_type_unknown(listing.product_type().empty());
  listing.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  listing.set_as_of_us(as_of_us);
  if (const std::string_view status = row.Get("status"); !status.empty()) listing.add_statuses(std::string(status));
  if (const std::string_view text = row.Get("quantity"); !text.empty()) {
    const auto quantity = ParseCount(text, kMostListedUnits, format.decimal_separator);
    if (!quantity) return row.At("quantity", "must be a whole number, 0 or more");
    listing.set_quantity(static_cast<int32_t>(*quantity));
  }
  if (const std::string_view text = row.Get("latency_days"); !text.empty()) {
    const auto days = ParseCount(text, kMostListedDays, format.decimal_separator);
    if (!days) return row.At("latency_days", "must be a whole number from 0 to 30");
    listing.set_latency_days(static_cast<int32_t>(*days));
  }
  if (const std::string_view text = row.Get("updated"); !text.empty()) {
    const auto updated = ParseTime(text, format.dates);
    if (!updated) return row.At("updated", "is no date or time in the form that the account's options name");
    listing.set_updated_us(*updated);
  }
  return {};
}

}  // namespace

Result<pb::PullListingsReply> PullListings(const Settings& settings, const pb::PullListingsRequest& request,
                                           Step& step) {
  pb::PullListingsReply reply;
  const int64_t before_us = request.cursor().watermark_us();
  QS_TRY(FilePosition position, DecodePosition(kListingsLane, request.cursor()));
  if (settings.listings.place.empty()) {
    *reply.mutable_next_cursor() = EncodePosition(kListingsLane, position, before_us);
    return reply;
  }
  QS_TRY(const bool put_away, PutAway(settings.listings, position, step));
  (void)put_away;
  QS_TRY(PickedUp picked_up, PickUp(settings.listings, settings.format, position, step));
  for (pb::BadRecord& bad : picked_up.bad_files) *reply.add_bad_records() = std::move(bad);
  int64_t reached_us = before_us;
  if (picked_up.has_file) {
    const RowPage page{settings.listings, settings.format, ListingFields(), ListingsOf(request), [&](const Row& row) {
                         pb::Listing listing;
                         std::string problem = ReadListing(row, settings.format, position.taken_us, listing);
                         if (problem.empty()) *reply.add_listings() = std::move(listing);
                         return problem;
                       }};
    QS_TRY(const bool read, ReadRows(page, position, *reply.mutable_bad_records(), step));
    (void)read;
    if (settings.listings_are_complete) {
      reply.set_pass_id(PassIdOf(position));
      reply.set_pass_complete(IsWholePass(position));
      reply.set_pass_inconclusive(position.state == FileState::kRead && !IsWholePass(position));
      if (!reply.pass_id().empty()) reply.set_pass_done(position.done);
    }
    if (position.state == FileState::kRead) reached_us = std::max(before_us, position.taken_us);
  }
  *reply.mutable_next_cursor() = EncodePosition(kListingsLane, position, reached_us);
  reply.set_has_more(picked_up.has_file);
  reply.set_next_poll_us(picked_up.look_again_us);
  return reply;
}

}  // namespace quayside::flatfile
