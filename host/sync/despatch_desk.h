// What the parts of a despatch step share: packages as they are read, called about and written back, behind the lane's
// fence, and what the step has to tell at its end.
//
// The order of commits is what makes a kill harmless: a package is written as being sent before the marketplace is
// told; one found so without an outcome is looked for there, and sent again only if it is absent. Before a package is
// sent for the first time the marketplace's own packages of the order are read, so that what somebody else confirmed is
// neither doubled nor overwritten.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "host/sync/despatch_batches.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside {

inline constexpr char kDespatchContract[] = "despatch/1";

// A package and what is said of it in a call.
struct AskedPackage {
  DespatchRecord package;
  plugin::v1::DespatchIntent intent;
};
using AskedPackages = std::vector<AskedPackage>;
using PackagesById = std::map<int64_t, DespatchRecord>;
using FindingsById = std::map<std::string, plugin::v1::DespatchFinding>;

class DespatchDesk {
 public:
  explicit DespatchDesk(const StepInputs& in);

  [[nodiscard]] const StepInputs& in() const { return in_; }
  [[nodiscard]] const plugin::v1::Contract* contract() const { return contract_; }
  [[nodiscard]] TimeUs now() const { return in_.clock.Now(); }
  // What may be called now. After failed steps in a row less of it, so that others come through beside what an outage
  // of the marketplace is confined to.
  [[nodiscard]] DespatchPace Pace() const;

  // In a state that is not over, by due time.
  [[nodiscard]] absl::StatusOr<Packages> List(DespatchState state, TimeUs due_by) const;
  // kWaiting, due or not, by due time; none of an order with a package nobody knows the fate of.
  [[nodiscard]] absl::StatusOr<Packages> ListSendable() const;
  // Those as they are now that are still in the state they were read in.
  [[nodiscard]] static absl::StatusOr<PackagesById> Fresh(ReadTx& tx, const Packages& packages);

  // What is said of these: of what was handed over as it was, of the rest as it is. What of it cannot be read
  // (DATA_LOSS) is ended as failed and left out.
  [[nodiscard]] absl::StatusOr<AskedPackages> Ask(const Packages& packages);
  // The same of waiting ones, in a transaction; DATA_LOSS as a whole.
  [[nodiscard]] absl::StatusOr<AskedPackages> AskIn(ReadTx& tx, const Packages& packages) const;
  [[nodiscard]] absl::StatusOr<FindingsById> Look(const AskedPackages& asked, TimeUs sent_from_us,
                                                  TimeUs sent_until_us) const;

  // Fenced. What Keep counts in it counts when it is committed.
  [[nodiscard]] absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn);
  // `package` came from `before` to what it is; news are told. After its end an edit that was made meanwhile follows.
  [[nodiscard]] absl::Status Keep(Tx& tx, DespatchState before, DespatchRecord package, bool is_news);
  // The call about these failed as a whole: they come again, in another order after an outage, in smaller groups after
  // a fault that one of them may be the cause of.
  [[nodiscard]] absl::Status PutOff(const Packages& packages, const absl::Status& failure);

  // What the plugin fails at does not keep the rest of the step from being done; the first failure is the step's.
  void Remember(const absl::Status& failure) { failure_.Update(failure); }
  [[nodiscard]] const absl::Status& failure() const { return failure_; }
  [[nodiscard]] int64_t items() const { return items_; }
  [[nodiscard]] int64_t bad_records() const { return bad_records_; }

 private:
  [[nodiscard]] absl::StatusOr<plugin::v1::DespatchIntent> IntentOf(const OrderRecord& order,
                                                                    const DespatchRecord& package) const;
  [[nodiscard]] absl::StatusOr<plugin::v1::DespatchIntent> SentIntentOf(const DespatchRecord& package) const;
  // By id of the package.
  [[nodiscard]] absl::StatusOr<std::map<int64_t, absl::StatusOr<plugin::v1::DespatchIntent>>> Intents(
      ReadTx& tx, const Packages& packages) const;
  [[nodiscard]] absl::Status Bury(Tx& tx, DespatchRecord& package);
  [[nodiscard]] DespatchAllowance AllowanceOf(const std::string& operation, int most) const;

  const StepInputs& in_;
  const plugin::v1::Contract* const contract_;
  absl::Status failure_;
  int64_t items_ = 0;
  int64_t bad_records_ = 0;
  // Of the write under way, which may be run again.
  int64_t settled_ = 0;
  int64_t failed_ = 0;
};

// The parts. What a call fails at is remembered; what they answer is a failure of the host.

// Of an earlier claim that ended before the answer was stored: a crash, or a fenced step.
[[nodiscard]] absl::Status TakeOrphans(DespatchDesk& desk);
[[nodiscard]] absl::Status PollAccepted(DespatchDesk& desk);
[[nodiscard]] absl::Status AskAboutUnknown(DespatchDesk& desk);
[[nodiscard]] absl::Status SendWaiting(DespatchDesk& desk);

// Nobody can say of which of the packages in the call: it broke at one of them.
[[nodiscard]] bool IsFaultOfSome(const absl::Status& failure);

}  // namespace quayside
