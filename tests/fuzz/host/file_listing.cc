// Lines of a file server's listing: what comes of one is a file that can be asked for.
#include <string>

#include "host/net/transfer/folder_listing.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(file_listing) {
  for (const auto& file : {ParseLongLine(input), ParseMlsdLine(input)}) {
    if (!file) continue;
    Require(IsFileName(file->name), "its name is one");
    Require(file->size >= 0 && file->modified_us >= 0, "size and time are not negative");
  }
  if (const auto file = ParseLongLine(input)) {
    Require(IsLongLine(input), "a line that tells of a file is one of such a listing");
    Require(file->modified_us == 0, "its time is too vague to be told");
  }
  Require(IsLongLine(input) == IsLongLine(std::string(input) + "\r\n"), "a line's end changes nothing");
  const auto ended = ParseMlsdLine(std::string(input) + "\r\n");
  const auto bare = ParseMlsdLine(input);
  Require(ended.has_value() == bare.has_value() && (!bare || ended->name == bare->name), "nor of the other kind");
}
