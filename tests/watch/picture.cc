#include "tests/watch/picture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace quayside::watch {
namespace {

constexpr char kItems[] = "items/";

std::string Fact(const google::protobuf::Map<std::string, std::string>& facts, const std::string& name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string() : found->second;
}

}  // namespace

void Picture::Show(const v1::SnapshotEntry& entry) {
  if (entry.resource().starts_with(kItems)) items_[entry.resource()] = Fact(entry.attributes(), "sku");
}

void Picture::Apply(const v1::Event& event) {
  if (event.type() == "item.created" || event.type() == "item.updated") {
    items_[event.resource()] = Fact(event.attributes(), "sku");
  } else if (event.type() == "item.deleted") {
    items_.erase(event.resource());
  } else if (event.type() == "item.created_many") {
    const std::string listed = Fact(event.attributes(), "items");
    for (const absl::string_view name : absl::StrSplit(listed, ' ', absl::SkipEmpty()))
      items_.try_emplace(std::string(name));
  }
}

std::optional<std::string> Picture::Difference(const std::map<std::string, std::string>& truth) const {
  for (const auto& [name, sku] : truth) {
    const auto known = items_.find(name);
    if (known == items_.end()) return absl::StrCat(name, " (", sku, ") is missing");
    if (!known->second.empty() && known->second != sku) return absl::StrCat(name, " is ", known->second, ", not ", sku);
  }
  for (const auto& [name, sku] : items_) {
    if (!truth.contains(name)) return absl::StrCat(name, " (", sku, ") is not there any more");
  }
  return std::nullopt;
}

}  // namespace quayside::watch
