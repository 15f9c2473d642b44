#include "core/seller_book.h"

#include <algorithm>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

void MoveKey(SellerBook::TimeIndex& index, Micros& time, std::uint32_t position, Micros now) {
  index.erase({time, position});
  time = std::max(CutToMillis(now), time + kMillisecond);
  index.emplace(time, position);
}

std::string Digits(Rng& rng, int count) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + rng.Below(10));
  return digits;
}

}  // namespace

std::optional<OrderStatus> ParseOrderStatus(std::string_view name) {
  const auto found = std::find(kOrderStatusNames.begin(), kOrderStatusNames.end(), name);
  if (found == kOrderStatusNames.end()) return std::nullopt;
  return static_cast<OrderStatus>(found - kOrderStatusNames.begin());
}

SellerBook::SellerBook(std::string seller_id, std::string region, std::uint64_t seed, Ledger& ledger)
    : seller_id_(std::move(seller_id)),
      region_(std::move(region)),
      ledger_(ledger),
      rng_(seed, seller_id_ + region_),
      warehouse_(seller_id_, ledger) {}

Listing* SellerBook::FindListing(std::string_view sku) {
  const std::uint32_t* index = listing_of_sku_.Find(sku);
  return index ? &listings_[*index] : nullptr;
}

Listing* SellerBook::AddListing(Listing listing, Micros now, Noted noted) {
  now = CutToMillis(now);
  if (FindListing(listing.sku)) return nullptr;
  if (listing.created == 0) listing.created = now;
  listing.created = CutToMillis(listing.created);
  listing.updated = std::max(listing.created, CutToMillis(listing.updated));
  listing.index = static_cast<std::uint32_t>(listings_.size());
  listings_.push_back(std::move(listing));
  Listing& added = listings_.back();
  listing_of_sku_.Add(added.index);
  listings_by_sku_.Add(added.index);
  listings_by_created_.Add(added.index);
  listings_by_updated_.Add(added);
  if (added.quantity && noted == Noted::kYes) {
    ledger_.AddQuantityChange({now, &seller_id_, &added, std::nullopt, added.quantity, QuantityCause::kSetup, ""});
  }
  return &added;
}

void SellerBook::DeleteListing(Listing& listing, Micros now) {
  SetQuantity(listing, std::nullopt, QuantityCause::kBehindOurBack, "", now);
  listing_of_sku_.Remove(listing.index);
  listing.deleted = true;
}

void SellerBook::SetQuantity(Listing& listing, std::optional<std::int64_t> quantity, QuantityCause cause,
                             std::string reference, Micros now) {
  if (listing.quantity == quantity) return;
  ledger_.AddQuantityChange({now, &seller_id_, &listing, listing.quantity, quantity, cause, std::move(reference)});
  listing.quantity = quantity;
  TouchListing(listing, now);
}

void SellerBook::TouchListing(Listing& listing, Micros now) {
  listing.updated = std::max(CutToMillis(now), listing.updated + kMillisecond);
  listings_by_updated_.Add(listing);
}

Listing* SellerBook::PickSellable(const Marketplace* marketplace, std::int64_t quantity, std::optional<bool> fba,
                                  Rng& rng) {
  constexpr int kTries = 60;
  for (int i = 0; i < kTries && !listings_.empty(); ++i) {
    Listing& listing = listings_[rng.Below(listings_.size())];
    if (listing.deleted || (fba && *fba != listing.fba) || !listing.FindOffer(marketplace)) continue;
    const FbaStock* stock = listing.fba ? warehouse_.Find(marketplace->stock_pool, listing.sku) : nullptr;
    const std::int64_t there = stock ? stock->units.fulfillable : listing.quantity.value_or(0);
    if ((listing.fba && !stock) || there >= quantity) return &listing;
  }
  return nullptr;
}

Order* SellerBook::FindOrder(std::string_view id) {
  const auto found = order_of_id_.find(id);
  return found == order_of_id_.end() ? nullptr : &orders_[found->second];
}

Outcome SellerBook::PlaceOrder(OrderDraft draft, Micros now, Order** placed) {
  now = CutToMillis(now);
  if (draft.lines.empty()) return {"an order needs at least one line"};
  if (!draft.id.empty() && FindOrder(draft.id)) return {"order " + draft.id + " exists"};
  std::unordered_map<Listing*, std::int64_t> wanted;
  for (const auto& [listing, quantity] : draft.lines) {
    if (quantity < 1) return {"quantity must be 1 or more"};
    wanted[listing] += quantity;
  }
  // A multi-channel order is no sale: its outbound order takes the units.
  const bool takes_stock = !draft.non_amazon && draft.status != OrderStatus::kCancelled;
  if (takes_stock && !draft.forced) {
    for (const auto& [listing, quantity] : draft.lines) {
      const FbaStock* stock = draft.by_amazon ? warehouse_.Find(draft.marketplace->stock_pool, listing->sku) : nullptr;
      if (draft.by_amazon && !stock) continue;
      const std::int64_t there = stock ? stock->units.fulfillable : listing->quantity.value_or(0);
      if (there < wanted[listing]) {
        return {"only " + std::to_string(there) + " of " + std::string(listing->sku) + " left"};
      }
    }
  }

  Order order;
  order.id = draft.id.empty() ? MakeOrderId(*draft.marketplace) : std::move(draft.id);
  order.index = static_cast<std::uint32_t>(orders_.size());
  order.created = order.updated = now;
  order.listed_from = now + draft.listed_after;
  order.email_from = now + draft.email_after;
  order.status = draft.status;
  order.by_amazon = draft.by_amazon;
  order.non_amazon = draft.non_amazon;
  order.prime = draft.prime;
  order.programs = std::move(draft.programs);
  order.marketplace = draft.marketplace;
  order.person_seed = rng_.Next();
  if (draft.person) order.person = std::make_unique<Person>(std::move(*draft.person));
  order.origin = draft.origin;
  for (const auto& [listing, quantity] : draft.lines) {
    const auto offer = listing->FindOffer(draft.marketplace);
    order.lines.push_back({.listing = listing,
                           .item_id = 10'000'000'000'000ULL + rng_.Below(80'000'000'000'000ULL),
                           .quantity = quantity,
                           .unit_price_minor = offer ? offer->price_minor : 999});
    if (takes_stock) TakeUnits(order, order.lines.back(), *listing, now);
  }
  orders_.push_back(std::move(order));
  Order& added = orders_.back();
  order_of_id_.emplace(added.id, added.index);
  orders_by_created_.emplace(added.created, added.index);
  orders_by_updated_.emplace(added.updated, added.index);
  if (added.status == OrderStatus::kShipped || added.status == OrderStatus::kPartiallyShipped) {
    // Reached by shipping, so that packages and line counts agree with the status.
    const bool all = added.status == OrderStatus::kShipped;
    added.status = OrderStatus::kUnshipped;
    ShipRequest shipping{.label = added.IsIn(kShipPlus)};
    if (!all) shipping.items = {{added.lines[0].item_id, std::max<std::int64_t>(1, added.lines[0].quantity / 2)}};
    (void)Ship(added, shipping, now);
  }
  if (added.status == OrderStatus::kCancelled) {
    added.cancelled_by = "BUYER";
    added.cancel_reason = "BUYER_CANCELLED";
  }
  if (placed) *placed = &added;
  return {};
}

FbaStock* SellerBook::StockBehind(const Order& order, const OrderLine& line) {
  return order.by_amazon ? warehouse_.Find(order.marketplace->stock_pool, line.listing->sku) : nullptr;
}

void SellerBook::TakeUnits(Order& order, OrderLine& line, Listing& listing, Micros now) {
  FbaStock* stock = StockBehind(order, line);
  if (order.by_amazon && !stock) return;
  const std::int64_t there = stock ? stock->units.fulfillable : listing.quantity.value_or(0);
  if (there < line.quantity) {
    ledger_.AddOversell({now, &seller_id_, std::string(listing.sku), order.id, there, line.quantity});
  }
  line.taken = std::min(there, line.quantity);
  if (stock) {
    warehouse_.Reserve(*stock, line.taken, FbaCause::kSale, order.id, now);
  } else {
    SetQuantity(listing, there - line.taken, QuantityCause::kSale, order.id, now);
  }
}

Outcome SellerBook::Pay(Order& order, Micros now) {
  if (!IsPending(order.status)) return {order.id + " is " + std::string(Name(order.status)) + ", not pending"};
  SetStatus(order, OrderStatus::kUnshipped, now);
  return {};
}

Outcome SellerBook::EditPackage(Order& order, Package& package, const ShipRequest& request, Micros now) {
  const auto sorted = [](auto items) {
    std::sort(items.begin(), items.end());
    return items;
  };
  if (package.label) return {"a package whose label was bought at Amazon is not edited"};
  if (sorted(package.items) != sorted(request.items)) return {"a package keeps its items when it is edited"};
  package.carrier = request.carrier;
  package.tracking = request.tracking;
  package.shipped_at = CutToMillis(request.shipped_at);
  ++package.times_told;
  SetStatus(order, order.status, now);
  return {};
}

Outcome SellerBook::Ship(Order& order, const ShipRequest& request, Micros now) {
  if (order.IsIn(kShipPlus) && !request.label) return {"a Ship+ order is confirmed by the label that is bought for it"};
  const auto known = std::find_if(order.packages.begin(), order.packages.end(), [&](const Package& package) {
    return !request.reference.empty() && package.reference == request.reference;
  });
  if (known != order.packages.end()) return EditPackage(order, *known, request, now);
  if (order.status != OrderStatus::kUnshipped && order.status != OrderStatus::kPartiallyShipped) {
    return {order.id + " is " + std::string(Name(order.status)) + " and cannot be shipped"};
  }
  Package package;
  if (request.items.empty()) {
    for (const OrderLine& line : order.lines) {
      if (line.Unshipped() > 0) package.items.emplace_back(line.item_id, line.Unshipped());
    }
  } else {
    package.items = request.items;
  }
  for (const auto& [item_id, quantity] : package.items) {
    const auto line = std::find_if(order.lines.begin(), order.lines.end(),
                                   [id = item_id](const OrderLine& each) { return each.item_id == id; });
    if (line == order.lines.end()) return {order.id + " has no item " + std::to_string(item_id)};
    if (quantity < 1 || quantity > line->Unshipped()) return {"more shipped than ordered"};
  }
  bool complete = true;
  for (OrderLine& line : order.lines) {
    for (const auto& [item_id, quantity] : package.items) {
      if (item_id != line.item_id) continue;
      line.shipped += quantity;
      if (FbaStock* stock = StockBehind(order, line)) {
        const std::int64_t out = std::min(quantity, line.taken);
        warehouse_.TakeOut(*stock, out, FbaCause::kSale, order.id, now);
        line.taken -= out;
      }
    }
    complete = complete && line.Unshipped() <= 0;
  }
  const bool made_up = request.reference.empty();
  package.reference = made_up ? std::to_string(order.packages.size() + 1) : request.reference;
  package.carrier = made_up && request.carrier.empty() ? "Royal Mail" : request.carrier;
  package.tracking = made_up && request.tracking.empty() ? "SIM" + Digits(rng_, 9) : request.tracking;
  package.shipped_at = CutToMillis(request.shipped_at > 0 ? request.shipped_at : now);
  package.shown_from = now + packages_show_after_;
  package.label = request.label;
  order.packages.push_back(std::move(package));
  SetStatus(order, complete ? OrderStatus::kShipped : OrderStatus::kPartiallyShipped, now);
  return {};
}

Outcome SellerBook::Cancel(Order& order, const CancelRequest& request, Micros now) {
  if (order.status == OrderStatus::kCancelled) return {order.id + " is already cancelled"};
  if (order.status == OrderStatus::kShipped || order.status == OrderStatus::kPartiallyShipped) {
    return {order.id + " has shipped and cannot be cancelled"};
  }
  order.cancelled_by = request.by;
  order.cancel_reason = request.reason;
  SetStatus(order, OrderStatus::kCancelled, now);
  for (OrderLine& line : order.lines) {
    if (FbaStock* stock = StockBehind(order, line)) {
      warehouse_.Release(*stock, line.taken, FbaCause::kCancel, order.id, now);
      line.taken = 0;
    }
    if (!order.by_amazon && request.restock) PutBack(order, line, line.taken, now);
  }
  return {};
}

void SellerBook::PutBack(const Order& order, const OrderLine& line, std::int64_t quantity, Micros now) {
  Listing* listing = FindListing(line.listing->sku);
  if (!listing || !listing->quantity || quantity == 0) return;
  SetQuantity(*listing, *listing->quantity + quantity, QuantityCause::kCancel, order.id, now);
}

Outcome SellerBook::CancelUnits(Order& order, OrderLine& line, std::int64_t quantity, const CancelRequest& request,
                                Micros now) {
  if (order.status != OrderStatus::kUnshipped && order.status != OrderStatus::kPartiallyShipped) {
    return {order.id + " is " + std::string(Name(order.status)) + " and its units cannot be cancelled"};
  }
  if (quantity < 1 || quantity > line.Unshipped()) return {"more cancelled than is left"};
  line.cancelled += quantity;
  order.cancel_reason = request.reason;
  const std::int64_t back = std::min(quantity, line.taken);
  line.taken -= back;
  if (request.restock) PutBack(order, line, back, now);
  const bool nothing_left =
      std::all_of(order.lines.begin(), order.lines.end(), [](const OrderLine& each) { return each.Unshipped() == 0; });
  if (!nothing_left) {
    TouchOrder(order, now);
    return {};
  }
  if (order.status == OrderStatus::kUnshipped) order.cancelled_by = request.by;
  SetStatus(order, order.status == OrderStatus::kUnshipped ? OrderStatus::kCancelled : OrderStatus::kShipped, now);
  return {};
}

Outcome SellerBook::RequestCancel(Order& order, Micros now) {
  if (order.status != OrderStatus::kUnshipped) return {"only an UNSHIPPED order can be asked to be cancelled"};
  order.cancel_requested = true;
  TouchOrder(order, now);
  return {};
}

void SellerBook::SetStatus(Order& order, OrderStatus status, Micros now) {
  order.status = status;
  TouchOrder(order, now);
}

void SellerBook::TouchOrder(Order& order, Micros now) { MoveKey(orders_by_updated_, order.updated, order.index, now); }

std::string SellerBook::MakeOrderId(const Marketplace& marketplace) {
  // The first digits follow the marketplace, as on Amazon: 1xx in America, 2xx in Britain and Japan, 3xx in Germany.
  const char first = marketplace.region == "NA" ? '1' : marketplace.country == "DE" ? '3' : '2';
  while (true) {
    std::string id;
    id += first;
    id += Digits(rng_, 2) + "-" + Digits(rng_, 7) + "-" + Digits(rng_, 7);
    if (order_of_id_.find(id) == order_of_id_.end()) return id;
  }
}

}  // namespace amazon_sim
