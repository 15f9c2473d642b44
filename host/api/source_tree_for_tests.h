// Where this source tree is, for tests that look at files which are no code.
#pragma once

#include <filesystem>

namespace quayside {

// Above the working directory (a build folder inside the tree), else from this file's name. Empty when the tree is not
// here.
inline std::filesystem::path SourceTree() {
  const auto is_tree = [](const std::filesystem::path& folder) {
    return std::filesystem::exists(folder / "host/base/reasons.h");
  };
  for (auto folder = std::filesystem::current_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (is_tree(folder)) return folder;
  }
  const auto from_name = std::filesystem::absolute(__FILE__).parent_path().parent_path().parent_path();
  return is_tree(from_name) ? from_name : std::filesystem::path();
}

}  // namespace quayside
