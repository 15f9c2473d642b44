#include "host/inventory/stock_events.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utf8.h"

namespace quayside {
namespace {

// Of an event that is about several.
constexpr char kSomeItems[] = "items/-";

std::map<std::string, std::string> FactsOfItems(const std::vector<const ItemRecord*>& items) {
  std::vector<std::string> names;
  std::vector<std::string_view> skus;
  for (const ItemRecord* item : items) {
    names.push_back(ItemName(item->id));
    skus.push_back(item->sku);
  }
  return {{"items", NamedOnce(names)}, {"sku_prefix", CommonBeginning(skus)}};
}

}  // namespace

std::string NamedOnce(const std::vector<std::string>& names) {
  std::set<std::string_view> seen;
  std::string text;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) continue;
    text += (text.empty() ? "" : " ") + name;
    if (seen.size() > kMostNamedInAnEvent || text.size() > kMostBytesNamedInAnEvent) return "";
  }
  return text;
}

std::string CommonBeginning(const std::vector<std::string_view>& texts) {
  if (texts.empty()) return "";
  std::string_view common = texts.front();
  for (const std::string_view text : texts) {
    const auto end = std::mismatch(common.begin(), common.end(), text.begin(), text.end()).first;
    common = common.substr(0, static_cast<size_t>(end - common.begin()));
  }
  size_t whole = 0;
  while (whole < common.size()) {
    const Utf8Step step = NextUtf8(common.substr(whole));
    if (step.kind == Utf8Step::kCut) break;
    whole += step.length;
  }
  return std::string(common.substr(0, whole));
}

absl::Status AppendItemsCreated(Tx& tx, TimeUs now, const std::vector<ItemRecord>& items) {
  if (items.empty()) return absl::OkStatus();
  if (items.size() == 1)
    return tx.AppendEvent({0, now, "item.created", ItemName(items[0].id), {{"sku", items[0].sku}}}).status();
  std::vector<const ItemRecord*> made;
  for (const ItemRecord& item : items) made.push_back(&item);
  std::map<std::string, std::string> facts = FactsOfItems(made);
  facts["count"] = Concat(items.size());
  return tx.AppendEvent({0, now, "item.created_many", kSomeItems, std::move(facts)}).status();
}

absl::Status AppendLevelsSet(Tx& tx, TimeUs now, const std::vector<LevelSet>& levels) {
  if (levels.empty()) return absl::OkStatus();
  if (levels.size() == 1) {
    const LevelSet& set = levels[0];
    return tx
        .AppendEvent({0,
                      now,
                      "stock.set",
                      ItemName(set.item.id),
                      {{"sku", set.item.sku}, {"location", set.location_id}, {"level", Concat(set.level)}}})
        .status();
  }
  std::vector<const ItemRecord*> items;
  std::vector<std::string> locations;
  for (const LevelSet& set : levels) {
    items.push_back(&set.item);
    locations.push_back(set.location_id);
  }
  std::map<std::string, std::string> facts = FactsOfItems(items);
  facts["levels"] = Concat(levels.size());
  facts["locations"] = NamedOnce(locations);
  return tx.AppendEvent({0, now, "stock.set_many", kSomeItems, std::move(facts)}).status();
}

}  // namespace quayside
