#include "tests/oversell/wire_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "host/base/text.h"
#include "tests/engine_world/engine_world.h"

namespace quayside {
namespace {

namespace json = boost::json;

using Key = std::pair<std::string, std::string>;  // seller, SKU

std::string SellerOf(const std::string& account) {
  return account == EngineWorld::kSecondAccount ? EngineWorld::kSecondSeller : EngineWorld::kSeller;
}

void Judge(const OracleSubmission& one, WireCheck& check) {
  ++check.submissions;
  if (one.rule.has_value() && one.quantity == *one.rule) return;
  const bool more = !one.rule.has_value() || one.quantity > *one.rule;
  ++(more ? check.exceeded : check.below);
  check.problems.push_back(Concat("revision ", one.revision, ": ", one.sku, " of ", one.channel_id, ": ", one.quantity,
                                  " sent, the rule says ",
                                  one.rule.has_value() ? Concat(*one.rule) : std::string("nothing may be sent")));
}

}  // namespace

WireCheck CheckWire(const std::vector<OracleSubmission>& submissions, const json::array& quantities) {
  WireCheck check;
  std::map<Key, std::vector<const OracleSubmission*>> written;
  for (const OracleSubmission& one : submissions) {
    Judge(one, check);
    written[{SellerOf(one.account_id), one.sku}].push_back(&one);
  }
  for (const json::value& change : quantities) {
    const std::string by(change.at("by").as_string());
    if (by != "patch" && by != "feed") continue;
    ++check.arrived;
    const std::string seller(change.at("seller").as_string());
    const std::string sku(change.at("sku").as_string());
    const TimeUs at = change.at("time_us").to_number<int64_t>();
    const json::value& now = change.at("new");
    const int64_t quantity = now.is_null() ? -1 : now.to_number<int64_t>();
    // Newest first: what is set now was written down before.
    const std::vector<const OracleSubmission*>& of_target = written[{seller, sku}];
    const OracleSubmission* newer = nullptr;
    bool found = false;
    for (auto one = of_target.rbegin(); one != of_target.rend() && !found; ++one) {
      if ((*one)->time_us > at) continue;
      found = (*one)->quantity == quantity;
      // In this world the clock moves with calls alone: what is written down at the very time may well be the answer to
      // what came into force.
      if (!found && newer == nullptr && (*one)->time_us < at) newer = *one;
    }
    if (found && newer == nullptr) continue;
    if (found && by == "feed") {
      ++check.older;
      continue;
    }
    check.problems.push_back(
        Concat(sku, " of ", seller, ": ", quantity, " came into force by ", by, ", ",
               found ? Concat("not the newest that was written down: ", newer->quantity, " at revision ",
                              newer->revision, ", ", at - newer->time_us, " us before")
                     : std::string("which nobody wrote down")));
  }
  return check;
}

}  // namespace quayside
