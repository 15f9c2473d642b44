#include "core/outbound_list.h"

#include "core/world.h"

namespace amazon_sim {

OutboundPage ListOutbound(const Call& call, const OutboundBook::TimeIndex& index, Micros since,
                          const std::string& token, std::uint64_t fingerprint) {
  constexpr Micros kTokenLives = kHour;
  PageState page{.query = fingerprint ^ call.account.index, .issued = call.now};
  if (!token.empty()) {
    const auto opened = call.page_tokens.Open(token);
    if (!opened || opened->query != page.query) RefuseInput("The page token is invalid.");
    if (opened->issued + kTokenLives < call.now) RefuseInput("The page token has expired.");
    page = *opened;
    if (call.Has(FaultKind::kRepeatedPage)) {
      page.after_time = page.start_time;
      page.after_index = page.start_index;
    }
  }
  // An order that changes while a client pages moves to the end, and comes again.
  auto at = page.after_index == 0 ? index.lower_bound({token.empty() ? since : page.window_end, 0})
                                  : index.upper_bound({page.after_time, page.after_index});
  OutboundPage found;
  OutboundBook::TimeIndex::key_type last{};
  for (; at != index.end(); ++at) {
    const OutboundOrder* order = call.book.outbound().Find(at->second);
    if (order->visible_from > call.now) continue;
    if (found.orders.size() == static_cast<std::size_t>(call.world.outbound_settings.page_size)) {
      const PageState next{.query = page.query,
                           .issued = call.now,
                           .window_end = token.empty() ? since : page.window_end,
                           .after_time = last.first,
                           .after_index = last.second,
                           .start_time = page.after_time,
                           .start_index = page.after_index,
                           .has_start = true};
      found.next_token = call.page_tokens.Seal(next);
      break;
    }
    found.orders.push_back(order);
    last = *at;
  }
  return found;
}

}  // namespace amazon_sim
