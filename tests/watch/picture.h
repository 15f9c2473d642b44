// What a client knows of the items there are: a snapshot, and the events after it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "quayside/v1/event_service.pb.h"

namespace quayside::watch {

// Not thread-safe.
class Picture {
 public:
  void Clear() { items_.clear(); }
  // Entries that are no items are left out.
  void Show(const v1::SnapshotEntry& entry);
  // The later word counts: an event may tell again what a snapshot showed.
  void Apply(const v1::Event& event);

  // How it differs from what there is, SKUs by the items' names; nullopt: not at all.
  [[nodiscard]] std::optional<std::string> Difference(const std::map<std::string, std::string>& truth) const;

 private:
  // SKUs by the items' names; "": known to be there, and to be read (an event that is about many tells no SKUs).
  std::map<std::string, std::string> items_;
};

}  // namespace quayside::watch
