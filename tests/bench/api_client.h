// A client of one server, the same code for the host and for the bare one: round trips one after the other, and as many
// as the server takes with many under way.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

namespace quayside {

// A connection of its own. Throws when nobody answers there within ten seconds.
[[nodiscard]] std::shared_ptr<grpc::Channel> ConnectTo(const std::string& socket_path);

inline void Check(const grpc::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.error_message());
}

// One method of a server, bound to its request; the reply is parsed and dropped.
struct UnaryMethod {
  using Done = std::function<void(grpc::Status)>;
  // Blocks until the answer is there; throws when it is not OK.
  std::function<void()> call;
  // `done` runs on a thread of gRPC.
  std::function<void(Done done)> begin;
};

// `call` (context, request, reply) -> grpc::Status; `begin` (context, &request, reply, done).
template <typename Reply, typename Request, typename Call, typename Begin>
[[nodiscard]] UnaryMethod BindMethod(const Request& request, Call call, Begin begin) {
  struct UnderWay {
    grpc::ClientContext context;
    Reply reply;
  };
  const auto shared_request = std::make_shared<const Request>(request);
  return {.call =
              [=] {
                grpc::ClientContext context;
                Reply reply;
                Check(call(&context, *shared_request, &reply));
              },
          .begin =
              [=](UnaryMethod::Done done) {
                const auto under_way = std::make_shared<UnderWay>();
                begin(&under_way->context, shared_request.get(), &under_way->reply,
                      [under_way, done = std::move(done)](grpc::Status status) { done(std::move(status)); });
              }};
}

// Calls per second with one under way.
[[nodiscard]] double OneInFlight(const UnaryMethod& method, int calls);
// Calls per second with `in_flight` under way until `calls` have begun, spread over `methods` (one per connection).
[[nodiscard]] double Saturated(const std::vector<UnaryMethod>& methods, int in_flight, int calls);

}  // namespace quayside
