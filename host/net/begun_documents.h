// Documents of which a part is here, until somebody goes on with them: an hour, and the newest few. In memory: a
// restart begins anew.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "absl/functional/function_ref.h"
#include "host/base/clock.h"
#include "host/net/arriving_document.h"

namespace quayside {

inline constexpr DurationUs kBegunLifeUs = kHourUs;
inline constexpr size_t kMostBegun = 16;

// Thread-safe.
class BegunDocuments {
 public:
  explicit BegunDocuments(const Clock& clock) : clock_(clock) {}

  // Null: nothing of it is here, or in another form than `request` wants. The caller has it to itself.
  [[nodiscard]] std::unique_ptr<ArrivingDocument> Take(const std::string& id,
                                                       const quayside::plugin::v1::FetchDocument& request);
  // False: it cannot be gone on with, or its account is deleted, and it is dropped.
  bool Keep(const std::string& id, std::unique_ptr<ArrivingDocument> document);
  void Drop(const std::string& id);
  // All of an account that is deleted; the spool has released it before.
  void DropAccount(const std::string& account);

 private:
  struct Begun {
    std::string id;
    TimeUs kept_us;
    std::unique_ptr<ArrivingDocument> document;
  };
  // What `is_meant`, and all that are too old: to be destroyed without the lock.
  std::list<Begun> RemoveLocked(absl::FunctionRef<bool(const Begun&)> is_meant);

  const Clock& clock_;
  std::mutex mutex_;
  std::list<Begun> begun_;  // oldest first
};

}  // namespace quayside
