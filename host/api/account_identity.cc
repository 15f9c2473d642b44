#include "host/api/account_identity.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/option_schema.h"

namespace quayside {
namespace {

constexpr int kLanePage = 1000;

// A lane that was set back to its beginning has no position, and yet orders.
bool DidSomething(const LaneRecord& lane) { return lane.cursor != CursorRecord{} || lane.last_success_us != 0; }

absl::StatusOr<bool> AnyLaneDidSomething(ReadTx& tx, const std::string& account_id) {
  LaneQuery query{.account_id = account_id, .limit = kLanePage};
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> page, tx.ListLanes(query));
    for (const LaneRecord& lane : page) {
      if (DidSomething(lane)) return true;
    }
    if (static_cast<int>(page.size()) < kLanePage) return false;
    query.after_id = page.back().id;
  }
}

std::string ValueOf(const OptionMap& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

}  // namespace

absl::Status CheckSameIdentity(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest, const AccountRecord& stored,
                               const AccountRecord& changed) {
  const OptionSchema schema(manifest);
  QS_ASSIGN_OR_RETURN(const OptionMap known, OptionsUnder(tx, schema, stored));
  const OptionMap before = schema.WithDefaults(known);
  const OptionMap after = schema.WithDefaults(changed.options);
  std::vector<FieldViolation> violations;
  for (const std::string& name : schema.identity()) {
    const std::string was = ValueOf(before, name);
    if (was == ValueOf(after, name)) continue;
    violations.push_back({absl::StrCat("account.options.", name),
                          absl::StrCat("stays '", was, "': what '", AccountName(stored.id),
                                       "' has read and sent belongs to that account of the marketplace. For another "
                                       "one add another account; the channels of this one can be disabled")});
  }
  if (violations.empty()) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const bool fixed, AnyLaneDidSomething(tx, stored.id));
  return fixed ? MakeFieldError(Reason::kInvalidConfiguration, violations) : absl::OkStatus();
}

}  // namespace quayside
