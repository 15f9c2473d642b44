// What went wrong, for the person at the keyboard: one line what is wrong, every field that must change, what to do.
//
// Everything inside is absl::Status. A failed call carries the google.rpc.Status of its answer as a payload.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "tools/quayside/socket_path.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

// Documented in README.md; scripts depend on them.
enum ExitCode : int { kExitOk = 0, kExitFailed = 1, kExitUsage = 2, kExitUnreachable = 3, kExitInterrupted = 130 };

// The command line is wrong, found after parsing. Exit code 2.
[[nodiscard]] absl::Status UsageError(absl::string_view message);

// The command line is wrong in several places.
[[nodiscard]] absl::Status UsageErrors(absl::string_view message, const std::vector<std::string>& lines);

// The person stopped it.
[[nodiscard]] absl::Status Interrupted(absl::string_view message);

// A failed call: the code, the message and the serialized google.rpc.Status ("" when the answer carried none).
[[nodiscard]] absl::Status CallError(int grpc_code, absl::string_view message, const std::string& details);

// The same status with a line "what to do" of the command's own, in place of the general one.
[[nodiscard]] absl::Status WithAdvice(absl::Status status, absl::string_view advice);

// The same status with more lines under the headline.
[[nodiscard]] absl::Status WithLines(absl::Status status, const std::vector<std::string>& lines);

// ErrorInfo.reason of a failed call, "" when there is none.
[[nodiscard]] std::string ReasonOf(const absl::Status& status);

// A value of ErrorInfo.metadata of a failed call.
[[nodiscard]] std::optional<std::string> ErrorFact(const absl::Status& status, const std::string& key);

struct FieldViolation {
  std::string field;
  std::string description;
};
[[nodiscard]] std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

// A call of the host failed, be it that nobody answered.
[[nodiscard]] bool IsCallError(const absl::Status& status);

// Nobody answered at all: UNAVAILABLE that the host did not give itself, but the way to it, or who stands in front of
// it.
[[nodiscard]] bool IsUnreachable(const absl::Status& status);

struct ErrorReport {
  std::string headline;
  std::vector<std::string> lines;
  std::string reason;
  std::string advice;
  std::string trace;  // that the failed call belonged to
  ExitCode exit_code = kExitFailed;
};

[[nodiscard]] ErrorReport Explain(const absl::Status& status, const SocketChoice& socket);

// error: HEADLINE [REASON]
//   FIELD: WHAT IS WRONG
// what to do: ADVICE
// trace: ID
[[nodiscard]] std::string RenderError(const ErrorReport& report, const Style& style);

// The failure as google.rpc.Status, for --json: what the host sent, or code and message of what happened here.
[[nodiscard]] google::rpc::Status ToRpcStatus(const absl::Status& status);

}  // namespace quayside::cli
