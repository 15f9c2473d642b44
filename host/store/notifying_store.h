// A Store that tells a listener after each durable write, so that watchers see events after their commit and never
// before.
#pragma once

#include <functional>
#include <utility>

#include "host/store/forwarding_store.h"

namespace quayside {

class NotifyingStore final : public ForwardingStore {
 public:
  // `on_commit` runs on the writing caller's thread, must be quick and must not call the store.
  NotifyingStore(Store& inner, std::function<void()> on_commit)
      : ForwardingStore(inner), on_commit_(std::move(on_commit)) {}

  absl::Status Write(absl::FunctionRef<absl::Status(Tx&)> fn) override {
    absl::Status status = inner().Write(fn);
    if (status.ok()) on_commit_();
    return status;
  }

 private:
  std::function<void()> on_commit_;
};

}  // namespace quayside
