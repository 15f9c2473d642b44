#include "host/api/account_identity.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/plugin/instance_config.h"
#include "host/plugin/option_schema.h"

namespace quayside {
namespace {

constexpr int kPage = 1000;

// A lane that was set back to its beginning has no position, and yet orders.
bool DidSomething(const LaneRecord& lane) { return lane.cursor != CursorRecord{} || lane.last_success_us != 0; }

absl::StatusOr<bool> AnyLaneDidSomething(ReadTx& tx, const std::string& account_id) {
  LaneQuery query{.account_id = account_id, .limit = kPage};
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneRecord> page, tx.ListLanes(query));
    for (const LaneRecord& lane : page) {
      if (DidSomething(lane)) return true;
    }
    if (static_cast<int>(page.size()) < kPage) return false;
    query.after_id = page.back().id;
  }
}

// What the options of the identity say, in the order of their names.
std::vector<std::string> IdentityOf(const OptionSchema& schema, const OptionMap& options) {
  const OptionMap values = schema.WithDefaults(options);
  std::vector<std::string> identity;
  for (const std::string& name : schema.identity()) {
    const auto found = values.find(name);
    identity.push_back(found == values.end() ? std::string() : found->second);
  }
  return identity;
}

bool SaysNothing(const std::vector<std::string>& identity) {
  return std::all_of(identity.begin(), identity.end(), [](const std::string& value) { return value.empty(); });
}

// Null when there is none.
absl::StatusOr<std::optional<std::string>> OtherAccountOf(ReadTx& tx, const OptionSchema& schema,
                                                          const AccountRecord& wanted,
                                                          const std::vector<std::string>& identity) {
  std::string after_id;
  while (true) {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> page,
                        tx.ListAccountsOfPlugin(wanted.plugin_id, after_id, kPage));
    for (const AccountRecord& other : page) {
      if (other.id == wanted.id) continue;
      QS_ASSIGN_OR_RETURN(const OptionMap theirs, OptionsUnder(tx, schema, other));
      if (IdentityOf(schema, theirs) == identity) return other.id;
    }
    if (static_cast<int>(page.size()) < kPage) return std::nullopt;
    after_id = page.back().id;
  }
}

FieldViolation Violation(const std::string& option, std::string description) {
  return {absl::StrCat("account.options.", option), std::move(description)};
}

}  // namespace

absl::StatusOr<std::vector<FieldViolation>> CheckIdentity(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                                          const AccountRecord* stored, const AccountRecord& wanted) {
  const OptionSchema schema(manifest);
  const std::vector<std::string> after = IdentityOf(schema, wanted.options);
  std::vector<FieldViolation> violations;
  if (stored != nullptr) {
    QS_ASSIGN_OR_RETURN(const OptionMap known, OptionsUnder(tx, schema, *stored));
    const std::vector<std::string> before = IdentityOf(schema, known);
    if (before == after) return violations;
    QS_ASSIGN_OR_RETURN(const bool fixed, AnyLaneDidSomething(tx, stored->id));
    size_t at = 0;
    for (const std::string& name : schema.identity()) {
      const std::string& was = before[at];
      if (fixed && was != after[at]) {
        violations.push_back(Violation(
            name, absl::StrCat("stays '", was, "': what '", AccountName(stored->id),
                               "' has read and sent belongs to that account of the marketplace. For another one add "
                               "another account; the channels of this one can be disabled")));
      }
      ++at;
    }
    if (fixed) return violations;
  }
  if (SaysNothing(after)) return violations;
  QS_ASSIGN_OR_RETURN(const std::optional<std::string> other, OtherAccountOf(tx, schema, wanted, after));
  if (!other.has_value()) return violations;
  for (const std::string& name : schema.identity()) {
    violations.push_back(Violation(
        name, absl::StrCat("'", AccountName(*other), "' has the same ", absl::StrJoin(schema.identity(), " and "),
                           ": it is that account of the marketplace, and each of its orders would be taken twice. Add "
                           "the channels to that account, or correct this")));
  }
  return violations;
}

}  // namespace quayside
