#include "listings.h"

#include <algorithm>
#include <charconv>

namespace example_shop {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;

// A pass under way: the page to read next, and when it began, which names it.
struct Position {
  int64_t page = 1;
  int64_t began_us = 0;
};

bool TakeNumber(std::string_view& text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

// State "PAGE TIME"; an empty one begins a pass.
sdk::Result<Position> Decode(const pb::Cursor& cursor, sdk::Step& step) {
  Position position;
  std::string_view state = cursor.state();
  if (state.empty()) {
    position.began_us = step.NowUs();
    return position;
  }
  const bool good = TakeNumber(state, position.page) && !state.empty() && state.front() == ' ' &&
                    (state.remove_prefix(1), TakeNumber(state, position.began_us)) && state.empty() &&
                    position.page > 1;
  if (!good) return sdk::Error::Invalid("CURSOR_INVALID", "the cursor is none of this plugin's");
  return position;
}

}  // namespace

sdk::Result<pb::PullListingsReply> PullListings(const pb::PullListingsRequest& request, sdk::Step& step) {
  QS_TRY(const bool ours, CheckCursor(request.has_cursor(), request.cursor()));
  (void)ours;
  QS_TRY(const Position position, Decode(request.cursor(), step));
  QS_TRY(const boost::json::value page,
         Get("/listings", "listings", {{"page", std::to_string(position.page)}}, step));
  pb::PullListingsReply reply;
  for (const boost::json::value& json : page.at("listings").as_array()) {
    pb::Listing& listing = *reply.add_listings();
    listing.set_sku(json.at("sku").as_string().c_str());
    listing.set_title(json.at("title").as_string().c_str());
    listing.set_quantity(json.at("quantity").to_number<int32_t>());
    listing.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
  }
  const bool is_last = position.page >= page.at("pages").to_number<int64_t>();
  reply.set_pass_id("pass-" + std::to_string(position.began_us));
  reply.set_pass_complete(is_last);
  reply.set_has_more(!is_last);
  pb::Cursor& next = *reply.mutable_next_cursor();
  next.set_schema(kCursorSchema);
  next.set_watermark_us(request.cursor().watermark_us());
  if (is_last) {
    next.set_watermark_us(std::max(position.began_us, request.cursor().watermark_us()));
    reply.set_next_poll_us(step.NowUs() + kHourUs);
  } else {
    next.set_state(std::to_string(position.page + 1) + " " + std::to_string(position.began_us));
  }
  return reply;
}

}  // namespace example_shop
