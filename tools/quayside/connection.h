// Calls to the host. The only part that knows gRPC: commands fill in a request message and get a response message.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tools/quayside/interrupt.h"
#include "tools/quayside/target.h"
#include "tools/quayside/trace.h"

namespace quayside::cli {

// How long an answer may take.
enum class Pace {
  // --timeout, 10 s by default.
  kUsual,
  // Calls that wait for a marketplace or load a plugin: --timeout when given, else the API's longest, 60 s.
  kSlow,
};

class Connection {
 public:
  // Does not connect yet. A timeout of zero takes the defaults of the Pace. `clock`: this process's. Every call is sent
  // with `trace`.
  Connection(const Target& target, const CallTrace& trace, absl::Duration timeout, std::function<absl::Time()> clock);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The method is the one that takes this request and answers this response; the API names both after it. A mutation
  // (its request has a request_id) is sent with a random id, and once more with the same id when the answer is
  // UNAVAILABLE: the host does it at most once. A read is repeated once when nobody answered.
  template <class Response>
  [[nodiscard]] absl::StatusOr<Response> Call(const google::protobuf::Message& request, Pace pace = Pace::kUsual) {
    Response response;
    absl::Status status = CallInto(request, response, pace);
    if (!status.ok()) return status;
    return response;
  }

  [[nodiscard]] absl::Status CallInto(const google::protobuf::Message& request, google::protobuf::Message& response,
                                      Pace pace);

  struct StreamHandler {
    // The host took the request; answers may still be long in coming.
    std::function<void()> on_open;
    // `message` holds the next answer.
    std::function<void()> on_message;
  };
  // Reads a server stream until it ends. An interrupt ends it with OK.
  [[nodiscard]] absl::Status Stream(const google::protobuf::Message& request, google::protobuf::Message& message,
                                    const StreamHandler& handler, Interrupt& interrupt);

  // Sends a client's stream, the messages that `next` puts into `message` until it answers false, and reads its one
  // answer. One message is under way at a time. Has no deadline, and is not repeated: how it is gone on with is the
  // method's own.
  [[nodiscard]] absl::Status Upload(google::protobuf::Message& message, const std::function<bool()>& next,
                                    google::protobuf::Message& response);

  // Where lists of many pages say how far they are; "" when they are done.
  void OnProgress(std::function<void(absl::string_view)> tell) { tell_ = std::move(tell); }
  void Progress(absl::string_view text) const {
    if (tell_) tell_(text);
  }

  // The host's clock as its last answer told it, the own one before: the host's may be a simulator's.
  [[nodiscard]] absl::Time HostNow() const { return clock_() + ahead_; }

 private:
  class Transport;
  std::unique_ptr<Transport> transport_;
  absl::Duration timeout_;
  std::function<absl::Time()> clock_;
  absl::Duration ahead_;  // the host's clock minus the own
  std::function<void(absl::string_view)> tell_;
};

// For a mutation that is a stream: 128 random bits in the form of a UUID.
[[nodiscard]] std::string NewRequestId();

// "/quayside.v1.SyncService/ListLanes" for its request and response, "" when no service of the request's file has such
// a method.
[[nodiscard]] std::string MethodPath(const google::protobuf::Message& request,
                                     const google::protobuf::Message& response);

}  // namespace quayside::cli
