// What the marketplace holds for a SKU, asked of it: who fulfils it, before the first quantity is sent (never guessed),
// whether it shows the number that a document brought, and whether a suspicion of drift (drift_book.h) is one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/store/store.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside {

// Does what was read show another number than was accepted? One that is lower, where buyers may have bought since
// (`sells`), does not; it is sent again all the same, once the orders are known.
[[nodiscard]] bool IsMismatch(const TargetRecord& target, const quayside::plugin::v1::ReadBack& shown, bool sells);

class ReadBacks {
 public:
  // `most`: SKUs of one call.
  ReadBacks(const StepInputs& in, int most) : in_(in), most_(most) {}

  // One call: for kUnread targets while there are any, else for quantities that are due to be read back. The status is
  // of the store or the plugin; used-up allowance is none.
  [[nodiscard]] absl::Status Read();

  // There is more to read now.
  [[nodiscard]] bool more() const { return more_; }
  // Nothing can be read before (used-up allowance); 0 = at any time.
  [[nodiscard]] TimeUs wait_until() const { return wait_until_; }

 private:
  using Results = std::map<std::string, quayside::plugin::v1::ReadBack>;
  absl::StatusOr<Results> Ask(const std::string& channel_id, const std::vector<std::string>& skus);
  absl::Status ReadUnread(const std::vector<TargetRecord>& unread);
  absl::Status ReadDue(const std::vector<ReadBackRecord>& due);
  absl::Status StoreUnread(Tx& tx, const TargetRecord& asked, const quayside::plugin::v1::ReadBack* result);
  // The listing was seen to show this now.
  absl::Status NoteShown(Tx& tx, const ReadBackRecord& asked, int32_t shown);
  absl::Status Compare(Tx& tx, const ReadBackRecord& asked, const quayside::plugin::v1::ReadBack* result,
                       std::map<int64_t, BulkRecord>& documents);

  const StepInputs& in_;
  const int most_;
  bool more_ = false;
  TimeUs wait_until_ = 0;
};

}  // namespace quayside
