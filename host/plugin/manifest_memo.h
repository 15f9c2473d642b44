// Manifests that were parsed before. A reload meets the same few texts again and again: the version that works, the one
// that shall, the one it may go back to; parsing one takes longer than hashing its library.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

// Thread-safe.
class ManifestMemo {
 public:
  // As ParseManifest of this very text. What cannot be parsed is not remembered.
  [[nodiscard]] absl::StatusOr<std::shared_ptr<const quayside::plugin::v1::Manifest>> Parse(std::string_view json);

 private:
  struct Entry {
    std::string json;
    std::shared_ptr<const quayside::plugin::v1::Manifest> manifest;
  };

  // Null: it is not known. Under the lock.
  [[nodiscard]] std::shared_ptr<const quayside::plugin::v1::Manifest> Find(std::string_view json);

  std::mutex mutex_;
  std::list<Entry> entries_;  // the last one asked for is first
};

}  // namespace quayside
