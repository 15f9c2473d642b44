// An order as Amazon keeps it. Orders come by the hundred thousand, so what can be derived (names, addresses, money) is
// derived when it is shown.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/listing.h"
#include "core/people.h"
#include "core/sim_clock.h"

namespace amazon_sim {

enum class OrderStatus : std::uint8_t {
  kPendingAvailability,
  kPending,
  kUnshipped,
  kPartiallyShipped,
  kShipped,
  kCancelled,
  kUnfulfillable
};
inline constexpr std::array<std::string_view, 7> kOrderStatusNames{
    "PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE"};
constexpr std::string_view Name(OrderStatus status) { return kOrderStatusNames[static_cast<std::size_t>(status)]; }
std::optional<OrderStatus> ParseOrderStatus(std::string_view name);

// Payment not yet authorised: Amazon shows no buyer, address or price.
constexpr bool IsPending(OrderStatus status) {
  return status == OrderStatus::kPending || status == OrderStatus::kPendingAvailability;
}

struct OrderLine {
  const Listing* listing = nullptr;  // stays valid: a book never forgets a listing, it marks it deleted
  std::uint64_t item_id = 0;
  std::int64_t quantity = 0;
  std::int64_t shipped = 0;
  std::int64_t cancelled = 0;  // single units; a cancelled order says it as a whole
  // Units the listing's quantity went down by, fewer than sold in an oversell; of a line that Amazon fulfils what is
  // reserved in the warehouse and has not left.
  std::int64_t taken = 0;
  std::int64_t unit_price_minor = 0;
  std::int64_t refunded_minor = 0;           // of the goods, with tax
  std::int64_t refunded_shipping_minor = 0;  // with tax

  std::int64_t Unshipped() const { return quantity - shipped - cancelled; }
};

struct Package {
  std::string reference;
  std::string carrier;
  std::string tracking;
  Micros shipped_at = 0;
  std::vector<std::pair<std::uint64_t, std::int64_t>> items;  // item id, quantity
  std::int64_t times_told = 1;                                // once, and once for each edit
  Micros shown_from = 0;  // the order does not show it before; its units are gone at once
  bool label = false;     // its label was bought at Amazon, which knows of it by that: nobody edits it
};

// Of a Ship+ order every label is bought at Amazon.
inline constexpr std::string_view kShipPlus = "FBM_SHIP_PLUS";

struct Order {
  std::string id;
  std::uint32_t index = 0;  // place in the book, the tie-breaker of every listing of orders
  Micros created = 0;
  Micros updated = 0;
  Micros listed_from = 0;  // searches do not show the order before this; asking by id does
  OrderStatus status = OrderStatus::kPending;
  bool by_amazon = false;   // fulfilledBy AMAZON
  bool non_amazon = false;  // channelName NON_AMAZON: a multi-channel order, no sale on Amazon
  bool prime = false;
  std::vector<std::string> programs;  // others that it takes part in
  Micros email_from = 0;              // the buyer's e-mail is not shown before
  bool cancel_requested = false;      // the buyer asked the merchant to cancel
  const Marketplace* marketplace = nullptr;
  std::uint64_t person_seed = 0;
  std::unique_ptr<Person> person;  // set when a command chose the buyer, else derived from person_seed
  std::vector<OrderLine> lines;
  std::vector<Package> packages;
  std::string cancelled_by;  // BUYER, MERCHANT or AMAZON
  std::string cancel_reason;
  std::string_view origin;  // "scenario", "flow" or "command"

  // What the buyer pays for shipping, with tax; all of it with the first line.
  std::int64_t ShippingMinor() const {
    if (by_amazon || prime) return 0;
    return marketplace->decimals == 0 ? 500 : 399;
  }
  bool IsIn(std::string_view program) const {
    return std::find(programs.begin(), programs.end(), program) != programs.end();
  }
  Person Recipient() const { return person ? *person : MakePerson(person_seed, *marketplace); }
};

}  // namespace amazon_sim
