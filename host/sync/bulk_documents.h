// The documents of an account within one step of its inventory lane: each open one is moved on as far as it goes now,
// and the backlog is gathered into another when that way it is through sooner.
#pragma once

#include "absl/status/status.h"
#include "host/store/store.h"
#include "host/sync/step.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {

class BulkDocuments {
 public:
  // `way` null: the plugin takes no documents; what is open is watched all the same.
  BulkDocuments(const StepInputs& in, const quayside::plugin::v1::Contract* contract);

  // The status is of the store, or the first failure that needs a person (every document was looked at then).
  [[nodiscard]] absl::Status MoveOn();
  // Begins a document, goes on gathering one, or hands over one that is complete. Call when what changed is decided.
  [[nodiscard]] absl::Status GatherBacklog();

  // There is work that need not wait.
  [[nodiscard]] bool more() const { return more_; }
  // When an open document wants to be looked at; kNever.
  [[nodiscard]] absl::StatusOr<TimeUs> NextTime() const;
  // What is under way, for an operator; empty = nothing is.
  [[nodiscard]] absl::StatusOr<std::string> Progress() const;

 private:
  absl::Status MoveOn(BulkRecord bulk);
  absl::Status Watch(BulkRecord bulk);
  absl::Status Free(BulkRecord bulk);
  absl::Status Release(BulkRecord bulk);
  [[nodiscard]] TimeUs Deadline(const BulkRecord& bulk) const;
  absl::StatusOr<std::vector<BulkRecord>> Open() const;

  const StepInputs& in_;
  const quayside::plugin::v1::Contract* const contract_;
  bool more_ = false;
};

}  // namespace quayside
