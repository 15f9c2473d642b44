// Rate budgets: a token bucket per account and operation. The manifest declares rate and burst, a response header
// retunes the rate, a 429 blocks the operation. An empty bucket answers when to come back; nobody waits inside.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.h"
#include "host/store/records.h"

namespace quayside {

class RateBudgets {
 public:
  explicit RateBudgets(const Clock& clock) : clock_(clock) {}

  // Declares an operation (from the manifest); keeps what is known of it already. rate in tokens per second.
  void Declare(std::string_view account_id, std::string_view operation, double rate, double burst);
  // Takes up a stored bucket. Tokens do not grow for the time the host was down beyond what the rate gives.
  void Restore(const BudgetRecord& record);

  // Takes one token: nullopt. Or the time at which one will be there. Undeclared operations are unlimited.
  [[nodiscard]] std::optional<TimeUs> Take(std::string_view account_id, std::string_view operation);
  // The request of the last Take did not go out after all: puts its token back.
  void GiveBack(std::string_view account_id, std::string_view operation);
  // The rate the marketplace says is in force.
  void Retune(std::string_view account_id, std::string_view operation, double rate);
  // The marketplace answered 429: no token before 1/rate from now (plus jitter is the caller's), and the bucket is
  // empty. Answers until when it is blocked.
  TimeUs Throttled(std::string_view account_id, std::string_view operation);

  // Present state, for storing and showing. `account_id` empty = all.
  [[nodiscard]] std::vector<BudgetRecord> Snapshot(std::string_view account_id) const;
  // What changed since the last call, for the next commit of that account.
  [[nodiscard]] std::vector<BudgetRecord> TakeChanges(std::string_view account_id);
  void Forget(std::string_view account_id);

 private:
  struct Bucket {
    BudgetRecord record;
    bool changed = false;
  };
  void Refill(BudgetRecord& record) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Bucket, std::less<>> buckets_;
};

}  // namespace quayside
