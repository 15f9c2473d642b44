// The data folder: made when absent, and held by one host at a time.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace quayside {

// Holds the folder until destroyed (or until the process ends, however it ends).
class DataFolder {
 public:
  // UNAVAILABLE DATABASE_LOCKED names the process that holds it.
  static absl::StatusOr<std::unique_ptr<DataFolder>> Take(const std::string& path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  // Path of the database file, which exists (empty when new) and is readable by its owner only.
  [[nodiscard]] const std::string& database_path() const { return database_path_; }

 private:
  DataFolder(int lock_file, std::string database_path)
      : lock_file_(lock_file), database_path_(std::move(database_path)) {}
  int lock_file_;
  std::string database_path_;
};

}  // namespace quayside
