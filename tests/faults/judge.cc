#include "tests/faults/judge.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <stdexcept>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "tests/faults/documents_judge.h"

namespace quayside {
namespace {

namespace json = boost::json;

// Everything is listed in each.
constexpr const char* kChannels[] = {"uk", "de"};

OrderState StateOf(const std::string& status) {
  static const std::map<std::string, OrderState> states = {{"PENDING", OrderState::kPending},
                                                           {"UNSHIPPED", OrderState::kOpen},
                                                           {"PARTIALLY_SHIPPED", OrderState::kPartlyDespatched},
                                                           {"SHIPPED", OrderState::kDespatched},
                                                           {"CANCELLED", OrderState::kCancelled}};
  return states.at(status);
}

std::string Text(const json::value& value) { return std::string(value.as_string()); }

class Comparison {
 public:
  Comparison(ReadTx& tx, Judgement& found) : tx_(tx), found_(found) {}

  absl::Status Orders(const json::array& orders) {
    for (const json::value& order : orders) QS_RETURN_IF_ERROR(Order(order.as_object()));
    // The key is unique, so more rows than orders would be inventions.
    OrderQuery query{.account_id = EngineWorld::kAccount, .limit = 1000};
    size_t stored = 0;
    for (;;) {
      QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> page, tx_.ListOrders(query));
      stored += page.size();
      if (page.size() < 1000) break;
      query.before_id = page.back().id;
    }
    if (stored > orders.size()) found_.orders_doubled.push_back(Concat(stored - orders.size(), " rows too many"));
    return absl::OkStatus();
  }

  // Each package here is there once, and each there that bears a number of ours is here.
  absl::Status Packages(const json::array& orders) {
    std::map<std::pair<std::string, std::string>, int64_t> there;  // (order, number) -> times told
    for (const json::value& order : orders) {
      for (const json::value& package : order.at("packages").as_array()) {
        const std::pair key{Text(order.at("order_id")), Text(package.at("reference"))};
        const int64_t told = package.at("times_told").to_number<int64_t>();
        if (!there.emplace(key, told).second)
          found_.packages_wrong.push_back(Concat(key.first, " has package ", key.second, " twice"));
      }
    }
    for (int state = static_cast<int>(DespatchState::kWaiting); state <= static_cast<int>(DespatchState::kFailed);
         ++state) {
      int64_t before_id = 0;
      for (;;) {
        QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> page,
                            tx_.ListDespatches({.state = static_cast<DespatchState>(state),
                                                .account_id = EngineWorld::kAccount,
                                                .before_id = before_id,
                                                .limit = 1000}));
        for (const DespatchRecord& package : page) QS_RETURN_IF_ERROR(Package(package, there));
        if (page.size() < 1000) break;
        before_id = page.back().id;
      }
    }
    for (const auto& [key, told] : there) {
      if (std::stoll(key.second) > kPackageNumberBase)
        found_.packages_wrong.push_back(Concat(key.first, ": package ", key.second, " is at Amazon, and not here"));
    }
    return absl::OkStatus();
  }

  absl::Status Listings(const json::array& listings) {
    for (const json::value& listing : listings) QS_RETURN_IF_ERROR(Listing(listing.as_object()));
    return absl::OkStatus();
  }

 private:
  absl::Status Order(const json::object& order) {
    const std::string id = Text(order.at("order_id"));
    const OrderState state = StateOf(Text(order.at("status")));
    if (Text(order.at("fulfilled_by")) == "MERCHANT" && state != OrderState::kDespatched &&
        state != OrderState::kCancelled) {
      for (const json::value& line : order.at("lines").as_array())
        held_[Text(line.at("sku"))] +=
            line.at("quantity").to_number<int64_t>() - line.at("shipped").to_number<int64_t>();
    }
    QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> stored, tx_.FindOrder(EngineWorld::kAccount, id));
    if (!stored.has_value()) {
      found_.orders_lost.push_back(id);
    } else if (stored->state != state) {
      found_.orders_wrong.push_back(
          Concat(id, ": ", Text(order.at("status")), " at Amazon, state ", static_cast<int>(stored->state), " here"));
    }
    return absl::OkStatus();
  }

  // Takes it out of `there`.
  absl::Status Package(const DespatchRecord& package, std::map<std::pair<std::string, std::string>, int64_t>& there) {
    QS_ASSIGN_OR_RETURN(const OrderRecord order, tx_.GetOrder(package.order_id));
    const std::string name = Concat("package ", package.number, " of ", order.external_id);
    if (package.state != DespatchState::kConfirmed)
      found_.packages_wrong.push_back(Concat(name, " is in state ", static_cast<int>(package.state), ": ",
                                             package.message, " [", package.reason, "]"));
    const auto found = there.find({order.external_id, Concat(PackageNumberThere(package.id))});
    if (found == there.end()) {
      if (package.state == DespatchState::kConfirmed)
        found_.packages_wrong.push_back(Concat(name, " is confirmed here, and not at Amazon"));
      return absl::OkStatus();
    }
    // Nothing is edited in this life.
    if (found->second > 1) found_.packages_wrong.push_back(Concat(name, " was told ", found->second, " times"));
    there.erase(found);
    return absl::OkStatus();
  }

  absl::Status Listing(const json::object& listing) {
    const std::string sku = Text(listing.at("sku"));
    // In this life none is taken off.
    for (const char* channel : kChannels) {
      QS_ASSIGN_OR_RETURN(const std::optional<ListingRecord> known, tx_.FindListing(channel, sku));
      if (!known.has_value()) {
        found_.listings_wrong.push_back(Concat(sku, " in ", channel, " is not known"));
      } else if (known->vanished) {
        found_.listings_wrong.push_back(Concat(sku, " in ", channel, " is alive and counts as vanished"));
      }
    }
    const bool fba = listing.at("fba").as_bool();
    QS_ASSIGN_OR_RETURN(const std::optional<ItemRecord> item, tx_.FindItemBySku(sku));
    if (!item.has_value()) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const std::vector<LevelRecord> levels, tx_.GetLevels(item->id));
    int64_t level = 0;
    int64_t reserved = 0;
    for (const LevelRecord& at : levels) {
      level += at.level.value_or(0);
      reserved += at.reserved;
    }
    if (!fba && reserved != held_[sku])
      found_.reservations_wrong.push_back(Concat(sku, ": open orders hold ", held_[sku], ", reserved are ", reserved));
    const json::value& quantity = listing.at("quantity");
    if (fba) {
      if (!quantity.is_null()) found_.quantities_wrong.push_back(sku + " is FBA and has a merchant quantity");
      return absl::OkStatus();
    }
    const int64_t should = std::max<int64_t>(0, level - reserved);
    if (quantity.is_null() || quantity.to_number<int64_t>() != should) {
      QS_ASSIGN_OR_RETURN(const std::optional<TargetRecord> target, tx_.FindTarget(EngineWorld::kAccount, sku));
      found_.quantities_wrong.push_back(Concat(sku, ": Amazon shows ", json::serialize(quantity), ", should be ",
                                               should, target.has_value() ? Concat(" (", target->note, ")") : ""));
    }
    return absl::OkStatus();
  }

  ReadTx& tx_;
  Judgement& found_;
  std::map<std::string, int64_t> held_;
};

}  // namespace

std::vector<std::string> Judgement::All() const {
  std::vector<std::string> all;
  const auto add = [&](const char* kind, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) all.push_back(Concat(kind, ": ", text));
  };
  add("order lost", orders_lost);
  add("order doubled", orders_doubled);
  add("order wrong", orders_wrong);
  add("reservation wrong", reservations_wrong);
  add("quantity wrong", quantities_wrong);
  add("listing wrong", listings_wrong);
  add("FBA violation", fba_violations);
  add("document wrong", documents_wrong);
  add("package wrong", packages_wrong);
  add("dead letter", dead_letters);
  return all;
}

Judgement Judge(EngineWorld& world) {
  Judgement found;
  const json::value ledger = world.amazon().Look("ledger?section=orders");
  const json::value listings = world.amazon().Look("listings?limit=1000000");
  const json::value violations = world.amazon().Look("ledger?section=violations");
  for (const json::value& violation : violations.at("violations").as_array())
    found.fba_violations.push_back(json::serialize(violation));
  const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
    Comparison comparison(tx, found);
    QS_RETURN_IF_ERROR(comparison.Orders(ledger.at("orders").as_array()));
    QS_RETURN_IF_ERROR(comparison.Packages(ledger.at("orders").as_array()));
    QS_RETURN_IF_ERROR(comparison.Listings(listings.at("listings").as_array()));
    QS_ASSIGN_OR_RETURN(const int64_t letters, tx.CountDeadLetters("", DeadLetterState::kOpen));
    if (letters > 0) found.dead_letters.push_back(Concat(letters, " open"));
    return absl::OkStatus();
  });
  if (!read.ok()) throw std::runtime_error(read.ToString());
  found.documents_wrong = DocumentsWrong(world);
  return found;
}

}  // namespace quayside
