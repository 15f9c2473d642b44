// What several command groups need.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/quayside/connection.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

// The API's largest page.
inline constexpr int kPageSize = 1000;

// Reads pages until there are `limit` rows (0 = all) and answers them as one response; its next_page_token says whether
// there is more. rows: Response& -> its repeated field.
template <class Response, class Request, class Rows>
[[nodiscard]] absl::StatusOr<Response> ListPages(Connection& host, Request request, int limit, Rows rows) {
  Response all;
  for (;;) {
    const int missing = limit == 0 ? kPageSize : limit - rows(all)->size();
    request.set_page_size(missing < kPageSize ? missing : kPageSize);
    auto page = host.Call<Response>(request);
    if (!page.ok()) {
      host.Progress("");
      return page.status();
    }
    // Rows are added to those before; totals and the token come from the latest page. One without rows may be followed
    // by others; one that ends where it began is not.
    all.clear_next_page_token();
    all.MergeFrom(*page);
    const bool stands_still = all.next_page_token() == request.page_token();
    const bool done = all.next_page_token().empty() || stands_still || (limit > 0 && rows(all)->size() >= limit);
    host.Progress(done ? "" : absl::StrCat(rows(all)->size(), " read ..."));
    if (done) return all;
    request.set_page_token(all.next_page_token());
  }
}

// "LANE_STATE_NEEDS_OPERATOR" without "LANE_STATE_" -> "needs operator".
[[nodiscard]] std::string EnumWord(absl::string_view name, absl::string_view prefix);

// "open" -> "ORDER_STATE_OPEN".
[[nodiscard]] std::string EnumName(absl::string_view word, absl::string_view prefix);

// Asks before something is lost. Only on a terminal: a script has decided already. Interrupted when the answer is not
// yes.
[[nodiscard]] absl::Status Confirm(Context& context, absl::string_view question, bool yes);

// "added", or "would add" for a dry run.
[[nodiscard]] std::string Did(bool dry_run, absl::string_view past, absl::string_view infinitive);

// Says how to see the rest of a list that was cut off.
void SayWhenCut(Context& context, bool more, int shown);

}  // namespace quayside::cli

// Returns the status from the enclosing function unless it is OK.
#define QS_CLI_RETURN_IF_ERROR(expr)                                                       \
  do {                                                                                     \
    if (absl::Status qs_cli_status_ = (expr); !qs_cli_status_.ok()) return qs_cli_status_; \
  } while (false)

#define QS_CLI_CONCAT_INNER(a, b) a##b
#define QS_CLI_CONCAT(a, b) QS_CLI_CONCAT_INNER(a, b)
// QS_CLI_ASSIGN_OR_RETURN(auto x, F()): the value, or the status returned from the enclosing function.
#define QS_CLI_ASSIGN_OR_RETURN(lhs, expr) QS_CLI_ASSIGN_OR_RETURN_IMPL(QS_CLI_CONCAT(qs_cli_or_, __LINE__), lhs, expr)
#define QS_CLI_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return tmp.status();                \
  lhs = *std::move(tmp)
