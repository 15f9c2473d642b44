// Lines of a file server's listing: what comes of one is a file that can be asked for.
#include "host/net/transfer/folder_listing.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(file_listing) {
  for (const auto& file : {ParseLongLine(input), ParseMlsdLine(input)}) {
    if (!file) continue;
    Require(IsFileName(file->name), "its name is one");
    Require(file->size >= 0 && file->modified_us >= 0, "size and time are not negative");
  }
}
