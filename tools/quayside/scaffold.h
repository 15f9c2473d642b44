// The project a plugin's author begins with: sdk/template, with the author's name and the contracts wanted. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace quayside::cli {

struct ScaffoldFile {
  std::string path;  // under the project's folder
  std::string text;
};

// Contracts there is something for, without revision: "order_sync", ...
[[nodiscard]] const std::vector<std::string>& ScaffoldContracts();

// `name` is the plugin's id. INVALID_ARGUMENT for a name that cannot be one in code, for unknown contracts and for
// none.
[[nodiscard]] absl::StatusOr<std::vector<ScaffoldFile>> Scaffold(const std::string& name,
                                                                 const std::vector<std::string>& contracts);

// The files of sdk/template, their names without ".in".
[[nodiscard]] const std::vector<ScaffoldFile>& TemplateFiles();

}  // namespace quayside::cli
