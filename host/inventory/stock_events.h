// The events of stock (docs/events.md): one for a change, however many levels it sets.
//
// A watcher is told which items to read while they are few; of many it is told what all their SKUs begin with, and
// reads the items that begin so. So an event stays small, and a message of several hundred of them below its limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "host/store/store.h"

namespace quayside {

inline constexpr size_t kMostNamedInAnEvent = 100;
// Of all names together: those of listings have a SKU in them, percent-encoded.
inline constexpr size_t kMostBytesNamedInAnEvent = 8 * 1024;

struct LevelSet {
  ItemRecord item;
  std::string location_id;
  int64_t level = 0;
};

// "item.created" of one, "item.created_many" of several; nothing of none.
[[nodiscard]] absl::Status AppendItemsCreated(Tx& tx, TimeUs now, const std::vector<ItemRecord>& items);
// "stock.set" of one, "stock.set_many" of several; nothing of none.
[[nodiscard]] absl::Status AppendLevelsSet(Tx& tx, TimeUs now, const std::vector<LevelSet>& levels);

// Each once, in the order they come, separated by spaces; empty when they are too many for an event.
[[nodiscard]] std::string NamedOnce(const std::vector<std::string>& names);
// What all of them begin with, in whole characters.
[[nodiscard]] std::string CommonBeginning(const std::vector<std::string_view>& texts);

}  // namespace quayside
