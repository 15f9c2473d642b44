#include "core/order_commands.h"

#include <algorithm>
#include <functional>

#include "core/json_fields.h"
#include "core/named_orders.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

Person ReadPerson(const json::object& fields, const Marketplace& marketplace, std::uint64_t seed) {
  Person person = MakePerson(seed, marketplace);
  const auto read = [&](std::string_view name, std::string& field) { field = TextField(fields, name, field); };
  read("name", person.name);
  read("email", person.email);
  read("company", person.company);
  read("address_line1", person.address_line1);
  read("address_line2", person.address_line2);
  read("city", person.city);
  read("state", person.state);
  read("postal_code", person.postal_code);
  read("country", person.country);
  read("phone", person.phone);
  read("gift_message", person.gift_message);
  return person;
}

const Marketplace* ChooseMarketplace(World& world, const Account& account, const std::string& wanted) {
  if (account.marketplaces.empty()) throw InputError("the seller has no marketplaces");
  if (wanted.empty()) return account.marketplaces[world.choices.Below(account.marketplaces.size())];
  const Marketplace* marketplace = FindMarketplace(wanted);
  if (!marketplace || !account.SellsIn(marketplace)) throw InputError("the seller does not sell in " + wanted);
  return marketplace;
}

Listing* RequireListing(SellerBook& book, const std::string& sku) {
  if (Listing* listing = book.FindListing(sku)) return listing;
  throw InputError("no listing " + sku);
}

using Lines = std::vector<std::pair<Listing*, std::int64_t>>;

// The lines written out in the arguments; empty when they are to be chosen.
Lines ReadLines(SellerBook& book, const json::object& arguments) {
  Lines lines;
  if (const json::array* written = ArrayField(arguments, "lines")) {
    for (const json::value& each : *written) {
      const json::object& line = AsObject(each, "a line");
      lines.emplace_back(RequireListing(book, TextField(line, "sku")), IntField(line, "quantity", 1));
    }
  }
  return lines;
}

Lines ChooseLines(World& world, SellerBook& book, const json::object& arguments, const Marketplace* marketplace,
                  std::optional<bool> fba) {
  Lines lines;
  const std::int64_t quantity = IntField(arguments, "quantity", 1);
  const std::int64_t count = std::max<std::int64_t>(1, IntField(arguments, "lines_per_order", 1));
  const json::array* skus = ArrayField(arguments, "skus");
  for (std::int64_t i = 0; i < count; ++i) {
    Listing* listing = nullptr;
    if (skus && !skus->empty()) {
      const json::value& sku = (*skus)[world.choices.Below(skus->size())];
      if (!sku.is_string()) throw InputError("skus must be a list of texts");
      listing = RequireListing(book, std::string(sku.get_string()));
    } else {
      listing = book.PickSellable(marketplace, quantity, fba, world.choices);
    }
    const bool twice = std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.first == listing; });
    if (listing && !twice) lines.emplace_back(listing, quantity);
    if (listing && !fba) fba = listing->fba;  // one order ships one way
  }
  return lines;
}

// Amazon's programs of whole orders, but PRIME, which is asked for by its name.
constexpr std::string_view kPrograms[]{
    "AMAZON_BAZAAR", "AMAZON_BUSINESS",   "AMAZON_EASY_SHIP", "AMAZON_HAUL", "DELIVERY_BY_AMAZON",
    kShipPlus,       "INVOICE_BY_AMAZON", "IN_STORE_PICK_UP", "PREMIUM",     "PREORDER"};

std::vector<std::string> ReadPrograms(const json::object& arguments) {
  std::vector<std::string> programs;
  const json::array* given = ArrayField(arguments, "programs");
  if (!given) return programs;
  for (const json::value& each : *given) {
    if (!each.is_string()) throw InputError("programs must be a list of texts");
    const std::string_view program = each.get_string();
    if (std::find(std::begin(kPrograms), std::end(kPrograms), program) == std::end(kPrograms))
      throw InputError("no program " + std::string(program));
    programs.emplace_back(program);
  }
  return programs;
}

json::object PlacedJson(const Order& order) {
  json::array lines;
  for (const OrderLine& line : order.lines) {
    lines.push_back({{"sku", line.listing->sku}, {"quantity", line.quantity}});
  }
  return {{"order_id", order.id}, {"lines", std::move(lines)}};
}

// The e-mail that comes late is a change of the order.
void ScheduleEmail(World& world, SellerBook& book, const Order& order) {
  world.Schedule(order.email_from,
                 [&book, index = order.index](World&, Micros at) { book.TouchOrder(book.order(index), at); });
}

std::vector<Order*> ChosenOrders(SellerBook& book, const json::object& arguments,
                                 const std::function<bool(const Order&)>& fits) {
  std::vector<Order*> orders;
  const auto ids = NamedOrders(arguments);
  if (!ids) {
    for (std::uint32_t i = 0; i < book.orders().size(); ++i) {
      if (fits(book.order(i))) orders.push_back(&book.order(i));
    }
    return orders;
  }
  for (const std::string& id : *ids) {
    Order* order = book.FindOrder(id);
    if (!order) throw InputError("no order " + id);
    orders.push_back(order);
  }
  return orders;
}

json::object ChangeOrders(World& world, const json::object& arguments, Micros now,
                          const std::function<bool(const Order&)>& fits,
                          const std::function<Outcome(SellerBook&, Order&)>& change) {
  SellerBook& book = world.Book(TextField(arguments, "seller"));
  json::array done;
  json::array refused;
  for (Order* order : ChosenOrders(book, arguments, fits)) {
    const Outcome outcome = change(book, *order);
    if (outcome.ok()) {
      ApplyLateness(world, book, *order, now);
      done.emplace_back(order->id);
    } else {
      refused.push_back({{"order_id", order->id}, {"reason", outcome.refusal}});
    }
  }
  return {{"done", std::move(done)}, {"refused", std::move(refused)}};
}

}  // namespace

void ApplyLateness(World& world, SellerBook& book, Order& order, Micros now) {
  if (const auto seconds = world.faults.DecideLateness("change", book.seller_id())) {
    book.HideFromLists(order, now + static_cast<Micros>(*seconds * kSecond));
  }
}

boost::json::object PlaceOrders(World& world, const boost::json::object& arguments, Micros now,
                                std::string_view origin) {
  const std::string seller = TextField(arguments, "seller");
  const Account& account = world.AccountOf(seller);
  SellerBook& book = *account.book;
  const std::string status_name = TextField(arguments, "status", "UNSHIPPED");
  const auto status = ParseOrderStatus(status_name);
  if (!status) throw InputError("no order status " + status_name);
  const std::string fulfilled_by = TextField(arguments, "fulfilled_by");
  std::optional<bool> by_amazon;
  if (!fulfilled_by.empty()) {
    if (fulfilled_by != "AMAZON" && fulfilled_by != "MERCHANT") throw InputError("fulfilled_by is AMAZON or MERCHANT");
    by_amazon = fulfilled_by == "AMAZON";
  }
  const std::string channel = TextField(arguments, "channel", "AMAZON");
  if (channel != "AMAZON" && channel != "NON_AMAZON") throw InputError("channel is AMAZON or NON_AMAZON");

  json::array placed;
  json::array refused;
  const std::int64_t count = IntField(arguments, "count", 1);
  for (std::int64_t i = 0; i < count; ++i) {
    OrderDraft draft;
    draft.id = TextField(arguments, "order_id");
    draft.marketplace = ChooseMarketplace(world, account, TextField(arguments, "marketplace"));
    draft.status = *status;
    draft.non_amazon = channel == "NON_AMAZON";
    draft.prime = BoolField(arguments, "prime");
    draft.programs = ReadPrograms(arguments);
    draft.lines = ReadLines(book, arguments);
    if (draft.lines.empty()) draft.lines = ChooseLines(world, book, arguments, draft.marketplace, by_amazon);
    if (draft.lines.empty()) {
      refused.emplace_back("nothing in stock");
      continue;
    }
    draft.by_amazon = by_amazon.value_or(draft.lines.front().first->fba);
    draft.forced = BoolField(arguments, "force");
    draft.origin = origin;
    if (const json::object* buyer = ObjectField(arguments, "buyer")) {
      draft.person = ReadPerson(*buyer, *draft.marketplace, world.choices.Next());
    }
    draft.listed_after = static_cast<Micros>(NumberField(arguments, "visible_after_s") * kSecond);
    if (const auto seconds = world.faults.DecideLateness("place", book.seller_id())) {
      draft.listed_after = static_cast<Micros>(*seconds * kSecond);
    }
    draft.email_after = static_cast<Micros>(NumberField(arguments, "email_after_s") * kSecond);
    Order* order = nullptr;
    const Outcome outcome = book.PlaceOrder(std::move(draft), now, &order);
    if (outcome.ok()) {
      if (order->email_from > now) ScheduleEmail(world, book, *order);
      placed.push_back(PlacedJson(*order));
    } else {
      refused.emplace_back(outcome.refusal);
    }
  }
  return {{"placed", std::move(placed)}, {"refused", std::move(refused)}};
}

boost::json::object PayOrders(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  return ChangeOrders(
      world, arguments, now, [](const Order& order) { return IsPending(order.status); },
      [&](SellerBook& book, Order& order) { return book.Pay(order, now); });
}

boost::json::object ShipOrders(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  return ChangeOrders(
      world, arguments, now, [](const Order& order) { return order.status == OrderStatus::kUnshipped; },
      [&](SellerBook& book, Order& order) {
        ShipRequest request{.carrier = TextField(arguments, "carrier"),
                            .tracking = TextField(arguments, "tracking"),
                            .label = BoolField(arguments, "label")};
        if (const json::array* lines = ArrayField(arguments, "lines")) {
          for (const json::value& each : *lines) {
            const json::object& wanted = AsObject(each, "a line");
            const std::string sku = TextField(wanted, "sku");
            const auto line = std::find_if(order.lines.begin(), order.lines.end(),
                                           [&](const OrderLine& one) { return one.listing->sku == sku; });
            if (line == order.lines.end()) return Outcome{"the order has no line for " + sku};
            request.items.emplace_back(line->item_id, IntField(wanted, "quantity", line->quantity - line->shipped));
          }
        }
        return book.Ship(order, request, now);
      });
}

boost::json::object CancelOrders(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  CancelRequest request;
  request.by = TextField(arguments, "by", request.by);
  request.reason = TextField(arguments, "reason", request.reason);
  request.restock = BoolField(arguments, "restock", request.reason != "NO_INVENTORY");
  return ChangeOrders(
      world, arguments, now,
      [](const Order& order) { return IsPending(order.status) || order.status == OrderStatus::kUnshipped; },
      [&](SellerBook& book, Order& order) { return book.Cancel(order, request, now); });
}

boost::json::object RequestCancelOrders(World& world, const boost::json::object& arguments, Micros now,
                                        std::string_view) {
  return ChangeOrders(
      world, arguments, now, [](const Order& order) { return order.status == OrderStatus::kUnshipped; },
      [&](SellerBook& book, Order& order) { return book.RequestCancel(order, now); });
}

boost::json::object SetOrderStatus(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  const std::string name = TextField(arguments, "status");
  const auto status = ParseOrderStatus(name);
  if (!status) throw InputError("no order status " + name);
  return ChangeOrders(
      world, arguments, now, [](const Order&) { return true; },
      [&](SellerBook& book, Order& order) {
        book.SetStatus(order, *status, now);
        return Outcome{};
      });
}

}  // namespace amazon_sim
