#include "core/outbound_life.h"

#include <algorithm>
#include <array>
#include <map>

#include "core/outbound_echo.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

constexpr Micros kHoldLasts = 14 * kDay;
constexpr std::array<std::string_view, 3> kCarriers{"AMZN_UK", "DPD", "ROYAL_MAIL"};

void Step(World& world, SellerBook& book, OutboundOrder& order, Micros now);

void Schedule(World& world, SellerBook& book, OutboundOrder& order, Micros due) {
  const std::uint64_t plan = ++order.plan;
  world.Schedule(due, [&book, index = order.index, plan](World& later, Micros at) {
    OutboundOrder* found = book.outbound().Find(index);
    if (found && found->plan == plan) Step(later, book, *found, at);
  });
}

FbaStock* StockOf(SellerBook& book, const OutboundOrder& order, const OutboundLine& line) {
  return book.warehouse().Find(order.terms.marketplace->stock_pool, line.listing->sku);
}

bool HasPending(const OutboundOrder& order) {
  return std::any_of(order.shipments.begin(), order.shipments.end(),
                     [](const OutboundShipment& each) { return each.status == ShipmentStatus::kPending; });
}

std::int64_t SumOf(const OutboundOrder& order, std::int64_t OutboundLine::*field) {
  std::int64_t sum = 0;
  for (const OutboundLine& line : order.terms.lines) sum += line.*field;
  return sum;
}

bool HasOpenUnits(const OutboundOrder& order) {
  return std::any_of(order.terms.lines.begin(), order.terms.lines.end(),
                     [](const OutboundLine& line) { return line.Open() > 0; });
}

void GiveUp(OutboundOrder& order, std::int64_t OutboundLine::*as) {
  for (OutboundLine& line : order.terms.lines) line.*as += line.Open();
}

void Finish(SellerBook& book, OutboundOrder& order, OutboundStatus status, Micros now) {
  ++order.plan;
  order.plan_at = 0;
  book.outbound().SetStatus(order, status, now);
  EndEcho(book, order, now);
}

// Nothing is open and nothing pending: what came of it.
OutboundStatus StatusAtTheEnd(const OutboundOrder& order) {
  const std::int64_t shipped = SumOf(order, &OutboundLine::shipped);
  if (shipped == SumOf(order, &OutboundLine::quantity)) return OutboundStatus::kComplete;
  if (shipped > 0) return OutboundStatus::kCompletePartialled;
  return SumOf(order, &OutboundLine::unfulfillable) > 0 ? OutboundStatus::kUnfulfillable : OutboundStatus::kCancelled;
}

// Ends the order, or waits for what comes next.
void Settle(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  if (IsOver(order.status)) return;
  if (!HasOpenUnits(order) && !HasPending(order)) return Finish(book, order, StatusAtTheEnd(order), now);
  Micros next = order.plan_at;
  for (const OutboundShipment& shipment : order.shipments) {
    if (shipment.status != ShipmentStatus::kPending) continue;
    next = next == 0 ? shipment.ship_at : std::min(next, shipment.ship_at);
  }
  if (next > 0) {
    Schedule(world, book, order, next);
  } else {
    ++order.plan;  // until stock comes
  }
}

void PlanShipment(World& world, SellerBook& book, OutboundOrder& order, std::vector<ShipmentItem> items, Micros now) {
  if (items.empty()) return;
  OutboundShipment& shipment = order.shipments.emplace_back();
  shipment.id = "D" + std::to_string(10'000'000 + world.outbound_choices.Below(90'000'000)) +
                std::to_string(order.shipments.size());
  shipment.ship_at = now + world.outbound_settings.ship_s.Draw(world.outbound_choices);
  shipment.arrives = shipment.ship_at + LongestOnTheWay(order.terms.speed);
  for (const ShipmentItem& item : items) {
    OutboundLine& line = order.terms.lines[item.line];
    line.planned += item.quantity;
    if (FbaStock* stock = StockOf(book, order, line)) {
      book.warehouse().Reserve(*stock, item.quantity, FbaCause::kOutbound, order.terms.id, now);
    }
  }
  shipment.items = std::move(items);
  if (order.status != OutboundStatus::kProcessing) {
    book.outbound().SetStatus(order, OutboundStatus::kProcessing, now);
  } else {
    book.outbound().Touch(order, now);
  }
}

// What each line can have of the shelf now, and what it would need beyond.
struct Allotment {
  std::vector<std::int64_t> units;
  bool short_of_units = false;
  bool rest_is_on_the_way = true;  // between two warehouses
  bool any = false;
};

Allotment Allot(SellerBook& book, const OutboundOrder& order) {
  Allotment allotment;
  std::map<const FbaStock*, std::pair<std::int64_t, std::int64_t>> left;  // fulfillable, in transfer
  for (const OutboundLine& line : order.terms.lines) {
    const FbaStock* stock = StockOf(book, order, line);
    std::int64_t none = 0;
    std::int64_t* there = &none;
    std::int64_t* coming = &none;
    if (stock) {
      auto& units = left.try_emplace(stock, stock->units.fulfillable, stock->units.reserved_transfer).first->second;
      there = &units.first;
      coming = &units.second;
    }
    const std::int64_t part = std::min(line.Open(), *there);
    *there -= part;
    const std::int64_t missing = line.Open() - part;
    if (missing > 0) {
      allotment.short_of_units = true;
      if (*coming < missing) allotment.rest_is_on_the_way = false;
      *coming -= std::min(*coming, missing);
    }
    allotment.units.push_back(part);
    allotment.any = allotment.any || part > 0;
  }
  return allotment;
}

// The allotted units in one shipment, or halved into two.
void PlanShipments(World& world, SellerBook& book, OutboundOrder& order, const Allotment& allotment, Micros now) {
  std::int64_t total = 0;
  for (const std::int64_t units : allotment.units) total += units;
  const bool split = total > 1 && world.outbound_choices.Chance(world.outbound_settings.split_share);
  std::vector<ShipmentItem> first;
  std::vector<ShipmentItem> second;
  std::int64_t room = split ? total / 2 : total;
  for (std::size_t i = 0; i < allotment.units.size(); ++i) {
    const std::int64_t here = std::min(allotment.units[i], room);
    room -= here;
    if (here > 0) first.push_back({i, here});
    if (allotment.units[i] > here) second.push_back({i, allotment.units[i] - here});
  }
  PlanShipment(world, book, order, std::move(first), now);
  PlanShipment(world, book, order, std::move(second), now);
}

void PlanOpenUnits(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  order.plan_at = 0;
  const Allotment allotment = Allot(book, order);
  const OutboundPolicy policy = order.terms.policy;
  if (allotment.short_of_units && policy != OutboundPolicy::kFillAllAvailable && allotment.rest_is_on_the_way) {
    // A preview calls such units fulfillable; the order sits and waits for them.
    return;
  }
  if (allotment.short_of_units && policy == OutboundPolicy::kFillOrKill) {
    return GiveUp(order, &OutboundLine::unfulfillable);
  }
  if (allotment.any) PlanShipments(world, book, order, allotment, now);
  if (policy == OutboundPolicy::kFillAllAvailable) GiveUp(order, &OutboundLine::unfulfillable);
}

void SendOff(World& world, SellerBook& book, OutboundOrder& order, OutboundShipment& shipment,
             const std::string& carrier, const std::string& tracking, Micros now) {
  shipment.status = ShipmentStatus::kShipped;
  shipment.ship_at = CutToMillis(now);
  shipment.arrives = shipment.ship_at + LongestOnTheWay(order.terms.speed);
  shipment.package_number = book.outbound().NumberPackage(order);
  shipment.carrier = carrier.empty() ? std::string(kCarriers[world.outbound_choices.Below(kCarriers.size())]) : carrier;
  shipment.tracking = tracking.empty() ? "TBA" + std::to_string(300'000'000 + shipment.package_number) : tracking;
  for (const ShipmentItem& item : shipment.items) {
    OutboundLine& line = order.terms.lines[item.line];
    line.shipped += item.quantity;
    if (FbaStock* stock = StockOf(book, order, line)) {
      book.warehouse().TakeOut(*stock, item.quantity, FbaCause::kOutbound, order.terms.id, now);
    }
  }
  book.outbound().Touch(order, now);
  ShipEcho(book, order, shipment, now);
}

void TakeBack(SellerBook& book, OutboundOrder& order, OutboundShipment& shipment, ShipmentStatus status, bool lost,
              Micros now) {
  shipment.status = status;
  for (const ShipmentItem& item : shipment.items) {
    OutboundLine& line = order.terms.lines[item.line];
    line.planned -= item.quantity;
    FbaStock* stock = StockOf(book, order, line);
    if (!stock) continue;
    if (lost) {
      FbaUnits units = stock->units;
      const std::int64_t quantity = std::min(item.quantity, units.reserved_orders);
      units.reserved_orders -= quantity;
      units.researching += quantity;
      book.warehouse().Set(*stock, units, FbaCause::kOutbound, order.terms.id, now);
    } else {
      book.warehouse().Release(*stock, item.quantity, FbaCause::kOutbound, order.terms.id, now);
    }
  }
  book.outbound().Touch(order, now);
}

void SendOffWhatIsDue(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  // By place: planning anew adds shipments.
  for (std::size_t i = 0; i < order.shipments.size(); ++i) {
    OutboundShipment& shipment = order.shipments[i];
    if (shipment.status != ShipmentStatus::kPending || shipment.ship_at > now) continue;
    if (world.outbound_choices.Chance(world.outbound_settings.warehouse_cancel_share)) {
      TakeBack(book, order, shipment, ShipmentStatus::kCancelledByFulfiller, /*lost=*/false, now);
      order.plan_at = now + world.outbound_settings.replan_s.Draw(world.outbound_choices);
    } else {
      SendOff(world, book, order, shipment, "", "", now);
    }
  }
}

void Receive(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  if (world.outbound_choices.Chance(world.outbound_settings.invalid_share)) {
    (void)EndOutbound(book, order, OutboundStatus::kInvalid, now);
    return;
  }
  book.outbound().SetStatus(order, OutboundStatus::kReceived, now);
  if (world.outbound_settings.echo_orders) BeginEcho(book, order, now);
  const Micros queue = world.outbound_settings.queue_s.Draw(world.outbound_choices);
  Schedule(world, book, order, order.terms.hold ? order.received + kHoldLasts : now + queue);
}

void BeginPlanning(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  // A hold ends by itself, and the order with it.
  if (order.terms.hold) {
    (void)CancelOutbound(book, order, now);
    return;
  }
  book.outbound().SetStatus(order, OutboundStatus::kPlanning, now);
  order.plan_at = now + world.outbound_settings.plan_s.Draw(world.outbound_choices);
  Settle(world, book, order, now);
}

void Step(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  if (order.status == OutboundStatus::kNew) return Receive(world, book, order, now);
  if (order.status == OutboundStatus::kReceived) return BeginPlanning(world, book, order, now);
  if (IsOver(order.status) || order.stuck) return;
  SendOffWhatIsDue(world, book, order, now);
  if (order.plan_at > 0 && order.plan_at <= now) PlanOpenUnits(world, book, order, now);
  Settle(world, book, order, now);
}

}  // namespace

Micros LongestToShip(OutboundSpeed speed) { return speed == OutboundSpeed::kStandard ? 2 * kDay : kDay; }

Micros LongestOnTheWay(OutboundSpeed speed) {
  switch (speed) {
    case OutboundSpeed::kStandard:
      return 3 * kDay;
    case OutboundSpeed::kExpedited:
    case OutboundSpeed::kScheduled:
      return 2 * kDay;
    case OutboundSpeed::kPriority:
      return kDay;
  }
  return 0;
}

OutboundOrder& BeginOutbound(World& world, SellerBook& book, OutboundTerms terms, Micros now) {
  const OutboundSettings& settings = world.outbound_settings;
  book.outbound().ForgetEnded(now - settings.retention);
  OutboundOrder& order = book.outbound().Add(std::move(terms), now);
  order.visible_from += settings.visible_after_s.Draw(world.outbound_choices);
  order.ship_by = order.received + LongestToShip(order.terms.speed);
  order.stuck = world.outbound_choices.Chance(settings.stuck_share);
  Schedule(world, book, order, now + settings.receive_s.Draw(world.outbound_choices));
  return order;
}

Outcome CancelOutbound(SellerBook& book, OutboundOrder& order, Micros now) {
  if (!IsCancellable(order.status)) return {order.terms.id + " is " + std::string(Name(order.status))};
  return EndOutbound(book, order, OutboundStatus::kCancelled, now);
}

void CancelOutboundLater(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  const Micros due = now + world.outbound_settings.cancel_s.Draw(world.outbound_choices);
  world.Schedule(due, [&book, index = order.index](World&, Micros at) {
    OutboundOrder* found = book.outbound().Find(index);
    // Too late by then: the order goes on, and nobody says so.
    if (found) (void)CancelOutbound(book, *found, at);
  });
}

Outcome ReleaseOutbound(World& world, SellerBook& book, OutboundOrder& order, Micros now) {
  if (!order.terms.hold || IsOver(order.status)) return {order.terms.id + " is not on hold"};
  order.terms.hold = false;
  book.outbound().Touch(order, now);
  if (order.status == OutboundStatus::kReceived) {
    Schedule(world, book, order, now + world.outbound_settings.queue_s.Draw(world.outbound_choices));
  }
  return {};
}

void WakeOutbound(World& world, SellerBook& book, const FbaStock& stock, Micros now) {
  for (auto& [index, order] : book.outbound().orders()) {
    const bool waits = order.status == OutboundStatus::kPlanning || order.status == OutboundStatus::kProcessing;
    if (!waits || order.stuck || order.plan_at > 0 || order.terms.marketplace->stock_pool != stock.pool) continue;
    const bool wants = std::any_of(order.terms.lines.begin(), order.terms.lines.end(), [&](const OutboundLine& line) {
      return line.Open() > 0 && line.listing->sku == stock.listing->sku;
    });
    if (!wants) continue;
    order.plan_at = now;
    Step(world, book, order, now);
  }
}

Outcome ShipOutboundNow(World& world, SellerBook& book, OutboundOrder& order, const std::string& carrier,
                        const std::string& tracking, Micros now) {
  if (order.status == OutboundStatus::kNew) Receive(world, book, order, now);
  if (IsOver(order.status)) return {order.terms.id + " is " + std::string(Name(order.status))};
  order.stuck = false;
  order.terms.hold = false;
  if (HasOpenUnits(order)) PlanOpenUnits(world, book, order, now);
  if (HasOpenUnits(order) && !HasPending(order)) {
    if (order.status != OutboundStatus::kPlanning) book.outbound().SetStatus(order, OutboundStatus::kPlanning, now);
    Settle(world, book, order, now);
    return {order.terms.id + " waits for stock"};
  }
  for (std::size_t i = 0; i < order.shipments.size(); ++i) {
    if (order.shipments[i].status != ShipmentStatus::kPending) continue;
    SendOff(world, book, order, order.shipments[i], carrier, tracking, now);
  }
  Settle(world, book, order, now);
  return {};
}

Outcome CancelShipments(World& world, SellerBook& book, OutboundOrder& order, const WarehouseCancel& how, Micros now) {
  if (!HasPending(order)) return {order.terms.id + " has no pending shipment"};
  for (OutboundShipment& shipment : order.shipments) {
    if (shipment.status != ShipmentStatus::kPending) continue;
    TakeBack(book, order, shipment, ShipmentStatus::kCancelledByFulfiller, how.lost, now);
  }
  if (how.replan) {
    order.plan_at = now + world.outbound_settings.replan_s.Draw(world.outbound_choices);
  } else {
    GiveUp(order, &OutboundLine::unfulfillable);
  }
  Settle(world, book, order, now);
  return {};
}

Outcome EndOutbound(SellerBook& book, OutboundOrder& order, OutboundStatus status, Micros now) {
  if (IsOver(order.status)) return {order.terms.id + " is " + std::string(Name(order.status))};
  const bool cancelled = status == OutboundStatus::kCancelled;
  for (OutboundShipment& shipment : order.shipments) {
    if (shipment.status != ShipmentStatus::kPending) continue;
    TakeBack(book, order, shipment,
             cancelled ? ShipmentStatus::kCancelledBySeller : ShipmentStatus::kCancelledByFulfiller, /*lost=*/false,
             now);
  }
  GiveUp(order, cancelled ? &OutboundLine::cancelled : &OutboundLine::unfulfillable);
  const bool some_left = SumOf(order, &OutboundLine::shipped) > 0;
  Finish(book, order, some_left ? OutboundStatus::kCompletePartialled : status, now);
  return {};
}

Outcome StickOutbound(World& world, SellerBook& book, OutboundOrder& order, bool stuck, Micros now) {
  if (!IsCancellable(order.status)) return {order.terms.id + " is " + std::string(Name(order.status))};
  order.stuck = stuck;
  if (stuck || order.status != OutboundStatus::kPlanning) return {};
  order.plan_at = now;
  Step(world, book, order, now);
  return {};
}

}  // namespace amazon_sim
