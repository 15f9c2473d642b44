// One seller's listings and orders in one region, and every change they can go through.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ledger.h"
#include "core/listing.h"
#include "core/listing_indexes.h"
#include "core/order.h"
#include "core/outbound_book.h"
#include "core/rng.h"
#include "core/text_arena.h"
#include "core/warehouse.h"

namespace amazon_sim {

// Whether a change was made, and if not, why not.
struct [[nodiscard]] Outcome {
  std::string refusal;
  bool ok() const { return refusal.empty(); }
};

struct OrderDraft {
  std::string id;  // empty: one is made up
  const Marketplace* marketplace = nullptr;
  OrderStatus status = OrderStatus::kPending;
  bool by_amazon = false;
  bool non_amazon = false;
  bool prime = false;
  std::vector<std::string> programs;
  std::vector<std::pair<Listing*, std::int64_t>> lines;
  std::optional<Person> person;
  bool forced = false;      // sell even what is not there
  Micros listed_after = 0;  // how much later than its creation searches show it
  Micros email_after = 0;   // and how much later the buyer's e-mail
  std::string_view origin = "command";
};

struct ShipRequest {
  std::vector<std::pair<std::uint64_t, std::int64_t>> items;  // item id, quantity; empty: all that is left
  std::string carrier;
  std::string tracking;
  // The merchant's number for the package. Known already: an edit of it. Empty: the next one, and what else is empty is
  // made up.
  std::string reference;
  Micros shipped_at = 0;  // 0: now
  bool label = false;     // as in Package
};

struct CancelRequest {
  std::string by = "BUYER";
  std::string reason = "BUYER_CANCELLED";
  bool restock = true;  // Amazon adds the units back, except for NO_INVENTORY
};

class SellerBook {
 public:
  // A position in one of the orders' time indexes: (time, index).
  using TimeKey = std::pair<Micros, std::uint32_t>;
  using TimeIndex = std::set<TimeKey>;

  SellerBook(std::string seller_id, std::string region, std::uint64_t seed, Ledger& ledger);
  SellerBook(const SellerBook&) = delete;

  const std::string& seller_id() const { return seller_id_; }
  const std::string& region() const { return region_; }

  // Listings. Pointers stay valid for the life of the book.
  Listing* FindListing(std::string_view sku);
  // For the texts of a listing: a copy that lives as long as the book, and one that is shared.
  std::string_view KeepText(std::string_view text) { return texts_.Keep(text); }
  std::string_view KeepWord(std::string_view word) { return texts_.KeepWord(word); }
  // Null when the SKU is taken. A deleted listing's SKU is free again. The ledger hears of the first quantity, unless
  // it is a catalogue's.
  enum class Noted { kYes, kNo };
  Listing* AddListing(Listing listing, Micros now, Noted noted = Noted::kYes);
  void DeleteListing(Listing& listing, Micros now);
  // Writes the merchant quantity and the ledger entry; nothing when it is the same figure.
  void SetQuantity(Listing& listing, std::optional<std::int64_t> quantity, QuantityCause cause, std::string reference,
                   Micros now);
  void TouchListing(Listing& listing, Micros now);
  const std::deque<Listing>& listings() const { return listings_; }
  std::size_t listing_count() const { return listing_of_sku_.size(); }  // without deleted ones
  // With deleted listings; those by update also with stale entries.
  std::span<const std::uint32_t> listings_by_sku() { return listings_by_sku_.Sorted(); }
  std::span<const std::uint32_t> listings_by_created() { return listings_by_created_.Sorted(); }
  UpdateOrder& listings_by_updated() { return listings_by_updated_; }
  Listing& listing(std::uint32_t index) { return listings_[index]; }
  // A listing the seller can sell `quantity` of in that marketplace now; null after a few unlucky tries.
  Listing* PickSellable(const Marketplace* marketplace, std::int64_t quantity, std::optional<bool> fba, Rng& rng);

  Warehouse& warehouse() { return warehouse_; }
  const Warehouse& warehouse() const { return warehouse_; }
  OutboundBook& outbound() { return outbound_; }
  const OutboundBook& outbound() const { return outbound_; }

  // Orders. Every change moves the order's lastUpdatedTime, by at least a millisecond.
  Order* FindOrder(std::string_view id);
  // Merchant-fulfilled lines lower the listing's quantity at once, as on Amazon; lines that Amazon fulfils reserve what
  // the warehouse has of them, as far as it keeps figures. On refusal nothing has changed.
  Outcome PlaceOrder(OrderDraft draft, Micros now, Order** placed);
  Outcome Pay(Order& order, Micros now);
  Outcome Ship(Order& order, const ShipRequest& request, Micros now);
  // How long after it was taken a package shows in its order. An edit shows at once.
  void set_packages_show_after(Micros delay) { packages_show_after_ = delay; }
  Outcome Cancel(Order& order, const CancelRequest& request, Micros now);
  // Single units of an order that is not cancelled; of all that is left, the order is.
  Outcome CancelUnits(Order& order, OrderLine& line, std::int64_t quantity, const CancelRequest& request, Micros now);
  Outcome RequestCancel(Order& order, Micros now);
  // For states no step leads to (UNFULFILLABLE), and for orders that stay unlisted after a change.
  void SetStatus(Order& order, OrderStatus status, Micros now);
  // Moves lastUpdatedTime.
  void TouchOrder(Order& order, Micros now);
  void HideFromLists(Order& order, Micros until) { order.listed_from = until; }
  const std::deque<Order>& orders() const { return orders_; }
  Order& order(std::uint32_t index) { return orders_[index]; }
  const TimeIndex& orders_by_updated() const { return orders_by_updated_; }
  const TimeIndex& orders_by_created() const { return orders_by_created_; }

 private:
  Outcome EditPackage(Order& order, Package& package, const ShipRequest& request, Micros now);
  FbaStock* StockBehind(const Order& order, const OrderLine& line);
  void PutBack(const Order& order, const OrderLine& line, std::int64_t quantity, Micros now);
  void TakeUnits(Order& order, OrderLine& line, Listing& listing, Micros now);
  std::string MakeOrderId(const Marketplace& marketplace);

  std::string seller_id_;
  std::string region_;
  Micros packages_show_after_ = 0;
  Ledger& ledger_;
  Rng rng_;
  Warehouse warehouse_;
  OutboundBook outbound_;
  std::deque<Listing> listings_;
  TextArena texts_;
  struct SkuKey {
    std::string_view operator()(const Listing& listing) const { return listing.sku; }
  };
  struct CreatedKey {
    Micros operator()(const Listing& listing) const { return listing.created; }
  };
  SkuTable listing_of_sku_{listings_};
  FixedOrder<SkuKey> listings_by_sku_{listings_, {}};
  FixedOrder<CreatedKey> listings_by_created_{listings_, {}};
  UpdateOrder listings_by_updated_{listings_};
  std::deque<Order> orders_;
  std::unordered_map<std::string_view, std::uint32_t> order_of_id_;
  TimeIndex orders_by_updated_;
  TimeIndex orders_by_created_;
};

}  // namespace amazon_sim
