// How every mutation of the API is made: once per request_id, in one transaction, or not at all.
//
//   return changes.Make(request, response, {
//       .prepare = [&] { ... checks that need plugins or keys, outside the transaction ... },
//       .apply = [&](Tx& tx) { ... checks and writes, fills the response ... },
//       .after = [&] { ... tells the engine, when the change is durable ... }});
//
// - request_id: the same id and body get the stored answer and change nothing; another body is REQUEST_ID_REUSED. The
//   answer is stored in the transaction of the change, for 24 hours. Of the body only a hash is kept (a request can
//   hold a secret).
// - What was done is written to the audit trail with the caller's name, in the transaction of the change: one record,
//   with what `details` adds to method and resource.
// - validate_only: `apply` runs and is rolled back; `after` does not run. The same with a request_id that is none: what
//   else is wrong is told with it.
// - `apply` may run more than once: it begins with an empty response and must set whatever it hands to `after` anew.
// - What comes in parts (a client's stream) is made part by part, with MakePart.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "host/api/callers.h"
#include "host/base/clock.h"
#include "host/store/store.h"

namespace quayside {

// What an audit record tells beyond method and resource (AuditRecord::details): "5 -> unset" by option, never a secret.
using AuditDetails = std::map<std::string, std::string>;

struct Change {
  std::function<absl::Status()> prepare;
  std::function<absl::Status(Tx&)> apply;
  std::function<void()> after;
  // Asked when `apply` is through, in its transaction.
  std::function<AuditDetails()> details;
};

// How long the answer of a change is kept for its repetition.
inline constexpr DurationUs kRequestRetentionUs = kDayUs;

// Thread-safe. Calls of a method with the same request id wait for each other: a client that has lost its connection
// asks again while its first call is still at work, whose `prepare` may be more than a look.
class Changes {
 public:
  Changes(Store& store, const Clock& clock, const Callers& callers) : store_(store), clock_(clock), callers_(callers) {}

  template <class Request>
  absl::Status Make(const Request& request, google::protobuf::Message& response, const Change& change) {
    return Make(KeyOf(request), response, change);
  }

  // Stores the response as it is, as part of a transaction.
  using Remember = std::function<absl::Status(Tx&)>;
  // For changes that something else commits (the plugin catalog). `act` has `remember` run in the transaction of its
  // change; an answer that it did not remember is stored, and written to the audit trail, afterwards. `details` as in
  // Change.
  template <class Request>
  absl::Status MakeElsewhere(const Request& request, google::protobuf::Message& response,
                             absl::FunctionRef<absl::Status(const Remember& remember)> act,
                             const std::function<AuditDetails()>& details = {}) {
    return MakeElsewhere(KeyOf(request), response, act, details);
  }

  // What is kept of a change that comes in parts, each of them a transaction: how far it came.
  struct Progress {
    std::string digest;  // of all parts so far
    std::string answer;  // of the last one, serialized
  };
  // Nothing when the id is empty, new, or was last used a day ago. `part`: any request of the change.
  [[nodiscard]] absl::StatusOr<std::optional<Progress>> ProgressOf(const google::protobuf::Message& part,
                                                                   const std::string& request_id);
  struct Part {
    // Named by a caller (Callers), as every request.
    const google::protobuf::Message& request;
    const std::string& request_id;  // of the whole change
    bool validate_only = false;
    // Stored as it is when `apply` is through.
    google::protobuf::Message& answer;
    // Checks and writes, fills the answer, and returns the digest to keep. May run more than once.
    absl::FunctionRef<absl::StatusOr<std::string>(Tx& tx, const std::optional<Progress>& before)> apply;
    absl::FunctionRef<AuditDetails()> details;
  };
  // The part, its progress and its record of the audit trail in one transaction. With validate_only it is rolled back.
  [[nodiscard]] absl::Status MakePart(const Part& part);

 private:
  struct Key {
    const google::protobuf::Message& request;
    std::string method;
    std::string request_id;  // empty: not repeatable
    std::string digest;
    bool validate_only = false;
  };

  template <class Request>
  static Key KeyOf(const Request& request) {
    Key key{request, request.GetDescriptor()->name(), request.request_id(), {}, false};
    if constexpr (requires { request.validate_only(); }) key.validate_only = request.validate_only();
    if (!key.request_id.empty()) key.digest = BodyDigest(request);
    return key;
  }
  static std::string BodyDigest(const google::protobuf::Message& request);
  // Held while a call with a request id is at work.
  class Turn;

  absl::Status Make(const Key& key, google::protobuf::Message& response, const Change& change);
  // What would be wrong with the change; nothing is made.
  absl::Status Rehearse(google::protobuf::Message& response, const Change& change);
  absl::Status MakeElsewhere(const Key& key, google::protobuf::Message& response,
                             absl::FunctionRef<absl::Status(const Remember& remember)> act,
                             const std::function<AuditDetails()>& details);
  absl::StatusOr<std::optional<Progress>> FindProgress(ReadTx& tx, const google::protobuf::Message& part,
                                                       const std::string& request_id) const;
  // True when the response is the stored one.
  absl::StatusOr<bool> Replay(ReadTx& tx, const Key& key, google::protobuf::Message& response) const;
  // The answer for repetitions, and who did it.
  absl::Status Keep(Tx& tx, const Key& key, const std::string& actor, const google::protobuf::Message& response,
                    AuditDetails details);

  Store& store_;
  const Clock& clock_;
  const Callers& callers_;
  std::atomic<TimeUs> last_cleanup_us_{0};
  std::mutex mutex_;
  std::condition_variable turn_over_;
  std::set<std::string> under_way_;  // "method request_id"
};

// For methods that tell of it together with what else is wrong; Changes asks in any case.
[[nodiscard]] absl::Status CheckRequestId(std::string_view id);
// What a method says of fields of its request, together with what is wrong with the request's id, if it has one.
[[nodiscard]] absl::Status WithRequestId(const google::protobuf::Message& request, absl::Status said);

// "" is always a match: the caller did not ask. ABORTED ETAG_MISMATCH.
[[nodiscard]] absl::Status CheckEtag(const std::string& etag, int64_t revision, const std::string& resource);
[[nodiscard]] absl::Status CheckEtag(const std::string& etag, const std::string& present, const std::string& resource);

}  // namespace quayside
