// A temporary data folder, a store backend in it, and a child process to crash or to restrict.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "host/store/sqlite_store.h"
#include "host/store/store_conformance.h"

namespace quayside {

// Removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "quayside-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string data() const { return path_ + "/data"; }
  [[nodiscard]] std::string database() const { return data() + "/quayside.db"; }

 private:
  std::string path_;
};

// The backup at `path` restored into `folder`, which does not exist yet.
inline absl::StatusOr<std::unique_ptr<Store>> OpenBackupIn(const std::string& folder, const std::string& path) {
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(path, folder + "/quayside.db");
  return OpenSqliteStore({.data_dir = folder});
}

class SqliteBackend final : public StoreBackend {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open() override { return OpenSqliteStore({.data_dir = folder_.data()}); }
  std::string BackupPath() override { return folder_.path() + "/backup.db"; }
  absl::StatusOr<std::unique_ptr<Store>> OpenBackup(const std::string& path) override {
    return OpenBackupIn(folder_.path() + "/restored", path);
  }

 private:
  TemporaryFolder folder_;
};

inline std::vector<char> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void WriteFile(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// `body` in a forked child; the exit status of the child. The caller has no other thread running.
template <typename Body>
int RunInChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int code = 99;
    try {
      code = body();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace quayside
