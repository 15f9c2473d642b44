// Files of this machine get their names: never one that is another file's.
#pragma once

#include <string>

namespace quayside {

// 0, or the error: EEXIST when something of the new name is there, which stays as it is. The names are of files in the
// folders of the descriptors.
[[nodiscard]] int RenameToNew(int from_folder, const std::string& from, int to_folder, const std::string& to);

// The same where the file system cannot promise it in one call (NFS, most of FUSE): it looks first. Whoever makes a
// file of the new name in between loses it, so that name should be one that nobody else gives.
[[nodiscard]] int LookAndRename(int from_folder, const std::string& from, int to_folder, const std::string& to);

}  // namespace quayside
