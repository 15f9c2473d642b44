// What reading bundles again and again need not do again. Thread-safe, as its parts are.
#pragma once

#include "host/plugin/library_shelf.h"
#include "host/plugin/manifest_memo.h"

namespace quayside {

struct BundleMemory {
  ManifestMemo manifests;
  LibraryShelf libraries;
};

}  // namespace quayside
