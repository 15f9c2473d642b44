// A folder as a disk sees it: which name stands for which file. Making and deleting files is a change of the folder,
// which reaches the disk with a sync of the folder, whatever happened to the files' contents.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/base/rng.h"
#include "host/store/testing/unsynced_file.h"

namespace quayside {

// Not thread-safe.
class UnsyncedFolder {
 public:
  using FilePtr = std::shared_ptr<UnsyncedFile>;
  using Contents = std::map<std::string, std::string>;  // by name

  explicit UnsyncedFolder(const Contents& on_disk);

  // Null when no file is called so now.
  [[nodiscard]] FilePtr Find(const std::string& name) const;
  FilePtr Make(const std::string& name);
  void Delete(const std::string& name);
  // Makes and deletes so far are on the disk. Contents are not.
  void Sync();

  // As programs see it.
  [[nodiscard]] Contents Current() const;
  // As it may be found after a power cut: names by themselves, contents by themselves.
  [[nodiscard]] Contents AfterCut(const CutStyle& style, Rng& rng) const;

 private:
  struct Change {
    std::string name;
    FilePtr file;  // null: deleted
  };
  using Names = std::map<std::string, FilePtr>;
  static void Apply(Names& names, const Change& change);
  [[nodiscard]] Names NamesAfterCut(const CutStyle& style, Rng& rng) const;

  Names on_disk_;
  Names now_;
  std::vector<Change> changes_;
};

}  // namespace quayside
