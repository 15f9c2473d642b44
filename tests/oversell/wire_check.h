// What arrived at Amazon against what was written down to be sent.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "tests/oversell/stock_oracle.h"

namespace quayside {

struct WireCheck {
  int64_t submissions = 0;
  int64_t exceeded = 0;  // more than the rule at their revision
  int64_t below = 0;     // less
  int64_t arrived = 0;   // numbers that the host set at Amazon
  int64_t older = 0;     // of these, by a document or a late answer, not the newest written down
  std::vector<std::string> problems;
};

// `quantities`: the section of the ledger, complete.
[[nodiscard]] WireCheck CheckWire(const std::vector<OracleSubmission>& submissions,
                                  const boost::json::array& quantities);

}  // namespace quayside
