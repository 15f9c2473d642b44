// A database for targets that ask one: made once in a process. It lies in memory where the machine has such a folder,
// so that one that is written does not wait for a disk.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "host/store/sqlite_store.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {

inline std::filesystem::path FolderInMemory() {
  const char* const usual = "/dev/shm";
  return ::access(usual, R_OK | W_OK | X_OK) == 0 ? std::filesystem::path(usual)
                                                  : std::filesystem::temp_directory_path();
}

// Its folder is gone when this returns: the process that replays a corpus ends without destructors. The writer and the
// one reader are open by then and keep the files.
template <typename Fill>
std::unique_ptr<Store> MakeUnlinkedStore(const std::string& name, Fill fill) {
  const std::filesystem::path folder = FolderInMemory() / ("quayside_fuzz_" + name + "_" + std::to_string(::getpid()));
  auto store = OpenSqliteStore({.data_dir = folder.string(), .reader_connections = 1});
  Require(store.ok(), "a store can be made");
  Require((*store)->Write(fill).ok(), "and filled");
  Require((*store)->Read([](ReadTx& tx) { return tx.LastEventRevision().status(); }).ok(), "and read");
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return *std::move(store);
}

}  // namespace quayside::fuzz
