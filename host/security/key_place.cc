#include "host/security/key_place.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;

// Absolute, with the links followed of as much of it as exists; without a slash at its end.
fs::path TruePlace(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  fs::path place = fs::weakly_canonical(absolute, error);
  if (error) place = absolute;
  return place.has_filename() ? place : place.parent_path();
}

bool IsBelow(const fs::path& place, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), place.begin(), place.end()).first == folder.end();
}

}  // namespace

absl::Status CheckKeyPlace(const std::string& master_key_file, const std::string& data_dir) {
  const fs::path key(master_key_file);
  const fs::path folder = TruePlace(data_dir);
  const fs::path key_folder = TruePlace(key.has_parent_path() ? key.parent_path() : fs::path("."));
  if (!IsBelow(key_folder, folder) && !IsBelow(TruePlace(key), folder)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kConfigFile,
                   absl::StrCat("security.master_key_file: ", master_key_file, " is in the data folder ", data_dir,
                                ", whose copy would be a copy of the data with its key; move the file out of it and "
                                "name its new place"));
}

}  // namespace quayside
