#include "host/plugin/elf_file.h"

#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

absl::StatusOr<ElfFacts> ReadElf(std::string_view bytes) {
  lint::ElfReading reading = lint::ReadElf(bytes);
  if (reading.damage.empty()) return std::move(reading.facts);
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, Concat("plugin.so ", reading.damage));
}

}  // namespace quayside
