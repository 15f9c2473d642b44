// A batch of intents that are sent one by one: when Amazon says wait, or the step's time is over, this intent and those
// behind it come back as retry; what only a person can lift is the error of the whole call as long as Amazon has
// settled nothing of it.
#pragma once

#include <optional>
#include <string>

#include "quantity_rules.h"
#include "quayside/plugin/v1/outcome.pb.h"
#include "step_room.h"
#include "write_answer.h"

namespace quayside::amazon {

class Batch {
 public:
  explicit Batch(sdk::Step& step) : step_(step) {}

  // May the next intent be sent? If not, `outcome` is settled.
  [[nodiscard]] bool Admits(plugin::v1::Outcome& outcome);
  // Settles what every kind of write settles alike. False for kTaken, kRefused and kNotFound: those mean what the
  // operation says they mean.
  [[nodiscard]] bool Settles(const WriteAnswer& answer, plugin::v1::Outcome& outcome);
  // The error of the whole call, if it is one.
  [[nodiscard]] std::optional<sdk::Error> fatal() const { return settled_any_ ? std::nullopt : fatal_; }

 private:
  void End(plugin::v1::Outcome& outcome, int64_t at_us, std::string reason);

  sdk::Step& step_;
  bool settled_any_ = false;  // Amazon took or refused at least one intent, or may have
  bool ended_ = false;
  int64_t retry_at_us_ = 0;
  std::string retry_reason_;
  std::optional<sdk::Error> fatal_;
};

}  // namespace quayside::amazon
