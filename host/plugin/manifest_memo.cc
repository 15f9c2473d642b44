#include "host/plugin/manifest_memo.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/plugin/manifest.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Two versions of a few plugins.
constexpr size_t kRemembered = 8;

}  // namespace

std::shared_ptr<const pb::Manifest> ManifestMemo::Find(std::string_view json) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.json == json; });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->manifest;
}

absl::StatusOr<std::shared_ptr<const pb::Manifest>> ManifestMemo::Parse(std::string_view json) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (auto known = Find(json); known != nullptr) return known;
  }
  QS_ASSIGN_OR_RETURN(pb::Manifest parsed, ParseManifest(json));
  auto manifest = std::make_shared<const pb::Manifest>(std::move(parsed));
  const std::lock_guard<std::mutex> lock(mutex_);
  // Somebody else may have parsed it meanwhile.
  if (auto known = Find(json); known != nullptr) return known;
  entries_.push_front({std::string(json), manifest});
  if (entries_.size() > kRemembered) entries_.pop_back();
  return manifest;
}

}  // namespace quayside
