#include "host/net/transfer/local_rename.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>

namespace quayside {

int RenameToNew(int from_folder, const std::string& from, int to_folder, const std::string& to) {
  if (renameat2(from_folder, from.c_str(), to_folder, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  return LookAndRename(from_folder, from, to_folder, to);
}

int LookAndRename(int from_folder, const std::string& from, int to_folder, const std::string& to) {
  struct stat there {};
  if (fstatat(to_folder, to.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  if (errno != ENOENT) return errno;
  return renameat(from_folder, from.c_str(), to_folder, to.c_str()) == 0 ? 0 : errno;
}

}  // namespace quayside
