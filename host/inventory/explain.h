// "Why 7?": the whole arithmetic of a number, as facts, as the text that is kept with a submission,
// and in words for a merchant. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "host/inventory/latency.h"
#include "host/inventory/quantity_rules.h"
#include "host/inventory/target_verdict.h"
#include "host/store/records.h"

namespace quayside {

// A channel that would show another number.
struct Dissent {
  std::string channel_id;
  int32_t quantity = 0;

  bool operator==(const Dissent&) const = default;
};

struct QuantityExplanation {
  struct Location {
    std::string id;
    std::optional<int64_t> level;
    int64_t reserved = 0;
    bool fulfilment_centre = false;
    bool inactive = false;
    LocationPart part = LocationPart::kCounts;

    bool operator==(const Location&) const = default;
  };

  std::string channel_id;  // whose rules count
  int64_t config_revision = 0;
  int64_t item_id = 0;  // 0 = not kept
  std::vector<Location> locations;
  std::vector<std::string> chosen_locations;  // empty = all but fulfilment centres
  int64_t available = 0;                      // units of the item
  int32_t units_per_listing = 1;
  int64_t in_listings = 0;
  QuantityRules rules;
  // The rule is the listing's own, not its channel's.
  bool own_max_listed = false;
  bool own_percentage = false;
  bool own_end_when = false;
  int32_t quantity = 0;
  Latency latency;              // what goes with the number; set by who knows the item's properties
  bool clears_latency = false;  // the marketplace is to forget the one it keeps
  std::vector<Dissent> dissents;

  bool operator==(const QuantityExplanation&) const = default;
};

// By a channel's rules and locations; nothing when no level of the item was ever set.
[[nodiscard]] std::optional<QuantityExplanation> ExplainQuantity(const ChannelRecord& channel,
                                                                 const ListingRecord& listing,
                                                                 const std::vector<LocationStock>& stock);

// JSON; kept with the submission, so that it has an answer for as long.
[[nodiscard]] std::string ExplanationToJson(const QuantityExplanation& explanation);
// Also what former versions wrote. DATABASE_CORRUPT.
[[nodiscard]] absl::StatusOr<QuantityExplanation> ExplanationFromJson(std::string_view text);

// A line for each step that has a say, the number last.
[[nodiscard]] std::vector<std::string> StepsInWords(const QuantityExplanation& explanation);

// Why a location does not count; empty = it does.
[[nodiscard]] std::string_view PartInWords(LocationPart part);

// What is done with the number a target has now, and what stands in its way, the most important first. `decided`: what
// DecideTarget says of it now, with its note; `gate`: of the target's owner.
struct TargetSituation {
  TargetRecord target;  // as stored; state kNone and version 0: there is no row
  TargetState decided = TargetState::kNone;
  std::string decided_note;
  std::optional<int32_t> decided_quantity;
  std::string decided_owner;
  std::optional<GateRecord> gate;
  TimeUs now = 0;
};
[[nodiscard]] std::vector<std::string> SituationInWords(const TargetSituation& situation,
                                                        const std::vector<Dissent>& dissents);

// What became of a submission.
[[nodiscard]] std::string OutcomeInWords(const IntentRecord& intent);

}  // namespace quayside
