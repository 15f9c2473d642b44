// The host's one error vocabulary: absl::Status with a reason from a documented list and, where it helps, facts as
// metadata.
//
//   return MakeError(absl::StatusCode::kNotFound, Reason::kOrderNotFound, "there is no order 'orders/42'",
//                    {{"resource", "orders/42"}});
//
// The API turns it into google.rpc.Status with ErrorInfo; logs print reason and message. Messages hold no personal data
// and no secret. Thread-safe (values only).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/reasons.h"

namespace quayside {

using ErrorMetadata = std::map<std::string, std::string>;

// Metadata: when it is worth another try, in microseconds UTC; the API makes RetryInfo of it.
inline constexpr std::string_view kRetryAtKey = "retry_at_us";

// One field of a request or a file that must change.
struct FieldViolation {
  std::string field;
  std::string description;
};

[[nodiscard]] absl::Status MakeError(absl::StatusCode code, Reason reason, std::string_view message,
                                     const ErrorMetadata& metadata = {});

// INVALID_ARGUMENT that carries every violation; the message lists them.
[[nodiscard]] absl::Status MakeFieldError(Reason reason, const std::vector<FieldViolation>& violations);

// The same code, reason and metadata with "`context`: " before the message. OK stays OK.
[[nodiscard]] absl::Status AddContext(const absl::Status& status, std::string_view context);

// "" when the status carries none.
[[nodiscard]] std::string ReasonOf(const absl::Status& status);
[[nodiscard]] bool HasReason(const absl::Status& status, Reason reason);
[[nodiscard]] ErrorMetadata MetadataOf(const absl::Status& status);
[[nodiscard]] std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

}  // namespace quayside

// Returns the status from the enclosing function unless it is OK.
#define QS_RETURN_IF_ERROR(expr)                                               \
  do {                                                                         \
    if (absl::Status qs_status_ = (expr); !qs_status_.ok()) return qs_status_; \
  } while (false)

#define QS_CONCAT_INNER(a, b) a##b
#define QS_CONCAT(a, b) QS_CONCAT_INNER(a, b)
// QS_ASSIGN_OR_RETURN(auto x, F()): the value, or the status returned from the enclosing function.
#define QS_ASSIGN_OR_RETURN(lhs, expr) QS_ASSIGN_OR_RETURN_IMPL(QS_CONCAT(qs_or_, __LINE__), lhs, expr)
#define QS_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return tmp.status();            \
  lhs = *std::move(tmp)
