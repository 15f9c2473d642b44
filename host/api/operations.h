// What takes longer than a call: its row in the store, what is known of it in memory while it goes on, and who watches.
//
//   const auto operation = operations.New({.method = "AdminService.CreateBackup", .subject = "host", .actor = actor});
//   QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) { return operation->Begin(tx); }));
//   ... operation->Tell({.done = 5, .total = 9}) ...
//   return operation->Succeed(result, [&](Tx& tx) { ... what belongs to the end ... });
//
// One whose host ends before it does is settled at the next start (operation_settling.h).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "host/api/gate.h"
#include "host/api/message_stream.h"
#include "host/api/work_threads.h"
#include "host/base/clock.h"
#include "host/base/ids.h"
#include "host/ops/log.h"
#include "host/store/store.h"
#include "quayside/v1/operation_service.pb.h"

namespace quayside {

class Calls;
class Operations;

struct OperationOrder {
  std::string method;   // "AdminService.CreateBackup"
  std::string subject;  // "plugins/amazon"
  std::string actor;
  // Nobody waits for it: its end is a record of the audit trail, too.
  bool background = false;
  // OperationRecord::facts
  std::map<std::string, std::string> facts = {};
};

struct OperationNews {
  int64_t done = 0;
  int64_t total = 0;
  std::string progress = {};
};

using InTransaction = std::function<absl::Status(Tx&)>;

// One that goes on, in the hands of who does it. Not to outlive Operations. One thread.
class OperationInHand {
 public:
  OperationInHand(Operations& owner, OperationRecord record, bool background)
      : owner_(owner), record_(std::move(record)), background_(background), details_{{"subject", record_.subject}} {}
  ~OperationInHand();
  OperationInHand(const OperationInHand&) = delete;
  OperationInHand& operator=(const OperationInHand&) = delete;

  [[nodiscard]] std::string name() const;
  // Its row and the event operation.started, as part of a transaction. Without it there is nothing to end.
  [[nodiscard]] absl::Status Begin(Tx& tx) const;
  void Tell(const OperationNews& news);
  // What the record of its end in the audit trail tells besides, of one in the background.
  void Detail(std::string key, std::string value) { details_[std::move(key)] = std::move(value); }
  // `result`: with the result alone. The end and `also` are one transaction; when that fails the operation has failed,
  // and the answer says why.
  absl::Status Succeed(const quayside::v1::Operation& result, const InTransaction& also = {});
  // An end that cannot be stored is logged; the next start settles it.
  void Fail(const absl::Status& why);

 private:
  absl::Status WriteEnd(Tx& tx) const;
  void End();

  Operations& owner_;
  OperationRecord record_;
  const bool background_;
  std::map<std::string, std::string> details_;
  bool ended_ = false;
};

// Thread-safe.
class Operations {
 public:
  struct Parts {
    Store& store;
    const Clock& clock;
    IdSource& ids;
    Logger& logger;
    Gate& gate;
    const Calls& calls;
  };
  explicit Operations(const Parts& parts);
  ~Operations() { Stop(); }
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  [[nodiscard]] std::unique_ptr<OperationInHand> New(OperationOrder order);
  // As stored, with what is known of those under way. OPERATION_NOT_FOUND.
  [[nodiscard]] absl::StatusOr<quayside::v1::Operation> Get(int64_t id);
  [[nodiscard]] absl::StatusOr<std::vector<quayside::v1::Operation>> List(const OperationQuery& query);
  // gRPC owns the reactor.
  [[nodiscard]] grpc::ServerWriteReactor<quayside::v1::WatchOperationResponse>* Watch(const std::string& name,
                                                                                      StreamCaller caller);
  // After a token was revoked: its watchers' streams end with UNAUTHENTICATED. Those of one that expired do at the next
  // news.
  void EndSignedOut();
  // For work of unary calls that nobody waits for.
  [[nodiscard]] WorkThreads& threads() { return threads_; }
  // Streams of watchers are ended with UNAVAILABLE SHUTTING_DOWN; then work is waited for.
  void EndStreams();
  void Stop();

 private:
  friend class OperationInHand;
  using Stream = MessageStream<quayside::v1::WatchOperationResponse>;
  struct Watcher {
    std::shared_ptr<Stream> stream;
    std::string actor;
  };
  // One under way, and those whose end could not be stored.
  struct Live {
    OperationRecord record;
    std::list<Watcher> watchers;
  };

  // Told to all its watchers; `over`: their streams end.
  void Show(const OperationRecord& record, bool over);
  void Forget(int64_t id);

  const Parts parts_;
  std::mutex mutex_;
  std::map<int64_t, Live> live_;
  bool stopping_ = false;
  WorkThreads threads_;
};

}  // namespace quayside
