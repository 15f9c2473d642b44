#include "host/api/masks.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"

namespace quayside {

absl::StatusOr<std::set<std::string>> PathsOf(const google::protobuf::FieldMask& mask,
                                              const std::set<std::string>& known,
                                              const std::set<std::string>& when_empty) {
  if (mask.paths().empty()) return when_empty;
  std::set<std::string> paths;
  std::vector<FieldViolation> violations;
  for (const std::string& path : mask.paths()) {
    if (known.contains(path)) {
      paths.insert(path);
    } else {
      violations.push_back({"update_mask", absl::StrCat("'", path, "' is not one of ", absl::StrJoin(known, ", "))});
    }
  }
  if (!violations.empty()) return MakeFieldError(Reason::kInvalidArgument, violations);
  return paths;
}

}  // namespace quayside
