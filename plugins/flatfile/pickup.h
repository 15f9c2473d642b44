// Files come in one after another: found whole, claimed by a rename into the work folder, copied into a document of the
// host, and, once all of it was handed over and committed, renamed into the archive (or the errors folder). Each step
// of that can be repeated: what was done before is seen and left.
#pragma once

#include <cstdint>
#include <vector>

#include "position.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

struct PickedUp {
  // A file is under way now (position.state is kReading).
  bool has_file = false;
  // Files lie there that are not whole yet; the first of them may be at `look_again_us`.
  bool waits = false;
  int64_t look_again_us = 0;
  // When the folder was looked at: what was put there before is under way or was read.
  int64_t looked_us = 0;
  // Files of which nothing could be read.
  std::vector<plugin::v1::BadRecord> bad_files;
};

// Puts a file away that `position` says is finished, and forgets it. To be called with the cursor of a step that was
// committed.
[[nodiscard]] sdk::Result<bool> PutAway(const InFolder& folder, FilePosition& position, sdk::Step& step);

// Takes the next file that is whole and new, unless one is under way.
[[nodiscard]] sdk::Result<PickedUp> PickUp(const InFolder& folder, const FileFormat& format, FilePosition& position,
                                           sdk::Step& step);

// The host lost its copy: makes another. INVALID FILE_CHANGED when the file is no longer the same.
[[nodiscard]] sdk::Result<bool> CopyAgain(const InFolder& folder, const FileFormat& format,
                                          const FilePosition& position, sdk::Step& step);

// A record about the file as a whole: its FilePosition::Key(), or its name when it was never read.
[[nodiscard]] plugin::v1::BadRecord BadFile(const std::string& name, std::string reason);

}  // namespace quayside::flatfile
