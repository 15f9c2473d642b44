#include "core/control_api.h"

#include <algorithm>
#include <boost/json.hpp>

#include "core/call.h"
#include "core/commands.h"
#include "core/job_commands.h"
#include "core/json_fields.h"
#include "core/ledger_json.h"
#include "core/settings.h"
#include "core/simulator.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

Response Wrong(int status, std::string_view reason) { return JsonAnswer(status, json::object{{"error", reason}}); }

json::object BodyObject(const Request& request) {
  if (request.body.empty()) return {};
  boost::system::error_code error;
  json::value body = json::parse(request.body, error);
  if (error || !body.is_object()) throw InputError("the body must be a JSON object");
  return body.get_object();
}

json::object ClockJson(const SimClock& clock) {
  const Micros now = clock.Now();
  return {{"now_us", now}, {"now", Iso8601(now)}, {"speed", PlainNumber(clock.speed())}};
}

void ChangeClock(Simulator& simulator, const json::object& wanted) {
  SimClock& clock = simulator.clock();
  if (wanted.contains("speed")) clock.SetSpeed(NumberField(wanted, "speed"));
  if (wanted.contains("set_us")) clock.Reset(IntField(wanted, "set_us"));
  clock.Advance(IntField(wanted, "advance_us") + static_cast<Micros>(NumberField(wanted, "advance_s") * kSecond));
  simulator.Tick();
}

json::object StateJson(Simulator& simulator) {
  World& world = simulator.world();
  json::array sellers;
  for (const auto& book : world.books) {
    json::object statuses;
    for (const std::string_view name : kOrderStatusNames) statuses[name] = 0;
    for (const Order& order : book->orders()) {
      json::value& count = statuses[Name(order.status)];
      count = count.to_number<std::int64_t>() + 1;
    }
    std::int64_t units = 0;
    std::int64_t fba = 0;
    for (const Listing& listing : book->listings()) {
      if (listing.deleted) continue;
      units += listing.quantity.value_or(0);
      fba += listing.fba ? 1 : 0;
    }
    sellers.push_back({{"seller", book->seller_id()},
                       {"region", book->region()},
                       {"listings", book->listing_count()},
                       {"fba_listings", fba},
                       {"merchant_units", units},
                       {"orders", book->orders().size()},
                       {"orders_by_status", std::move(statuses)}});
  }
  return {{"clock", ClockJson(simulator.clock())},
          {"seed", world.seed()},
          {"sellers", std::move(sellers)},
          {"scheduled_events", world.scheduled()},
          {"fault_rules", world.faults.rules().size()},
          {"fba_violations", world.ledger.fba_violations().size()},
          {"oversells", world.ledger.oversells().size()},
          {"leaks", world.ledger.leaks().size()},
          {"reports", world.reports.size()},
          {"feeds", world.feeds.size()},
          {"documents", world.documents.all().size()}};
}

json::object FaultsJson(const World& world) {
  json::array rules;
  for (const FaultRule& rule : world.faults.rules()) rules.push_back(ToJson(rule));
  json::array known;
  for (const FaultInfo& info : AllFaults()) known.push_back({{"name", info.name}, {"explanation", info.explanation}});
  return {{"rules", std::move(rules)}, {"known", std::move(known)}};
}

json::object OrdersJson(World& world, const Query& query) {
  SellerBook& book = world.Book(query.Get("seller"));
  const std::string status = query.Get("status");
  const std::string id = query.Get("order_id");
  const std::int64_t after = ReadWhole(query, "after").value_or(0);
  const std::int64_t limit = ReadWhole(query, "limit").value_or(100);
  json::array shown;
  std::int64_t matching = 0;
  for (auto order = book.orders().rbegin(); order != book.orders().rend(); ++order) {  // newest first
    if ((!status.empty() && Name(order->status) != status) || (!id.empty() && order->id != id)) continue;
    const std::int64_t number = matching++;
    if (number >= after && number - after < limit) shown.push_back(TrueOrderJson(book, *order));
  }
  return {{"orders", std::move(shown)}, {"total", matching}};
}

json::object ListingsJson(World& world, const Query& query) {
  SellerBook& book = world.Book(query.Get("seller"));
  if (const std::string* sku = query.Find("sku")) {
    const Listing* listing = book.FindListing(*sku);
    if (!listing) throw InputError("no listing " + *sku);
    return {{"listings", json::array{TrueListingJson(book, *listing)}}, {"total", 1}};
  }
  const std::int64_t after = ReadWhole(query, "after").value_or(0);
  const std::int64_t limit = ReadWhole(query, "limit").value_or(100);
  json::array shown;
  std::int64_t number = 0;
  for (const std::uint32_t index : book.listings_by_sku()) {
    const Listing& listing = book.listing(index);
    if (listing.deleted) continue;
    if (number >= after && number - after < limit) shown.push_back(TrueListingJson(book, listing));
    ++number;
  }
  return {{"listings", std::move(shown)}, {"total", number}};
}

// One line per listing: SKU, merchant quantity (empty for none), 1 for FBA. For comparing whole catalogues.
Response QuantityLines(World& world, const Query& query) {
  SellerBook& book = world.Book(query.Get("seller"));
  std::string lines = "sku\tquantity\tfba\n";
  for (const std::uint32_t index : book.listings_by_sku()) {
    const Listing& listing = book.listing(index);
    if (listing.deleted) continue;
    lines += listing.sku;
    lines += '\t';
    if (listing.quantity) lines += std::to_string(*listing.quantity);
    lines += listing.fba ? "\t1\n" : "\t0\n";
  }
  return {.status = 200,
          .headers = {{"Content-Type", "text/tab-separated-values; charset=UTF-8"}},
          .body = std::move(lines)};
}

json::object AccountsJson(const World& world) {
  json::array accounts;
  for (const Account& account : world.accounts.all()) accounts.push_back(AccountJson(account));
  return json::object{{"accounts", std::move(accounts)}};
}

Response Look(Simulator& simulator, std::string_view name, const Query& query) {
  World& world = simulator.world();
  if (name == "clock") return JsonAnswer(200, ClockJson(simulator.clock()));
  if (name == "state") return JsonAnswer(200, StateJson(simulator));
  if (name == "ledger") {
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = LedgerText(world, query)};
  }
  if (name == "faults") return JsonAnswer(200, FaultsJson(world));
  if (name == "accounts") return JsonAnswer(200, AccountsJson(world));
  if (name == "settings") return JsonAnswer(200, SettingsJson(world));
  if (name == "orders") return JsonAnswer(200, OrdersJson(world, query));
  if (name == "quantities") return QuantityLines(world, query);
  if (name == "reports") return JsonAnswer(200, ReportsJson(world, query));
  if (name == "feeds") return JsonAnswer(200, FeedsJson(world, query));
  if (name == "documents") return JsonAnswer(200, DocumentsJson(world, query));
  if (name == "listings") return JsonAnswer(200, ListingsJson(world, query));
  return Wrong(404, "nothing to see at this path");
}

Response Act(Simulator& simulator, std::string_view name, const json::object& arguments) {
  if (name == "clock") {
    ChangeClock(simulator, arguments);
    return JsonAnswer(200, ClockJson(simulator.clock()));
  }
  if (name == "scenario") {
    simulator.LoadScenario(arguments);
    return JsonAnswer(200, StateJson(simulator));
  }
  // The plural reads better as a path; the command is singular.
  if (name == "faults") name = "add-fault";
  if (name == "accounts") name = "account";
  const auto& commands = AllCommands();
  if (std::find(commands.begin(), commands.end(), name) == commands.end()) return Wrong(404, "no such command");
  return JsonAnswer(200, RunCommand(simulator.world(), name, arguments, simulator.clock().Now()));
}

}  // namespace

Response HandleControl(Simulator& simulator, const Request& request, const Target& target) {
  try {
    const std::string name = target.segments.size() == 3 ? target.segments[2] : "";
    if (request.method == "GET") return Look(simulator, name, target.query);
    if (request.method == "POST") return Act(simulator, name, BodyObject(request));
    if (request.method == "DELETE" && name == "faults") return Act(simulator, "clear-faults", BodyObject(request));
    return Wrong(405, "GET to look, POST to act");
  } catch (const InputError& error) {
    return Wrong(400, error.what());
  } catch (const ApiError& error) {
    return Wrong(error.status, error.details);
  }
}

}  // namespace amazon_sim
