// A merchant with 1,000,000 listings: 500,000 items, each sold by two accounts, with levels at two locations.
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

// Every quantity is accepted as it is, and every order known.
void MakeBigCatalogue(Store& store);

}  // namespace quayside
