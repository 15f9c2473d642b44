#include "host/api/operation_view.h"

#include "host/api/convert.h"
#include "host/base/names.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

api::OperationState StateOf(OperationState state) {
  switch (state) {
    case OperationState::kRunning:
      return api::OPERATION_STATE_RUNNING;
    case OperationState::kSucceeded:
      return api::OPERATION_STATE_SUCCEEDED;
    case OperationState::kFailed:
      return api::OPERATION_STATE_FAILED;
  }
  return api::OPERATION_STATE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<api::Operation> OperationView(const OperationRecord& record) {
  api::Operation out;
  if (!out.ParseFromString(record.result)) return absl::InternalError("a stored result cannot be read");
  out.set_name(OperationName(record.id));
  out.set_method(record.method);
  out.set_subject(record.subject);
  out.set_state(StateOf(record.state));
  out.set_creator(record.actor);
  SetTime(out, &api::Operation::mutable_start_time, record.started_us);
  SetTime(out, &api::Operation::mutable_end_time, record.ended_us);
  out.set_done(record.done);
  out.set_total(record.total);
  out.set_progress(record.progress);
  out.set_error(record.error);
  out.set_error_reason(record.error_reason);
  out.set_trace_id(record.trace_id);
  return out;
}

std::string StoredResult(const api::Operation& result) { return result.SerializeAsString(); }

}  // namespace quayside
