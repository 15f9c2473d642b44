// A database for targets that ask one: made once in a process and never written again.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "host/store/sqlite_store.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {

// Its folder is gone from the disk when this returns: the process that replays a corpus ends without destructors. The
// one reader is open by then and keeps the files.
template <typename Fill>
std::unique_ptr<Store> MakeUnlinkedStore(const std::string& name, Fill fill) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("quayside_fuzz_" + name + "_" + std::to_string(::getpid()));
  auto store = OpenSqliteStore({.data_dir = folder.string(), .reader_connections = 1});
  Require(store.ok(), "a store can be made");
  Require((*store)->Write(fill).ok(), "and filled");
  Require((*store)->Read([](ReadTx& tx) { return tx.LastEventRevision().status(); }).ok(), "and read");
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return *std::move(store);
}

}  // namespace quayside::fuzz
