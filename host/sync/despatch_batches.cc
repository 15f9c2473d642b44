#include "host/sync/despatch_batches.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include "host/orders/despatch_outcome.h"

namespace quayside {
namespace {

constexpr DurationUs kOneAgeUs = kMinuteUs;

// Also one that says it was looked for in the future: the clock was set back.
bool IsToBeLookedFor(const DespatchRecord& package, TimeUs now) {
  if (package.confirmed_us > 0) return false;
  return package.looked_us == 0 || package.looked_us > now || package.looked_us + kLookHolds <= now;
}

bool GoesInADocument(const DespatchRecord& package) { return package.tracking.empty(); }

// When it became one of those a document is made of.
TimeUs ReadySince(const DespatchRecord& package) { return std::max(package.due_us, package.looked_us); }

Packages Due(const Packages& waiting, TimeUs now, bool to_be_looked_for, bool in_a_document) {
  Packages due;
  for (const DespatchRecord& package : waiting) {
    if (package.due_us > now || IsToBeLookedFor(package, now) != to_be_looked_for) continue;
    if (to_be_looked_for || GoesInADocument(package) == in_a_document) due.push_back(package);
  }
  return due;
}

// The channel whose document would hold the package that has been ready for longest, as far as it is ready now.
Packages ReadyForOneDocument(const Packages& waiting, TimeUs now) {
  Packages ready = Due(waiting, now, false, true);
  const auto first = std::min_element(ready.begin(), ready.end(),
                                      [](const auto& a, const auto& b) { return ReadySince(a) < ReadySince(b); });
  if (first == ready.end()) return ready;
  const std::string channel = first->channel_id;
  std::erase_if(ready, [&](const DespatchRecord& package) { return package.channel_id != channel; });
  return ready;
}

TimeUs DocumentTime(const Packages& ready, const DespatchPace& pace) {
  TimeUs first = std::numeric_limits<TimeUs>::max();
  for (const DespatchRecord& package : ready) first = std::min(first, ReadySince(package));
  const bool is_full = ready.size() >= static_cast<size_t>(std::max(pace.documents.most, 1));
  return std::max(is_full ? first : first + pace.gather_us, pace.documents.next_us);
}

}  // namespace

Packages GroupOf(const Packages& due, int most) {
  Packages group;
  if (due.empty() || most <= 0) return group;
  const bool is_suspect = IsSuspect(due.front());
  const int32_t failures = due.front().failures;
  const int size = is_suspect ? std::max(1, most >> std::min(failures, 20)) : most;
  for (const DespatchRecord& package : due) {
    if (static_cast<int>(group.size()) == size) break;
    if (IsSuspect(package) == is_suspect && (!is_suspect || package.failures == failures)) group.push_back(package);
  }
  return group;
}

Packages ChooseLooks(const Packages& waiting, const DespatchPace& pace, TimeUs now) {
  if (pace.looks.next_us > now) return {};
  return GroupOf(Due(waiting, now, true, false), pace.looks.most);
}

Packages ChooseCalls(const Packages& waiting, const DespatchPace& pace, TimeUs now) {
  if (pace.calls.next_us > now) return {};
  return GroupOf(Due(waiting, now, false, false), pace.calls.most);
}

Packages ChooseDocument(const Packages& waiting, const DespatchPace& pace, TimeUs now) {
  const Packages ready = ReadyForOneDocument(waiting, now);
  if (ready.empty() || DocumentTime(ready, pace) > now) return {};
  return GroupOf(ready, pace.documents.most);
}

TimeUs NextDespatch(const Packages& waiting, const DespatchPace& pace, TimeUs now) {
  TimeUs next = std::numeric_limits<TimeUs>::max();
  for (const DespatchRecord& package : waiting) {
    const TimeUs due_us = std::max(package.due_us, now);
    if (IsToBeLookedFor(package, due_us)) {
      next = std::min(next, std::max(due_us, pace.looks.next_us));
    } else if (!GoesInADocument(package)) {
      next = std::min(next, std::max(due_us, pace.calls.next_us));
    } else if (package.due_us > now) {
      next = std::min(next, std::max(package.due_us + pace.gather_us, pace.documents.next_us));
    }
  }
  const Packages ready = ReadyForOneDocument(waiting, now);
  return ready.empty() ? next : std::min(next, std::max(DocumentTime(ready, pace), now));
}

Packages OfOneAge(const Packages& unknown) {
  Packages group;
  for (const DespatchRecord& package : unknown) {
    if (std::abs(package.sent_us - unknown.front().sent_us) <= kOneAgeUs) group.push_back(package);
  }
  return group;
}

}  // namespace quayside
