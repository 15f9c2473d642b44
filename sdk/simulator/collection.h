// The items of one kind that a marketplace has, and what routes do with them. No I/O; the clock is the caller's.
#pragma once

#include <functional>
#include <string>

#include "sdk/simulator/script.h"

namespace quayside::simulator {

// Value of a parameter of the request; null = it has none of that name.
using Parameters = std::function<const std::string*(const std::string& name)>;

struct Page {
  std::vector<const Item*> items;  // valid until the collection changes
  bool more = false;
  size_t pages = 1;
};

// Not thread-safe.
class Collection {
 public:
  explicit Collection(Items items = {}) : items_(std::move(items)) {}

  [[nodiscard]] const Items& items() const { return items_; }
  // The page that the request asks for, 1 unless it says so.
  [[nodiscard]] Page List(const ListAction& action, const Parameters& parameters) const;
  // The first that fits; null when none does.
  [[nodiscard]] Item* Find(const std::vector<Condition>& where, const Parameters& parameters);
  // False when it is full and has no item of that key.
  [[nodiscard]] bool Put(Item item, const std::vector<std::string>& key);
  // False when none fits.
  bool Remove(const std::vector<Condition>& where, const Parameters& parameters);

 private:
  Items items_;
};

// A member as a request would name it: a text without quotes, anything else as JSON; empty when it is missing.
[[nodiscard]] std::string TextOf(const Item& item, const std::string& member);

}  // namespace quayside::simulator
