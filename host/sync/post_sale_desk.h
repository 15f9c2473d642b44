// What the parts of a post-sale step share: cancellations and refunds as they are read, called about and written back,
// behind the lane's fence, and what the step has to tell at its end.
//
// The order of commits is what makes a kill harmless: what goes is written as being sent, with the number of its batch,
// before the marketplace is told; found so without an outcome its batch is looked for there, and goes again only if it
// is absent. A refund that is sent twice is paid twice, and a marketplace's document bears no mark of ours: so nothing
// of the account goes while the fate of something that went before is not known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {

inline constexpr char kPostSaleContract[] = "post_sale/1";

using Actions = std::vector<PostSaleRecord>;
using ActionsById = std::map<int64_t, PostSaleRecord>;

class PostSaleDesk {
 public:
  explicit PostSaleDesk(const StepInputs& in);

  [[nodiscard]] const StepInputs& in() const { return in_; }
  [[nodiscard]] const plugin::v1::Contract* contract() const { return contract_; }
  [[nodiscard]] TimeUs now() const { return in_.clock.Now(); }
  [[nodiscard]] bool Offers(std::string_view method) const;
  // What one call may hold, and how long it may take.
  [[nodiscard]] int MostInACall() const;
  [[nodiscard]] DurationUs LongestCall() const;

  // In a state that is not over, by due time.
  [[nodiscard]] absl::StatusOr<Actions> List(PostSaleState state, TimeUs due_by) const;
  // Those as they are now that are still in the state they were read in.
  [[nodiscard]] static absl::StatusOr<ActionsById> Fresh(ReadTx& tx, const Actions& actions);
  // The marketplace's ids of their orders, by our id. DATA_LOSS: one is of no order.
  [[nodiscard]] static absl::StatusOr<std::map<int64_t, std::string>> OrderIds(ReadTx& tx, const Actions& actions);
  // As they are handed over, together.
  [[nodiscard]] absl::StatusOr<plugin::v1::AcceptedPostSale> Together(const Actions& actions) const;

  // Fenced. What Keep counts in it counts when it is committed.
  [[nodiscard]] absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn);
  // `action` came to what it is; news are told, and what is done is done to its order.
  [[nodiscard]] absl::Status Keep(Tx& tx, PostSaleRecord action, bool is_news);

  // What the plugin fails at does not keep the rest of the step from being done; the first failure is the step's.
  void Remember(const absl::Status& failure) { failure_.Update(failure); }
  [[nodiscard]] const absl::Status& failure() const { return failure_; }
  [[nodiscard]] int64_t items() const { return items_; }
  [[nodiscard]] int64_t bad_records() const { return bad_records_; }
  [[nodiscard]] const std::vector<std::string>& accounts() const { return accounts_; }

 private:
  [[nodiscard]] absl::Status Bury(Tx& tx, PostSaleRecord& action);

  const StepInputs& in_;
  const plugin::v1::Contract* const contract_;
  absl::Status failure_;
  int64_t items_ = 0;
  int64_t bad_records_ = 0;
  std::vector<std::string> accounts_;  // whose quantities changed
  // Of the write under way, which may be run again.
  int64_t settled_ = 0;
  int64_t failed_ = 0;
  std::vector<std::string> touched_;
};

// The parts. What a call fails at is remembered; what they answer is a failure of the host.

// Of an earlier claim that ended before the answer was stored: a crash, or a fenced step.
[[nodiscard]] absl::Status TakeLostActions(PostSaleDesk& desk);
[[nodiscard]] absl::Status PollActions(PostSaleDesk& desk);
// Was a batch handed over whose answer was lost?
[[nodiscard]] absl::Status FindActions(PostSaleDesk& desk);
// Cancellations that only the order can tell of.
[[nodiscard]] absl::Status LookAtOrders(PostSaleDesk& desk);
[[nodiscard]] absl::Status SendActions(PostSaleDesk& desk);

}  // namespace quayside
