// Rate budgets: a token bucket per account and operation. The manifest declares rate and burst, a response header
// retunes the rate, a 429 blocks the operation and lowers the share of the allowance that is taken (fair_share.h). An
// empty bucket answers when to come back; nobody waits inside. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.h"
#include "host/net/rate_budget_usage.h"
#include "host/store/records.h"

namespace quayside {

struct BudgetQuery {
  std::string account_id;  // empty = all
  // Exclusive; ascending by account, then operation.
  std::string after_account_id;
  std::string after_operation;
  int limit = 100;
};

// A budget as it is now.
struct BudgetStatus {
  BudgetRecord record;
  // What is taken of the allowance: its share of record.rate_per_second and record.burst.
  double rate_per_second = 0;
  double burst = 0;
  TimeUs next_call_us = 0;        // 0 = now
  int64_t refused_last_hour = 0;  // 429, since the host started
  std::vector<LaneUsage> used_by;
};

// Why the marketplace refused a call that had a token.
enum class ThrottleCause {
  kUnexpected,  // somebody else has used the allowance
  kRateLowered  // the answer stated a lower rate than was thought
};

class RateBudgets {
 public:
  explicit RateBudgets(const Clock& clock) : clock_(clock) {}

  // Declares an operation (from the manifest); keeps what is known of it already. rate in tokens per second.
  void Declare(std::string_view account_id, std::string_view operation, double rate, double burst);
  // Takes up a stored bucket. Tokens do not grow for the time the host was down beyond what the rate gives. Not exact
  // (the host was killed, and may have sent more than is stored): it begins empty, or calls would be sent twice over.
  void Restore(const BudgetRecord& record, bool exact = true);

  // Takes one token on behalf of a lane (empty = of none): nullopt. Or the time at which one will be there. Undeclared
  // operations are unlimited.
  [[nodiscard]] std::optional<TimeUs> Take(std::string_view account_id, std::string_view operation,
                                           std::string_view lane_id = {});
  // The request of the lane's last Take did not go out after all: puts its token back.
  void GiveBack(std::string_view account_id, std::string_view operation, std::string_view lane_id = {});
  // The call of the last Take has arrived by now, whatever came of it. The marketplace may have counted it only now,
  // and its bucket, if it was full, grown no further before: calls after one with a slow start must not come too early.
  void Arrived(std::string_view account_id, std::string_view operation);
  // The rate the marketplace says is in force. True: it is lower than was thought.
  bool Retune(std::string_view account_id, std::string_view operation, double rate);
  // The marketplace let a call through: the share grows back.
  void Served(std::string_view account_id, std::string_view operation);
  // The marketplace answered 429 to a call sent at `sent_us`: the bucket is empty, and no token comes before 1/rate
  // from now (plus jitter is the caller's). Unexpected ones lower the share, once for all calls that were under way
  // together. Answers until when it is blocked.
  TimeUs Throttled(std::string_view account_id, std::string_view operation, TimeUs sent_us,
                   ThrottleCause cause = ThrottleCause::kUnexpected);

  [[nodiscard]] std::vector<BudgetStatus> List(const BudgetQuery& query) const;
  // Present state, for storing and showing. `account_id` empty = all.
  [[nodiscard]] std::vector<BudgetRecord> Snapshot(std::string_view account_id) const;
  // What changed since the last call, for the next commit of that account.
  [[nodiscard]] std::vector<BudgetRecord> TakeChanges(std::string_view account_id);
  void Forget(std::string_view account_id);

 private:
  struct Bucket {
    BudgetRecord record;
    bool changed = false;
    RateBudgetUsage usage;
    CallWindow<kHourUs> refused;
  };
  void Refill(BudgetRecord& record) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Bucket, std::less<>> buckets_;
};

}  // namespace quayside
