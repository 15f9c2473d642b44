// The rules against the formulas of the page in numbers without bounds, with whatever comes: rapidcheck makes the
// values, prints the seed, and shrinks what fails. RC_PARAMS="seed=N" or the "reproduce=" it prints plays it again.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "host/inventory/quantity_rules.h"

namespace quayside {
namespace {

using BigInt = boost::multiprecision::cpp_int;

// More than rapidcheck's hundred, unless somebody says otherwise. It reads this when the first property is tried.
[[maybe_unused]] const int kMoreOften = ::setenv("RC_PARAMS", "max_success=5000", 0);

// The formula of the page.
BigInt QuantityByThePage(const BigInt& available, const QuantityRules& rules) {
  if (available <= rules.end_when) return 0;
  BigInt quantity = available * rules.percentage_e4.value_or(1'000'000) / 1'000'000;
  if (rules.max_listed.has_value() && quantity > *rules.max_listed) quantity = *rules.max_listed;
  return quantity;
}

// 0..2^bits - 1, all sizes, not mostly big ones.
rc::Gen<int64_t> UpTo(int bits) {
  return rc::gen::mapcat(rc::gen::resize(rc::kNominalSize, rc::gen::inRange(1, bits + 1)), [](int width) {
    return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<int64_t>(0, int64_t{1} << width));
  });
}

template <typename T>
std::optional<T> Perhaps(const rc::Gen<T>& gen) {
  if (!*rc::gen::weightedElement<bool>({{2, true}, {1, false}})) return std::nullopt;
  return *gen;
}

// To a ten-thousandth, and whole ones as often.
rc::Gen<int32_t> Percentage() {
  return rc::gen::oneOf(rc::gen::inRange<int32_t>(0, 1'000'001),
                        rc::gen::map(rc::gen::inRange<int32_t>(0, 101), [](int32_t whole) { return whole * 10'000; }));
}

int32_t Fitting(int64_t number) {
  return static_cast<int32_t>(std::min<int64_t>(number, std::numeric_limits<int32_t>::max()));
}

RC_GTEST_PROP(QuantityRulesPropertyTest, ListedQuantity_IsTheFormulaInExactNumbers, ()) {
  const int64_t available = *UpTo(62);
  QuantityRules rules;
  rules.percentage_e4 = Perhaps(Percentage());
  if (const std::optional<int64_t> most = Perhaps(UpTo(31)); most.has_value()) rules.max_listed = Fitting(*most);
  const bool at_the_end = *rc::gen::weightedElement<bool>({{1, true}, {3, false}});
  rules.end_when = Fitting(at_the_end ? available : *UpTo(20));
  const int64_t actual = ListedQuantity(available, rules);
  RC_LOG() << "available " << available << ", % " << rules.percentage_e4.value_or(-1) << ", max "
           << rules.max_listed.value_or(-1) << ", end " << rules.end_when << ": " << actual << '\n';
  const bool exact = BigInt(actual) == QuantityByThePage(available, rules);
  RC_ASSERT(exact);
  RC_ASSERT(actual >= 0);
  RC_ASSERT(actual <= available);
}

RC_GTEST_PROP(QuantityRulesPropertyTest, AvailableStock_IsTheClampedSumOfTheCountedLocations, ()) {
  std::vector<LocationStock> stock;
  std::vector<std::string> chosen;
  const bool choose = *rc::gen::arbitrary<bool>();
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    LocationStock at{.location_id = "L" + std::to_string(i),
                     .fulfilment_centre = *rc::gen::weightedElement<bool>({{1, true}, {3, false}})};
    at.level = Perhaps(UpTo(40));
    at.reserved = *UpTo(40);
    if (choose && *rc::gen::arbitrary<bool>()) chosen.push_back(at.location_id);
    stock.push_back(at);
  }
  BigInt sum = 0;
  bool known = false;
  for (const LocationStock& at : stock) {
    const bool is_chosen = std::find(chosen.begin(), chosen.end(), at.location_id) != chosen.end();
    // Nothing chosen at all means the option is off.
    if (chosen.empty() ? at.fulfilment_centre : !is_chosen) continue;
    known = known || at.level.has_value();
    sum += BigInt(at.level.value_or(0)) - at.reserved;
  }
  const std::optional<int64_t> available = AvailableStock(stock, chosen);
  RC_ASSERT(available.has_value() == known);
  const bool exact = BigInt(available.value_or(0)) == (!known || sum < 0 ? BigInt(0) : sum);
  RC_ASSERT(exact);
}

}  // namespace
}  // namespace quayside
