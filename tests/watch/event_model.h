// What really happened: every committed transaction's events, kept for ever, and how much of them the host still keeps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace quayside::watch {

struct ModelEvent {
  std::string type;
  std::string resource;
  bool operator==(const ModelEvent&) const = default;
};

// Not thread-safe.
class EventModel {
 public:
  // The events of one transaction, the first of which got the revision. Several writers' transactions may be told in
  // any order.
  void Committed(int64_t first_revision, const std::vector<ModelEvent>& events);
  void CompactedBefore(int64_t revision);
  // After the last transaction that was told there are these items, SKUs by name.
  void ItemsAre(std::map<std::string, std::string> items) { items_ = std::move(items); }

  // Every revision up to the last belongs to a transaction that was told.
  [[nodiscard]] bool is_whole() const { return static_cast<int64_t>(events_.size()) == last(); }
  [[nodiscard]] const std::map<std::string, std::string>& items() const { return items_; }
  [[nodiscard]] int64_t last() const { return events_.empty() ? 0 : events_.rbegin()->first; }
  // A watcher can resume from here on.
  [[nodiscard]] int64_t oldest_start() const { return compacted_; }
  // Whether a transaction has events that are wanted up to the revision, and others behind it.
  [[nodiscard]] bool SplitsTransaction(int64_t revision, const std::vector<std::string>& prefixes) const;
  // Those behind `after`, up to `upto`, whose type begins with one of the prefixes (none: all).
  [[nodiscard]] std::map<int64_t, ModelEvent> Between(int64_t after, int64_t upto,
                                                      const std::vector<std::string>& prefixes) const;

 private:
  std::map<int64_t, ModelEvent> events_;
  std::map<int64_t, int64_t> last_of_;  // by the transaction's first revision
  int64_t compacted_ = 0;               // the last revision that is gone
  std::map<std::string, std::string> items_;
};

}  // namespace quayside::watch
