#include "tools/quayside/errors.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "tools/quayside/advice.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

constexpr char kDetailsPayload[] = "quayside/details";
constexpr char kUsagePayload[] = "quayside/usage";
constexpr char kAdvicePayload[] = "quayside/advice";
constexpr char kLinesPayload[] = "quayside/lines";

std::string PayloadOf(const absl::Status& status, const char* type) {
  const auto payload = status.GetPayload(type);
  return payload ? std::string(*payload) : "";
}

google::rpc::Status DetailsOf(const absl::Status& status) {
  google::rpc::Status details;
  details.ParseFromString(PayloadOf(status, kDetailsPayload));
  return details;
}

// The first detail of the type, or the default instance.
template <class Detail>
Detail FindDetail(const absl::Status& status) {
  Detail found;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    if (any.UnpackTo(&found)) return found;
  }
  return Detail();
}

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

// The host's message for bad fields repeats every violation; they are printed below it, so one short line replaces it.
std::string Headline(const absl::Status& status, const std::vector<FieldViolation>& violations) {
  const std::string message(status.message());
  bool repeats = !violations.empty();
  for (const auto& violation : violations) repeats = repeats && absl::StrContains(message, violation.description);
  if (repeats) {
    return violations.size() == 1 ? "a field of the request is wrong"
                                  : absl::StrCat(violations.size(), " fields of the request are wrong");
  }
  if (message.empty()) return absl::StrCat("the request failed with ", CodeName(status.code()));
  return CleanText(message);
}

std::string AdviceFor(const absl::Status& status, const std::string& reason) {
  if (const std::string own = PayloadOf(status, kAdvicePayload); !own.empty()) return own;
  std::string advice = ReasonAdvice(reason);
  if (advice.empty()) advice = CodeAdvice(status.code());
  const auto retry = FindDetail<google::rpc::RetryInfo>(status);
  if (retry.has_retry_delay()) {
    const absl::Duration delay =
        absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
    const std::string when = absl::StrCat("try again in ", FormatLength(delay));
    advice = advice.empty() ? when : absl::StrCat(advice, "; ", when);
  }
  return advice;
}

}  // namespace

absl::Status UsageError(absl::string_view message) { return UsageErrors(message, {}); }

absl::Status UsageErrors(absl::string_view message, const std::vector<std::string>& lines) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord("1"));
  return WithLines(std::move(status), lines);
}

absl::Status Interrupted(absl::string_view message) { return absl::CancelledError(message); }

absl::Status CallError(int grpc_code, absl::string_view message, const std::string& details) {
  absl::Status status(static_cast<absl::StatusCode>(grpc_code), message);
  status.SetPayload(kDetailsPayload, absl::Cord(details));
  return status;
}

absl::Status WithAdvice(absl::Status status, absl::string_view advice) {
  if (!status.ok()) status.SetPayload(kAdvicePayload, absl::Cord(advice));
  return status;
}

absl::Status WithLines(absl::Status status, const std::vector<std::string>& lines) {
  if (!status.ok() && !lines.empty()) status.SetPayload(kLinesPayload, absl::Cord(absl::StrJoin(lines, "\n")));
  return status;
}

std::string ReasonOf(const absl::Status& status) { return FindDetail<google::rpc::ErrorInfo>(status).reason(); }

std::optional<std::string> ErrorFact(const absl::Status& status, const std::string& key) {
  const google::rpc::ErrorInfo info = FindDetail<google::rpc::ErrorInfo>(status);
  const auto found = info.metadata().find(key);
  return found == info.metadata().end() ? std::nullopt : std::optional(found->second);
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  const google::rpc::Status details = DetailsOf(status);
  for (const auto& any : details.details()) {
    google::rpc::BadRequest bad_request;
    if (!any.UnpackTo(&bad_request)) continue;
    for (const auto& violation : bad_request.field_violations()) {
      violations.push_back({violation.field(), violation.description()});
    }
  }
  return violations;
}

bool IsCallError(const absl::Status& status) { return status.GetPayload(kDetailsPayload).has_value(); }

bool IsUnreachable(const absl::Status& status) {
  if (!absl::IsUnavailable(status) || !IsCallError(status)) return false;
  const std::string reason = ReasonOf(status);
  return reason.empty() || reason == "HOST_UNAVAILABLE";
}

ErrorReport Explain(const absl::Status& status, const SocketChoice& socket) {
  ErrorReport report;
  if (IsUnreachable(status)) {
    report.headline = absl::StrCat("no host answers at ", socket.path, " (chosen by ", socket.chosen_by, ")");
    if (socket.is_address) {
      // What gRPC says of it: refused, a name unknown, a certificate not trusted.
      if (!status.message().empty()) report.lines.push_back(CleanText(std::string(status.message())));
      report.advice =
          "check the address, that the host listens there (remote.listen), and that --ca is the authority of its "
          "certificate; a host with remote.client_ca wants --cert and --key";
    } else {
      report.advice = SocketAdvice(InspectSocket(socket.path), socket);
    }
    // What a command adds: how far it came.
    if (const std::string lines = PayloadOf(status, kLinesPayload); !lines.empty()) {
      for (const auto line : absl::StrSplit(CleanLines(lines), '\n')) report.lines.emplace_back(line);
    }
    report.exit_code = kExitUnreachable;
    return report;
  }
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  report.reason = CleanText(ReasonOf(status));
  report.headline = Headline(status, violations);
  if (const std::string lines = PayloadOf(status, kLinesPayload); !lines.empty()) {
    report.lines = absl::StrSplit(CleanLines(lines), '\n');
  } else {
    for (const auto& violation : violations) {
      report.lines.push_back(CleanText(absl::StrCat(violation.field, ": ", violation.description)));
    }
  }
  const auto preconditions = FindDetail<google::rpc::PreconditionFailure>(status);
  for (const auto& violation : preconditions.violations()) {
    report.lines.push_back(CleanText(absl::StrCat(violation.subject(), ": ", violation.description())));
  }
  report.advice = CleanText(AdviceFor(status, report.reason));
  if (status.GetPayload(kUsagePayload)) report.exit_code = kExitUsage;
  if (absl::IsCancelled(status) && !status.GetPayload(kDetailsPayload)) report.exit_code = kExitInterrupted;
  return report;
}

std::string RenderError(const ErrorReport& report, const Style& style) {
  std::string rendered = absl::StrCat(Paint("error:", Color::kRed, style), " ", report.headline);
  if (!report.reason.empty()) absl::StrAppend(&rendered, " [", report.reason, "]");
  absl::StrAppend(&rendered, "\n");
  for (const auto& line : report.lines) absl::StrAppend(&rendered, "  ", line, "\n");
  if (!report.advice.empty()) absl::StrAppend(&rendered, "what to do: ", report.advice, "\n");
  if (!report.trace.empty()) absl::StrAppend(&rendered, "trace: ", report.trace, "\n");
  return rendered;
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status rpc = DetailsOf(status);
  rpc.set_code(static_cast<int>(status.code()));
  if (rpc.message().empty()) rpc.set_message(std::string(status.message()));
  return rpc;
}

}  // namespace quayside::cli
