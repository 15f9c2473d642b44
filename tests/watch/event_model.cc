#include "tests/watch/event_model.h"

#include <algorithm>
#include <iterator>

namespace quayside::watch {

void EventModel::Committed(int64_t first_revision, const std::vector<ModelEvent>& events) {
  if (events.empty()) return;
  int64_t revision = first_revision;
  for (const ModelEvent& event : events) events_.emplace(revision++, event);
  last_of_[first_revision] = revision - 1;
}

void EventModel::CompactedBefore(int64_t revision) {
  compacted_ = std::max(compacted_, std::min(revision - 1, last()));
}

bool EventModel::SplitsTransaction(int64_t revision, const std::vector<std::string>& prefixes) const {
  const auto next = last_of_.upper_bound(revision);
  if (next == last_of_.begin()) return false;
  const auto [first, last] = *std::prev(next);
  return !Between(first - 1, revision, prefixes).empty() && !Between(revision, last, prefixes).empty();
}

std::map<int64_t, ModelEvent> EventModel::Between(int64_t after, int64_t upto,
                                                  const std::vector<std::string>& prefixes) const {
  std::map<int64_t, ModelEvent> wanted;
  for (auto event = events_.upper_bound(after); event != events_.end() && event->first <= upto; ++event) {
    const bool is_wanted = prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) {
                             return event->second.type.starts_with(prefix);
                           });
    if (is_wanted) wanted.insert(*event);
  }
  return wanted;
}

}  // namespace quayside::watch
