#include "core/traffic.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/json_fields.h"
#include "core/order_commands.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

struct Range {
  std::int64_t low, high;
  std::int64_t Draw(Rng& rng) const { return rng.Between(low, high); }
};

Range ReadRange(const json::object& fields, std::string_view name, Range fallback) {
  const json::array* pair = ArrayField(fields, name);
  if (!pair) return fallback;
  boost::system::error_code error;
  if (pair->size() != 2) throw InputError(std::string(name) + " must be [min, max]");
  const auto low = (*pair)[0].to_number<std::int64_t>(error);
  const auto high = (*pair)[1].to_number<std::int64_t>(error);
  if (error || low > high) throw InputError(std::string(name) + " must be [min, max]");
  return {low, high};
}

struct Flow {
  std::string seller;
  double mean_gap_us;
  double fba_share, pending_share, cancel_share, prime_share;
  Range pay_after_s, ship_after_s, lines, quantity;
  Micros until;
  Rng rng;
};

// One order of a flow or of the past; null when nothing could be sold.
Order* SellSomething(World& world, const Flow& flow, Rng& rng, Micros now, std::string_view origin) {
  const Account& account = world.AccountOf(flow.seller);
  OrderDraft draft;
  draft.marketplace = account.marketplaces[rng.Below(account.marketplaces.size())];
  bool fba = rng.Chance(flow.fba_share);
  const std::int64_t lines = flow.lines.Draw(rng);
  for (std::int64_t i = 0; i < lines; ++i) {
    const std::int64_t quantity = flow.quantity.Draw(rng);
    Listing* listing = account.book->PickSellable(draft.marketplace, quantity, fba, rng);
    if (!listing && draft.lines.empty()) {
      // A seller without FBA stock, or with nothing else, still sells.
      listing = account.book->PickSellable(draft.marketplace, quantity, !fba, rng);
      if (listing) fba = !fba;
    }
    const bool twice =
        std::any_of(draft.lines.begin(), draft.lines.end(), [&](auto& line) { return line.first == listing; });
    if (listing && !twice) draft.lines.emplace_back(listing, quantity);
  }
  draft.by_amazon = fba;
  draft.prime = rng.Chance(flow.prime_share);
  draft.status = rng.Chance(flow.pending_share) ? OrderStatus::kPending : OrderStatus::kUnshipped;
  draft.origin = origin;
  if (const auto seconds = world.faults.DecideLateness("place", account.seller_id())) {
    draft.listed_after = static_cast<Micros>(*seconds * kSecond);
  }
  Order* order = nullptr;
  if (draft.lines.empty() || !account.book->PlaceOrder(std::move(draft), now, &order).ok()) {
    world.ledger.CountLostSale();
    return nullptr;
  }
  return order;
}

// A later change of one order; it may have been cancelled or shipped by then, which is fine.
void ScheduleChange(World& world, const std::string& seller, const Order& order, Micros due,
                    Outcome (*change)(SellerBook&, Order&, Micros)) {
  world.Schedule(due, [seller, index = order.index, change](World& later, Micros now) {
    SellerBook& book = later.Book(seller);
    Order& changed = book.order(index);
    if (change(book, changed, now).ok()) ApplyLateness(later, book, changed, now);
  });
}

void ScheduleLife(World& world, const Flow& flow, Rng& rng, const Order& order, Micros now) {
  const Micros paid = now + flow.pay_after_s.Draw(rng) * kSecond;
  const bool cancelled = rng.Chance(flow.cancel_share);
  if (cancelled) {
    ScheduleChange(world, flow.seller, order, paid,
                   [](SellerBook& book, Order& each, Micros at) { return book.Cancel(each, {}, at); });
    return;
  }
  if (IsPending(order.status)) {
    ScheduleChange(world, flow.seller, order, paid,
                   [](SellerBook& book, Order& each, Micros at) { return book.Pay(each, at); });
  }
  if (order.by_amazon) {
    ScheduleChange(world, flow.seller, order, paid + flow.ship_after_s.Draw(rng) * kSecond,
                   [](SellerBook& book, Order& each, Micros at) { return book.Ship(each, {}, at); });
  }
}

void ScheduleNextArrival(World& world, const std::shared_ptr<Flow>& flow, Micros now) {
  const Micros due = now + std::max<Micros>(1, static_cast<Micros>(flow->rng.Exponential(flow->mean_gap_us)));
  if (due > flow->until) return;
  world.Schedule(due, [flow](World& later, Micros at) {
    if (const Order* order = SellSomething(later, *flow, flow->rng, at, "flow")) {
      ScheduleLife(later, *flow, flow->rng, *order, at);
    }
    ScheduleNextArrival(later, flow, at);
  });
}

Flow ReadFlow(const World& world, const json::object& fields, Micros now, std::string_view purpose) {
  const double until = NumberField(fields, "until_s", 0);
  return {.seller = TextField(fields, "seller"),
          .mean_gap_us = 0,
          .fba_share = NumberField(fields, "fba_share", 0.2),
          .pending_share = NumberField(fields, "pending_share", 0.5),
          .cancel_share = NumberField(fields, "cancel_share", 0.03),
          .prime_share = NumberField(fields, "prime_share", 0.1),
          .pay_after_s = ReadRange(fields, "pay_after_s", {60, 1800}),
          .ship_after_s = ReadRange(fields, "ship_after_s", {3600, 14400}),
          .lines = ReadRange(fields, "lines", {1, 2}),
          .quantity = ReadRange(fields, "quantity", {1, 2}),
          .until = until > 0 ? now + static_cast<Micros>(until * kSecond) : INT64_MAX,
          .rng = Rng(world.seed(), purpose)};
}

}  // namespace

void StartFlow(World& world, const boost::json::object& fields, Micros now) {
  const double per_hour = NumberField(fields, "orders_per_hour");
  if (per_hour <= 0) throw InputError("orders_per_hour must be above 0");
  const std::string purpose = "flow" + TextField(fields, "seller") + std::to_string(world.scheduled());
  auto flow = std::make_shared<Flow>(ReadFlow(world, fields, now, purpose));
  flow->mean_gap_us = static_cast<double>(kHour) / per_hour;
  world.AccountOf(flow->seller);  // refuse a flow for nobody now rather than at its first order
  ScheduleNextArrival(world, flow, now);
}

void MakePastOrders(World& world, const boost::json::object& fields, Micros now) {
  Flow flow = ReadFlow(world, fields, now, "past" + TextField(fields, "seller"));
  Rng& rng = flow.rng;
  const std::int64_t count = IntField(fields, "count");
  const Range when{IntField(fields, "from_s", -259'200), IntField(fields, "to_s", -300)};
  const double non_amazon_share = NumberField(fields, "non_amazon_share", 0);
  const double partial_share = NumberField(fields, "partial_share", 0.05);
  const Micros pending_until = now - IntField(fields, "recent_pending_s", 1800) * kSecond;
  std::vector<Micros> times;
  for (std::int64_t i = 0; i < count; ++i)
    times.push_back(now + when.Draw(rng) * kSecond + rng.Between(0, 999) * kMillisecond);
  std::sort(times.begin(), times.end());

  SellerBook& book = world.Book(flow.seller);
  flow.pending_share = 1;
  for (const Micros created : times) {
    Order* order = SellSomething(world, flow, rng, created, "scenario");
    if (!order || created > pending_until) continue;
    const auto later = [&](std::int64_t low_s, std::int64_t high_s, Micros from) {
      return std::min(now - kMillisecond, from + rng.Between(low_s, high_s) * kSecond);
    };
    if (order->by_amazon && rng.Chance(non_amazon_share)) order->non_amazon = true;
    if (rng.Chance(flow.cancel_share)) {
      (void)book.Cancel(*order, {}, later(60, 1800, created));
      continue;
    }
    const Micros paid = later(60, 1800, created);
    (void)book.Pay(*order, paid);
    // A merchant ships within a day or two, Amazon within hours.
    const Micros age = now - created;
    const bool shipped = order->by_amazon ? age > 8 * kHour : age > kDay && rng.Chance(0.8);
    if (!shipped) continue;
    ShipRequest request;
    const bool partial =
        !order->by_amazon && rng.Chance(partial_share) && (order->lines.size() > 1 || order->lines[0].quantity > 1);
    if (partial) request.items = {{order->lines[0].item_id, 1}};
    (void)book.Ship(*order, request, later(3600, 20 * 3600, paid));
  }
}

}  // namespace amazon_sim
