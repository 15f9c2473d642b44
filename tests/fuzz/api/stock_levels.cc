// Stock levels as they come off the wire, set in a transaction that is taken back: the first byte is the position of
// the first one, the rest the request. Held to a model of what SetStockLevels promises.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/base/error_metadata.h"
#include "host/base/errors.h"
#include "host/base/rng.h"
#include "host/inventory/stock.h"
#include "host/inventory/stock_events.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tests/fuzz/api/unlinked_store.h"
#include "tests/fuzz/target.h"

namespace {

namespace api = quayside::v1;
using quayside::Reason;
using quayside::StockChange;
using quayside::fuzz::Require;

constexpr quayside::TimeUs kSetAt = 1'767'225'600 * quayside::kSecondUs;
const std::set<std::string> kKnownSkus = {"A", "A-1"};
const std::set<std::string> kOwnLocations = {"default", "shed"};
constexpr char kMarketplacesLocation[] = "fba";

quayside::Store& Stock() {
  static const std::unique_ptr<quayside::Store> store =
      quayside::fuzz::MakeUnlinkedStore("stock_levels", [](quayside::Tx& tx) -> absl::Status {
        int64_t id = 0;
        for (const std::string& sku : kKnownSkus) QS_RETURN_IF_ERROR(tx.PutItem({.id = ++id, .sku = sku}));
        QS_RETURN_IF_ERROR(tx.PutLocation({.id = "shed", .display_name = "Shed"}));
        return tx.PutLocation(
            {.id = kMarketplacesLocation, .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "c"});
      });
  return *store;
}

std::string At(size_t position, const std::string& field) {
  return "changes[" + std::to_string(position) + "]." + field;
}

// What every field says of itself, all of them at once.
std::vector<std::string> WrongFields(const std::vector<StockChange>& changes, size_t first, bool& wrong_level) {
  std::vector<std::string> fields;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].sku.empty() || changes[i].sku.size() > quayside::kMaxItemSkuBytes)
      fields.push_back(At(first + i, "sku"));
    if (changes[i].level >= 0 && changes[i].level <= quayside::kMaxStockLevel) continue;
    fields.push_back(At(first + i, "level"));
    wrong_level = true;
  }
  return fields;
}

// What the first one meets that cannot be set; nothing when all can.
std::optional<std::pair<Reason, std::string>> Obstacle(const std::vector<StockChange>& changes, size_t first,
                                                       bool create_items) {
  for (size_t i = 0; i < changes.size(); ++i) {
    const StockChange& change = changes[i];
    if (change.location_id == kMarketplacesLocation) return {{Reason::kLocationReadOnly, At(first + i, "location")}};
    if (!change.location_id.empty() && !kOwnLocations.contains(change.location_id))
      return {{Reason::kLocationNotFound, At(first + i, "location")}};
    if (!create_items && !kKnownSkus.contains(change.sku)) return {{Reason::kItemNotFound, At(first + i, "sku")}};
  }
  return std::nullopt;
}

void CheckRefused(const absl::Status& status, const std::vector<StockChange>& changes, size_t first,
                  bool create_items) {
  bool wrong_level = false;
  const std::vector<std::string> wrong = WrongFields(changes, first, wrong_level);
  if (!wrong.empty()) {
    std::vector<std::string> told;
    for (const auto& violation : quayside::ViolationsOf(status)) told.push_back(violation.field);
    Require(told == wrong, "all wrong fields are named, and no others");
    Require(HasReason(status, wrong_level ? Reason::kInvalidLevel : Reason::kInvalidArgument), "by what is wrong");
    return;
  }
  const auto obstacle = Obstacle(changes, first, create_items);
  Require(obstacle.has_value(), "what can be set is set");
  Require(HasReason(status, obstacle->first) && quayside::MetadataOf(status)["field"] == obstacle->second,
          "the first obstacle is named");
}

void CheckEvents(quayside::Tx& tx, int64_t before, size_t expected) {
  const auto events = tx.ListEvents({.after_revision = before, .limit = 10});
  Require(events.ok() && events->size() == expected, "one event tells of all items, one of all levels");
  for (const quayside::EventRecord& event : *events) {
    for (const auto& [key, value] : event.attributes)
      Require(value.size() <= quayside::kMostBytesNamedInAnEvent, "an event stays small");
  }
}

void CheckStored(quayside::Tx& tx, const std::vector<StockChange>& changes, const quayside::StockChangeResult& result) {
  std::map<std::pair<std::string, std::string>, int64_t> last;
  std::set<std::string> made;
  for (const StockChange& change : changes) {
    last[{change.sku, change.location_id.empty() ? "default" : change.location_id}] = change.level;
    if (!kKnownSkus.contains(change.sku)) made.insert(change.sku);
  }
  Require(result.changed == static_cast<int32_t>(changes.size()), "each change is counted");
  Require(result.items_created == static_cast<int32_t>(made.size()), "an item is made once");
  for (const auto& [place, wanted] : last) {
    const std::string& location = place.second;
    const int64_t level = wanted;
    const auto item = tx.FindItemBySku(place.first);
    Require(item.ok() && item->has_value(), "its item is there");
    const auto levels = tx.GetLevels((*item)->id);
    Require(levels.ok(), "and can be read");
    const bool stands = std::any_of(levels->begin(), levels->end(), [&](const quayside::LevelRecord& record) {
      return record.location_id == location && record.level == level && record.counted_us == kSetAt;
    });
    Require(stands, "the last level of a SKU in a location stands");
  }
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(stock_levels) {
  if (input.empty()) return;
  const size_t first = static_cast<unsigned char>(input[0]);
  api::SetLevelsRequest request;
  if (!request.ParseFromArray(input.data() + 1, static_cast<int>(input.size() - 1))) return;
  std::vector<StockChange> changes;
  for (const api::LevelChange& change : request.changes()) {
    changes.push_back(
        {.sku = change.sku(), .location_id = change.location(), .level = change.level(), .title = change.title()});
  }
  static const quayside::ManualClock clock(kSetAt);
  static quayside::SeededRng rng(1);
  static quayside::IdSource ids(clock, rng);
  const absl::Status written = Stock().Write([&](quayside::Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t before, tx.LastEventRevision());
    const auto set = quayside::SetStockLevels(tx, ids, kSetAt, changes, request.create_items(), first);
    if (!set.ok()) {
      CheckRefused(set.status(), changes, first, request.create_items());
    } else {
      bool wrong_level = false;
      Require(WrongFields(changes, first, wrong_level).empty() &&
                  !Obstacle(changes, first, request.create_items()).has_value(),
              "what is wrong is refused");
      CheckStored(tx, changes, *set);
      CheckEvents(tx, before, (changes.empty() ? 0U : 1U) + (set->items_created > 0 ? 1U : 0U));
    }
    return absl::CancelledError("the next input finds nothing of it");
  });
  Require(absl::IsCancelled(written), "the store works");
}
