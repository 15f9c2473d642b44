// Processing an order as pure functions: what may leave, what the order becomes, and whether anybody is to
// be told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/store/despatch_records.h"
#include "host/store/records.h"

namespace quayside {

// A package's number at the marketplace: from a range of our own, because a number that is known there is an edit.
// Others count from 1. It comes from the package's id, which is partly random, not from its place in the order: a host
// that was restored from a backup counts places again, and would edit what it no longer knows it confirmed.
inline constexpr int64_t kPackageNumberBase = 1'000'000'000;
inline constexpr int64_t kPackageNumbers = 1'000'000'000;
inline constexpr int32_t kMostPackages = 1000;  // of one order
[[nodiscard]] constexpr int64_t PackageNumberThere(int64_t despatch_id) {
  return kPackageNumberBase + despatch_id % kPackageNumbers;
}

// Whether two packages are one and the same is told by their tracking numbers, as people write them (any case, with
// blanks and dashes or without), and by their lines in any order.
[[nodiscard]] std::string PlainTracking(std::string_view tracking);
[[nodiscard]] bool SameLines(std::vector<DespatchLine> some, std::vector<DespatchLine> others);

// Units of the line that neither left nor were cancelled.
[[nodiscard]] int32_t UnitsLeft(const OrderLineRecord& line);
// What one package with all that is left would hold.
[[nodiscard]] std::vector<DespatchLine> AllThatIsLeft(const std::vector<OrderLineRecord>& lines);

// ORDER_NOT_DESPATCHABLE with what to do about it: not paid, held, cancelled, shipped by the marketplace, or nothing is
// left.
[[nodiscard]] absl::Status CheckDespatchable(const OrderRecord& order, const std::vector<OrderLineRecord>& lines);

// The order's lines with these units gone. INVALID_ARGUMENT with every violation, its field below `field`: unknown or
// repeated lines, quantities below 1 or above what is left.
[[nodiscard]] absl::StatusOr<std::vector<OrderLineRecord>> WithoutUnits(std::vector<OrderLineRecord> lines,
                                                                        const std::vector<DespatchLine>& gone,
                                                                        const std::string& field);
// Units of the line that left in these packages at or after `since`.
[[nodiscard]] int64_t UnitsThatLeft(const std::vector<DespatchRecord>& packages, std::string_view line, TimeUs since);
// Of an order from whose lines units have just left.
[[nodiscard]] OrderState StateAfterDespatch(const std::vector<OrderLineRecord>& lines);

// Whether a package is to be confirmed to the marketplace: kWaiting, or why not. With a plugin that does not confirm
// despatches it is kWaiting with a reason: another version may.
struct DespatchGate {
  DespatchState state = DespatchState::kWaiting;
  std::string reason;
  std::string message;
};
// `channel`: nullopt = deleted, or never made. `offered`: the plugin offers despatch/1.
[[nodiscard]] DespatchGate GateOf(const std::optional<ChannelRecord>& channel, bool offered);

// May somebody ask for its confirmation (again)? Not while it is on its way, nor once it is confirmed.
[[nodiscard]] bool IsRetryable(DespatchState state);
// Somebody is yet to be told or asked.
[[nodiscard]] bool IsOpen(DespatchState state);

}  // namespace quayside
