// What goes wrong, when. A rule fires by chance or for the next N calls; the first rule that fires decides a call.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rng.h"

namespace amazon_sim {

enum class FaultKind : std::uint8_t {
  kThrottle,
  kThrottleWithRate,
  kInternalError,
  kUnavailable,
  kHtml400,
  kHtml503,
  kHtml200,
  kForbidden,
  kBadRequest,
  kExpiredToken,
  kTimeoutBefore,
  kTimeoutAfter,
  kTruncatedBody,
  kSlowDrip,
  kSlowAnswer,
  kRepeatedPage,
  kMalformedOrder,
  kHugeBody,
  kRedirectLoop,
  kClockSkew,
  kLateVisibility,
  kCutDocument,
  kSpoiltDocument,
  kExpiredAddress,
  kFatalJob,
  kCancelledJob,
  kHungJob,
  kSlowJob,
};

struct FaultInfo {
  FaultKind kind;
  std::string_view name;
  std::string_view explanation;
};
// Every fault by name, with what it does and the parameters it reads.
const std::vector<FaultInfo>& AllFaults();
std::string_view Name(FaultKind kind);

struct FaultRule {
  std::uint64_t id = 0;
  FaultKind kind = FaultKind::kThrottle;
  std::string operation;  // empty: every operation
  std::string seller_id;  // empty: every seller
  double probability = 1;
  std::optional<std::uint64_t> count;  // how often it may still fire; absent: for ever
  std::uint64_t skip = 0;              // matching calls to let pass first
  std::uint64_t fired = 0;
  // Parameters; which ones matter is in AllFaults().
  std::int64_t hold_ms = 0;      // timeout-*: wait this long before dropping; slow-answer: before answering
  std::int64_t bytes = 0;        // what it counts is in AllFaults(); -1: half of the body
  std::int64_t interval_ms = 0;  // slow-drip: pause between pieces
  double seconds = 0;            // clock-skew, late-visibility, slow-job
  std::string variant;           // malformed-order; late-visibility: "place" or "change"; fatal-job: how much was done
};

class FaultBook {
 public:
  explicit FaultBook(std::uint64_t seed) : rng_(seed, "faults") {}

  std::uint64_t Add(FaultRule rule);
  void Clear() { rules_.clear(); }
  bool Remove(std::uint64_t id);
  const std::vector<FaultRule>& rules() const { return rules_; }

  // The fault of the next call of that operation.
  std::optional<FaultRule> DecideCall(std::string_view operation, std::string_view seller_id);
  // What becomes of a report or feed that is just being created; `operation` is createReport or createFeed.
  std::optional<FaultRule> DecideJob(std::string_view operation, std::string_view seller_id);
  // How many seconds later than it happened a change of an order shows in searches. `change` is "place" or "change".
  std::optional<double> DecideLateness(std::string_view change, std::string_view seller_id);

 private:
  template <typename Applies>
  std::optional<FaultRule> Decide(Applies applies);

  Rng rng_;
  std::vector<FaultRule> rules_;
  std::uint64_t next_id_ = 1;
};

// {"fault": name, "operation"?, "seller"?, "probability"?, "count"?, "skip"?, "hold_ms"?, "bytes"?, "gigabytes"?,
// "interval_ms"?, "seconds"?, "variant"?}. Throws std::runtime_error with the reason.
FaultRule ParseFaultRule(const boost::json::object& json);
boost::json::object ToJson(const FaultRule& rule);

}  // namespace amazon_sim
