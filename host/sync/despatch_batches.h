// Which packages go together, and when, as pure functions. Before its first hand-over a package is looked for at the
// marketplace; one with a tracking number then costs a call of its own, those without are gathered into one document.
// Each way has its own allowance, so none waits for another's.
#pragma once

#include <cstdint>
#include <vector>

#include "host/store/despatch_records.h"

namespace quayside {

using Packages = std::vector<DespatchRecord>;

// What was absent when it was looked for may be sent for so long without another look.
inline constexpr DurationUs kLookHolds = kHourUs;

// What may be done now of one kind: up to `most`; 0 = nothing before `next_us`.
struct DespatchAllowance {
  int most = 0;
  TimeUs next_us = 0;
};

struct DespatchPace {
  DespatchAllowance looks;      // packages to be looked for
  DespatchAllowance calls;      // packages with a tracking number
  DespatchAllowance documents;  // packages of one document
  // A document that is not full goes when the first of its packages has been ready for so long.
  DurationUs gather_us = 0;
};

// Of packages by due time: the first and what may share a call with it. Those that were in a call that broke go in ever
// smaller groups, until the one at which it breaks is alone.
[[nodiscard]] Packages GroupOf(const Packages& due, int most);

// Of the account's waiting packages by due time: those that are looked for, confirmed by a call each, or confirmed in a
// document of one channel, in the next call.
[[nodiscard]] Packages ChooseLooks(const Packages& waiting, const DespatchPace& pace, TimeUs now);
[[nodiscard]] Packages ChooseCalls(const Packages& waiting, const DespatchPace& pace, TimeUs now);
[[nodiscard]] Packages ChooseDocument(const Packages& waiting, const DespatchPace& pace, TimeUs now);
// The first time at which one of these chooses something; INT64_MAX = with none waiting.
[[nodiscard]] TimeUs NextDespatch(const Packages& waiting, const DespatchPace& pace, TimeUs now);

// Of packages of unknown fate: the first and those sent within a minute of it. What does not show is absent only some
// time after the last of a question was sent, so that old ones never wait for young ones.
[[nodiscard]] Packages OfOneAge(const Packages& unknown);

}  // namespace quayside
