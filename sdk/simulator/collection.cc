#include "sdk/simulator/collection.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace quayside::simulator {
namespace {

std::optional<int64_t> Integer(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Whole numbers by value, anything else as text: ids, and times as ISO 8601 writes them.
int Compare(const std::string& a, const std::string& b) {
  const auto left = Integer(a);
  const auto right = Integer(b);
  if (left && right) return *left < *right ? -1 : *left > *right ? 1 : 0;
  return a.compare(b);
}

bool Fits(const Item& item, const std::vector<Condition>& where, const Parameters& parameters) {
  return std::all_of(where.begin(), where.end(), [&](const Condition& condition) {
    const std::string* wanted = parameters(condition.parameter);
    if (wanted == nullptr) return true;
    const int order = Compare(TextOf(item, condition.field), *wanted);
    switch (condition.test) {
      case Condition::Test::kEquals:
        return order == 0;
      case Condition::Test::kAtLeast:
        return order >= 0;
      case Condition::Test::kAfter:
        return order > 0;
    }
    return false;
  });
}

}  // namespace

std::string TextOf(const Item& item, const std::string& member) {
  const boost::json::value* value = item.if_contains(member);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(std::string_view(value->get_string()));
  return boost::json::serialize(*value);
}

Page Collection::List(const ListAction& action, const Parameters& parameters) const {
  std::vector<const Item*> fitting;
  for (const Item& item : items_) {
    if (Fits(item, action.where, parameters)) fitting.push_back(&item);
  }
  if (!action.sort.empty()) {
    std::stable_sort(fitting.begin(), fitting.end(), [&](const Item* a, const Item* b) {
      return Compare(TextOf(*a, action.sort), TextOf(*b, action.sort)) < 0;
    });
  }
  size_t number = 1;
  if (const std::string* page = action.page.empty() ? nullptr : parameters(action.page)) {
    number = static_cast<size_t>(std::clamp<int64_t>(Integer(*page).value_or(1), 1, static_cast<int64_t>(kMostItems)));
  }
  Page page;
  page.pages = std::max<size_t>(1, (fitting.size() + action.limit - 1) / action.limit);
  page.more = number < page.pages;
  const size_t begin = std::min(fitting.size(), (number - 1) * action.limit);
  const size_t end = std::min(fitting.size(), begin + action.limit);
  page.items.assign(fitting.begin() + static_cast<std::ptrdiff_t>(begin),
                    fitting.begin() + static_cast<std::ptrdiff_t>(end));
  return page;
}

Item* Collection::Find(const std::vector<Condition>& where, const Parameters& parameters) {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return Fits(item, where, parameters); });
  return found == items_.end() ? nullptr : &*found;
}

bool Collection::Put(Item item, const std::vector<std::string>& key) {
  const auto same = std::find_if(items_.begin(), items_.end(), [&](const Item& other) {
    return std::all_of(key.begin(), key.end(),
                       [&](const std::string& member) { return TextOf(other, member) == TextOf(item, member); });
  });
  if (same != items_.end()) {
    *same = std::move(item);
    return true;
  }
  if (items_.size() >= kMostItems) return false;
  items_.push_back(std::move(item));
  return true;
}

bool Collection::Remove(const std::vector<Condition>& where, const Parameters& parameters) {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return Fits(item, where, parameters); });
  if (found == items_.end()) return false;
  items_.erase(found);
  return true;
}

}  // namespace quayside::simulator
