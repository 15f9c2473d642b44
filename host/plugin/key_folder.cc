#include "host/plugin/key_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"

namespace quayside {
namespace {

constexpr size_t kMostKeys = 1000;

absl::Status Unsafe(const std::string& path, std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kTrustedKeysUnsafe,
                   Concat(path, " ", what, ", so that no key in it can be trusted"));
}

absl::Status CheckOwner(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return Unsafe(path, Concat("cannot be read: ", std::strerror(errno)));
  if (info.st_uid != 0 && info.st_uid != geteuid()) {
    return Unsafe(path, "belongs to another user (chown root)");
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return Unsafe(path, "can be written by others (chmod go-w)");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrustedKeys> ReadTrustedKeys(const std::string& folder) {
  TrustedKeys found{.folder = folder};
  std::error_code error;
  if (folder.empty()) return found;
  if (!std::filesystem::exists(folder, error)) {
    if (error) return Unsafe(folder, Concat("cannot be looked at: ", error.message()));
    return found;
  }
  QS_RETURN_IF_ERROR(CheckOwner(folder));
  std::vector<std::string> names;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".toml") names.push_back(entry->path().filename().string());
    if (names.size() > kMostKeys) return Unsafe(folder, Concat("holds more than ", kMostKeys, " keys"));
  }
  if (error) return Unsafe(folder, Concat("cannot be read: ", error.message()));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string path = Concat(folder, "/", name);
    QS_RETURN_IF_ERROR(CheckOwner(path));
    auto text = ReadFile(path, kMaxKeyFileBytes);
    auto key = text.ok() ? ParseTrustedKey(*text, name) : absl::StatusOr<TrustedKey>(text.status());
    if (key.ok()) {
      found.keys.push_back(*std::move(key));
    } else {
      found.unreadable.push_back(key.status());
    }
  }
  return found;
}

const TrustedKey* FindKey(const TrustedKeys& keys, const std::string& id) {
  const auto found =
      std::find_if(keys.keys.begin(), keys.keys.end(), [&](const TrustedKey& key) { return key.id == id; });
  return found == keys.keys.end() ? nullptr : &*found;
}

}  // namespace quayside
