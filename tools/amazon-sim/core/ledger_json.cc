#include "core/ledger_json.h"

#include <boost/json.hpp>

#include "core/call.h"
#include "core/fba_stock_json.h"
#include "core/outbound_commands.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

json::value OptionalJson(std::optional<std::int64_t> number) {
  return number ? json::value(*number) : json::value(nullptr);
}

// One section: a list of entries with paging. Entries that are filtered out do not count.
class Section {
 public:
  // `forgotten` entries came before the first one.
  Section(std::string& text, std::string_view name, std::int64_t after, std::int64_t limit, std::uint64_t forgotten = 0)
      : text_(text), name_(name), after_(after), limit_(limit), seen_(static_cast<std::int64_t>(forgotten)) {
    text_ += ",\"" + std::string(name) + "\":[";
  }
  ~Section() { text_ += "],\"" + std::string(name_) + "_total\":" + std::to_string(seen_); }
  Section(const Section&) = delete;

  // Whether the next entry is on the page; counts it either way.
  bool Wants() {
    const std::int64_t number = seen_++;
    return number >= after_ && (limit_ < 0 || number - after_ < limit_);
  }
  void Add(const json::object& entry) {
    if (!first_) text_ += ',';
    first_ = false;
    text_ += json::serialize(entry);
  }

 private:
  std::string& text_;
  std::string_view name_;
  std::int64_t after_, limit_;
  std::int64_t seen_;
  bool first_ = true;
};

json::object QuantityChangeJson(const QuantityChange& change, std::int64_t number) {
  return {{"number", number},
          {"time", Iso8601(change.time)},
          {"time_us", change.time},
          {"seller", *change.seller_id},
          {"sku", change.listing->sku},
          {"old", OptionalJson(change.before)},
          {"new", OptionalJson(change.after)},
          {"by", Name(change.cause)},
          {"reference", change.reference}};
}

json::object CallsJson(const Ledger& ledger) {
  json::object sellers;
  for (const auto& [seller, operations] : ledger.calls()) {
    json::object& shown = sellers[seller.empty() ? "-" : seller].emplace_object();
    for (const auto& [operation, counts] : operations) {
      json::object statuses;
      for (const auto& [status, count] : counts.by_status) {
        statuses[status == 0 ? "dropped" : std::to_string(status)] = count;
      }
      json::object faults;
      for (const auto& [fault, count] : counts.by_fault) faults[fault] = count;
      shown[operation] = {{"calls", counts.calls},
                          {"throttled", counts.throttled},
                          {"statuses", std::move(statuses)},
                          {"faults", std::move(faults)}};
    }
  }
  return sellers;
}

}  // namespace

boost::json::object TrueOrderJson(const SellerBook& book, const Order& order) {
  json::array lines;
  for (const OrderLine& line : order.lines) {
    lines.push_back({{"order_item_id", std::to_string(line.item_id)},
                     {"sku", line.listing->sku},
                     {"quantity", line.quantity},
                     {"shipped", line.shipped},
                     {"cancelled", line.cancelled},
                     {"refunded_minor", line.refunded_minor + line.refunded_shipping_minor}});
  }
  json::array packages;
  for (const Package& package : order.packages) {
    json::array items;
    for (const auto& [item_id, quantity] : package.items)
      items.push_back({{"order_item_id", std::to_string(item_id)}, {"quantity", quantity}});
    packages.push_back({{"reference", package.reference},
                        {"carrier", package.carrier},
                        {"tracking", package.tracking},
                        {"shipped", Iso8601(package.shipped_at)},
                        {"times_told", package.times_told},
                        {"label", package.label},
                        {"items", std::move(items)}});
  }
  return {{"order_id", order.id},
          {"seller", book.seller_id()},
          {"marketplace", order.marketplace->id},
          {"status", Name(order.status)},
          {"fulfilled_by", order.by_amazon ? "AMAZON" : "MERCHANT"},
          {"channel", order.non_amazon ? "NON_AMAZON" : "AMAZON"},
          {"created", Iso8601(order.created)},
          {"updated", Iso8601(order.updated)},
          {"listed_from", Iso8601(order.listed_from)},
          {"buyer", order.Recipient().name},
          {"origin", order.origin},
          {"lines", std::move(lines)},
          {"packages", std::move(packages)}};
}

boost::json::object TrueListingJson(const SellerBook& book, const Listing& listing) {
  json::array marketplaces;
  for (const Marketplace* marketplace : listing.offered_in.List()) marketplaces.emplace_back(marketplace->id);
  json::object shown{{"sku", listing.sku},
                     {"seller", book.seller_id()},
                     {"asin", listing.asin},
                     {"title", listing.Title()},
                     {"fba", listing.fba},
                     {"quantity", OptionalJson(listing.quantity)},
                     {"lead_time_days", nullptr},
                     {"restock_date", listing.RestockDate()},
                     {"marketplaces", std::move(marketplaces)},
                     {"created", Iso8601(listing.created)},
                     {"updated", Iso8601(listing.updated)}};
  if (listing.lead_time_days) shown["lead_time_days"] = *listing.lead_time_days;
  return shown;
}

std::string LedgerText(World& world, const Query& query) {
  const std::string section = query.Get("section");
  const std::string seller = query.Get("seller");
  const std::string sku = query.Get("sku");
  const std::int64_t after = ReadWhole(query, "after").value_or(0);
  const std::int64_t limit = ReadWhole(query, "limit").value_or(-1);
  const auto shows = [&](std::string_view name) { return section.empty() || section == "all" || section == name; };
  const auto fits = [&](std::string_view its_seller, std::string_view its_sku) {
    return (seller.empty() || seller == its_seller) && (sku.empty() || sku == its_sku);
  };
  const Ledger& ledger = world.ledger;
  std::string text = "{\"redundant_patches\":" + std::to_string(ledger.redundant_patches()) +
                     ",\"unknown_sku_patches\":" + std::to_string(ledger.unknown_sku_patches()) +
                     ",\"redundant_feed_messages\":" + std::to_string(ledger.redundant_feed_messages()) +
                     ",\"unknown_sku_feed_messages\":" + std::to_string(ledger.unknown_sku_feed_messages()) +
                     ",\"full_updates\":" + std::to_string(ledger.full_updates()) +
                     ",\"feed_deletes\":" + std::to_string(ledger.feed_deletes()) +
                     ",\"quantities_forgotten\":" + std::to_string(ledger.quantity_changes().forgotten()) +
                     ",\"lost_sales\":" + std::to_string(ledger.lost_sales());
  if (shows("calls")) text += ",\"calls\":" + json::serialize(CallsJson(ledger));
  if (shows("orders")) {
    Section orders(text, "orders", after, limit);
    for (const auto& book : world.books) {
      for (const Order& order : book->orders()) {
        bool fitting = false;
        for (const OrderLine& line : order.lines) fitting = fitting || fits(book->seller_id(), line.listing->sku);
        if (fitting && orders.Wants()) orders.Add(TrueOrderJson(*book, order));
      }
    }
  }
  if (shows("quantities")) {
    // Filters cannot be asked of what is forgotten.
    const std::uint64_t forgotten = ledger.quantity_changes().forgotten();
    Section quantities(text, "quantities", after, limit, seller.empty() && sku.empty() ? forgotten : 0);
    auto number = static_cast<std::int64_t>(forgotten);
    for (const QuantityChange& change : ledger.quantity_changes()) {
      const std::int64_t its_number = number++;
      if (fits(*change.seller_id, change.listing->sku) && quantities.Wants()) {
        quantities.Add(QuantityChangeJson(change, its_number));
      }
    }
  }
  if (shows("violations")) {
    Section violations(text, "violations", after, limit);
    for (const FbaViolation& each : ledger.fba_violations()) {
      if (!fits(*each.seller_id, each.sku) || !violations.Wants()) continue;
      violations.Add({{"time", Iso8601(each.time)},
                      {"seller", *each.seller_id},
                      {"sku", each.sku},
                      {"quantity", OptionalJson(each.quantity)},
                      {"submission_id", each.submission_id}});
    }
  }
  if (shows("oversells")) {
    Section oversells(text, "oversells", after, limit);
    for (const Oversell& each : ledger.oversells()) {
      if (!fits(*each.seller_id, each.sku) || !oversells.Wants()) continue;
      oversells.Add({{"time", Iso8601(each.time)},
                     {"seller", *each.seller_id},
                     {"sku", each.sku},
                     {"order_id", each.order_id},
                     {"available", each.available},
                     {"sold", each.sold}});
    }
  }
  if (shows("feed_contents")) {
    Section contents(text, "feed_contents", after, limit);
    for (const auto& [digest, each] : ledger.feed_contents()) {
      if (!contents.Wants()) continue;
      contents.Add({{"digest", digest},
                    {"bytes", each.bytes},
                    {"uploads", each.uploads},
                    {"feeds", each.feeds},
                    {"applied", each.applied}});
    }
  }
  if (shows("post_sale")) {
    Section entries(text, "post_sale", after, limit);
    for (const PostSaleEntry& each : ledger.post_sale()) {
      if (!fits(*each.seller_id, each.sku) || !entries.Wants()) continue;
      entries.Add({{"time", Iso8601(each.time)},
                   {"seller", *each.seller_id},
                   {"kind", Name(each.kind)},
                   {"order_id", each.order_id},
                   {"order_item_id", std::to_string(each.item_id)},
                   {"sku", each.sku},
                   {"quantity", each.quantity},
                   {"component", each.component},
                   {"amount_minor", each.amount_minor},
                   {"reason", each.reason},
                   {"feed_id", each.feed_id}});
    }
  }
  if (shows("leaks")) {
    Section leaks(text, "leaks", after, limit);
    for (const Leak& each : ledger.leaks()) {
      if ((!seller.empty() && each.seller_id != seller) || !leaks.Wants()) continue;
      leaks.Add({{"time", Iso8601(each.time)},
                 {"seller", each.seller_id},
                 {"method", each.method},
                 {"document", each.document},
                 {"header", each.header}});
    }
  }
  if (shows("traces")) {
    Section traces(text, "traces", after, limit);
    for (const TracedCall& each : ledger.traced_calls()) {
      if ((!seller.empty() && each.seller_id != seller) || !traces.Wants()) continue;
      traces.Add({{"time", Iso8601(each.time)},
                  {"seller", each.seller_id},
                  {"operation", each.operation},
                  {"status", each.status},
                  {"request_id", each.request_id},
                  {"traceparent", each.traceparent},
                  {"tracestate", each.tracestate}});
    }
  }
  if (shows("fba_stock")) {
    Section stocks(text, "fba_stock", after, limit);
    for (const auto& book : world.books) {
      for (const auto& [key, stock] : book->warehouse().shelves()) {
        if (fits(book->seller_id(), key.second) && stocks.Wants()) stocks.Add(TrueFbaStockJson(*book, stock));
      }
    }
  }
  if (shows("outbound")) {
    Section outbound(text, "outbound", after, limit);
    for (const auto& book : world.books) {
      for (const auto& [index, order] : book->outbound().orders()) {
        bool fitting = false;
        for (const OutboundLine& line : order.terms.lines) {
          fitting = fitting || fits(book->seller_id(), line.listing->sku);
        }
        if (fitting && outbound.Wants()) outbound.Add(TrueOutboundJson(*book, order));
      }
    }
  }
  if (shows("fba_changes")) {
    const std::uint64_t forgotten = ledger.fba_changes().forgotten();
    Section changes(text, "fba_changes", after, limit, seller.empty() && sku.empty() ? forgotten : 0);
    auto number = static_cast<std::int64_t>(forgotten);
    for (const FbaChange& change : ledger.fba_changes()) {
      const std::int64_t its_number = number++;
      if (fits(*change.seller_id, change.listing->sku) && changes.Wants()) {
        changes.Add(FbaChangeJson(change, its_number));
      }
    }
  }
  return text + "}";
}

}  // namespace amazon_sim
