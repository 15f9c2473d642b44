// A merchant with 1,000,000 listings: 500,000 items, each sold by two accounts, with levels at two locations; or with
// fewer.
#pragma once

#include <cstdint>
#include <string>

#include "host/store/store.h"

namespace quayside {

inline constexpr int kBigItems = 500'000;
inline constexpr int kBigListings = 2 * kBigItems;

// Item `number` (from 0) has the id `number + 1`.
[[nodiscard]] std::string BigSku(int number);
[[nodiscard]] std::string BigAccount(int which);  // 0, 1
[[nodiscard]] std::string BigChannel(int which);

// Of the first `items` items. Every quantity is accepted as it is, and every order known.
void MakeBigCatalogue(Store& store, int items = kBigItems);

// How many listings show more than `most`.
[[nodiscard]] int64_t BigListingsAbove(int64_t most, int items = kBigItems);

}  // namespace quayside
