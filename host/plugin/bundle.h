// A bundle: the folder {plugin.so, manifest.json, signatures/KEYID.sig ...}, read once. What is checked is what is
// loaded: every later step works on these bytes, never again on the folder.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/plugin/signature.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct Bundle {
  std::string manifest_json;
  quayside::plugin::v1::Manifest manifest;
  std::string library;  // the bytes of plugin.so
  std::string sha256;   // of `library`, hexadecimal
  std::string manifest_sha256;
  std::vector<SignatureFile> signatures;  // by name; nothing of them is verified
};

inline constexpr int64_t kMaxLibraryBytes = 256 << 20;

// INVALID_ARGUMENT BUNDLE_INVALID with the finding. Says nothing about who made it nor about what is in the library:
// see admission.h.
[[nodiscard]] absl::StatusOr<Bundle> ReadBundle(const std::string& folder);

// The bundle's files into a new folder, synced. `half_written` is run when one file is there and the others are not.
[[nodiscard]] absl::Status WriteBundle(const Bundle& bundle, const std::string& folder,
                                       const std::function<void()>& half_written = nullptr);

// Writes the bundle to {plugin_dir}/{id}/{version}: beside it first, synced, then renamed, so that a crash leaves
// either what was there before or all of it, at the latest after the next SweepUnfinishedBundles. A folder that is
// there changes place with the new one (in one step where the file system can) and is then deleted. Answers the folder.
[[nodiscard]] absl::StatusOr<std::string> PlaceBundle(const Bundle& bundle, const std::string& plugin_dir);
// The same under another name than the manifest's version.
[[nodiscard]] absl::StatusOr<std::string> PlaceBundleAs(const Bundle& bundle, const std::string& plugin_dir,
                                                        const std::string& version);

// What a database knows such a folder by: below the plugin folder, wherever that is, so that a database which is
// restored at another place finds its bundles.
[[nodiscard]] std::string PlacedName(const std::string& id, const std::string& version);
// The folder that is known as `placed`. A whole path, as older databases have it, is taken when this plugin folder has
// no such version.
[[nodiscard]] std::string FolderOfPlaced(const std::string& plugin_dir, const std::string& id,
                                         const std::string& version, const std::string& placed);

// Deletes what installations that a crash cut short have left in the plugin folder, and puts back what they had moved.
void SweepUnfinishedBundles(const std::string& plugin_dir);

// mkdir -p with the mode; OK when it is there.
[[nodiscard]] absl::Status MakeDirectory(const std::string& path, int mode);
// Whole file, written beside, synced and renamed.
[[nodiscard]] absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, int mode);
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes);

}  // namespace quayside
