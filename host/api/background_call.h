// Unary calls that ask a marketplace, when nobody waits for the answer (`background` of the request): the caller gets
// the name of an operation, and the call is made on a thread of its own, with the time that the longest call has.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/access/roles.h"
#include "host/api/operations.h"
#include "host/api/services.h"
#include "host/base/errors.h"

namespace quayside {

// Answers when the operation has begun. `about` is what refuses it before it begins, and of its answer subject and
// facts count; a repetition does not ask it: what was begun is answered although its channel, its bundle, ... is gone
// by now. `call` gets the request as one that waits for the answer would send it, without a request_id, which names the
// beginning; it outlives this and must hold what it needs. `show`: puts the answer into the operation.
template <class Request, class Response>
absl::Status RunInBackground(
    const ApiContext& context, const Request& request, Response& response,
    absl::FunctionRef<absl::StatusOr<OperationOrder>()> about,
    std::function<absl::Status(CallTime deadline, const Request& request, Response& response)> call,
    void (*show)(const Response& response, api::Operation& operation)) {
  QS_ASSIGN_OR_RETURN(std::unique_ptr<WorkThreads::Place> place, context.operations.threads().Take());
  QS_ASSIGN_OR_RETURN(const std::string actor, context.callers.ActorOf(request));
  std::string subject;
  std::shared_ptr<OperationInHand> operation;
  const auto begin = [&](const Changes::Remember& remember) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OperationOrder order, about());
    order.method = ActionOf(*request.GetDescriptor());
    order.actor = actor;
    order.background = true;
    subject = order.subject;
    operation = context.operations.New(std::move(order));
    response.set_operation(operation->name());
    return context.parts.store.Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(operation->Begin(tx));
      return remember(tx);
    });
  };
  QS_RETURN_IF_ERROR(context.changes.MakeElsewhere(request, response, begin, [&]() -> AuditDetails {
    return {{"operation", response.operation()}, {"subject", subject}};
  }));
  if (operation == nullptr) return absl::OkStatus();  // a repetition
  Request waited = request;
  waited.clear_request_id();
  waited.clear_background();
  context.operations.threads().Start(
      std::move(place), [&context, waited = std::move(waited), actor, operation, call = std::move(call), show] {
        const Callers::Scope scope(context.callers, waited, actor);
        Response answer;
        const auto deadline = std::chrono::system_clock::now() + context.options.max_deadline;
        const absl::Status status = call(deadline, waited, answer);
        if (!status.ok()) return operation->Fail(status);
        api::Operation result;
        show(answer, result);
        operation->Succeed(result).IgnoreError();
      });
  return absl::OkStatus();
}

}  // namespace quayside
