// A bundle: the folder {plugin.so, manifest.json}, read once. What is checked is what is loaded: every later step works
// on these bytes, never again on the folder.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/plugin/elf_file.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

struct Bundle {
  std::string manifest_json;
  quayside::plugin::v1::Manifest manifest;
  std::string library;  // the bytes of plugin.so
  std::string sha256;   // of `library`, hexadecimal
  ElfFacts elf;
  // Signatures come with the reload work; until then nobody has signed anything.
  std::string signer = "UNSIGNED";
};

inline constexpr int64_t kMaxLibraryBytes = 256 << 20;

// INVALID_ARGUMENT BUNDLE_INVALID with the finding.
[[nodiscard]] absl::StatusOr<Bundle> ReadBundle(const std::string& folder);

// Writes the bundle to {plugin_dir}/{id}/{version}: beside it first, synced, then renamed, so that a crash leaves
// either nothing or all of it. Answers the folder. Replaces a folder of the same version only if that one is
// unreadable.
[[nodiscard]] absl::StatusOr<std::string> PlaceBundle(const Bundle& bundle, const std::string& plugin_dir);

// mkdir -p with the mode; OK when it is there.
[[nodiscard]] absl::Status MakeDirectory(const std::string& path, int mode);
// Whole file, written beside, synced and renamed.
[[nodiscard]] absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes, int mode);
[[nodiscard]] absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes);

}  // namespace quayside
