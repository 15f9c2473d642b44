#include "host/inventory/quantity_words.h"

#include "host/base/text.h"

namespace quayside {
std::string PercentText(int32_t percentage_e4) {
  std::string decimals = Concat(percentage_e4 % 10'000);
  decimals.insert(0, 4 - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return decimals.empty() ? Concat(percentage_e4 / 10'000) : Concat(percentage_e4 / 10'000, ".", decimals);
}

std::string QuantityWords(const ComputedQuantity& computed, int32_t units_per_listing) {
  const QuantityRules& rules = computed.rules;
  std::string words = Concat(computed.available, " available");
  if (units_per_listing > 1) words += Concat(", ", computed.in_listings, " listings of ", units_per_listing);
  if (computed.in_listings <= rules.end_when) {
    return rules.end_when > 0 ? words + Concat(", ends at ", rules.end_when) : words;
  }
  if (rules.percentage_e4.has_value() && *rules.percentage_e4 != kFullPercentageE4)
    words += Concat(", ", PercentText(*rules.percentage_e4), " % of it");
  if (rules.max_listed.has_value() && computed.quantity == *rules.max_listed &&
      computed.quantity < computed.in_listings)
    words += Concat(", at most ", *rules.max_listed, " are listed");
  return words;
}

}  // namespace quayside
