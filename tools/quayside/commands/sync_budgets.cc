#include "tools/quayside/commands/sync_budgets.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::ListRateBudgetsResponse;
using v1::RateBudget;
using v1::RateBudgetBacklog;

bool IsShared(const RateBudget& budget) { return budget.share() < 1; }

// Rounded down: what is not whole yet is no call, and 99.9 % is not all.
std::int64_t Whole(double number) { return static_cast<std::int64_t>(std::floor(number)); }
std::string SharePercent(const RateBudget& budget) { return absl::StrCat(Whole(budget.share() * 100), " %"); }

std::string Users(const RateBudget& budget) {
  return absl::StrJoin(budget.used_by(), ", ", [](std::string* out, const v1::RateBudgetUser& user) {
    absl::StrAppend(out, user.lane().empty() ? "no lane" : ResourceId("lanes", user.lane()), " ",
                    user.calls_last_hour());
  });
}

std::int64_t CallsLastMinute(const RateBudget& budget) {
  std::int64_t calls = 0;
  for (const auto& user : budget.used_by()) calls += user.calls_last_minute();
  return calls;
}

bool HasQuantities(const RateBudgetBacklog& backlog) {
  return backlog.waiting() + backlog.undecided() + backlog.in_documents() + backlog.documents() > 0;
}

std::string WhatWaits(const RateBudgetBacklog& backlog) {
  std::vector<std::string> parts;
  if (backlog.waiting() > 0) {
    parts.push_back(
        absl::StrCat(backlog.more() ? "at least " : "", Count(backlog.waiting(), "quantity waits", "quantities wait")));
  }
  if (backlog.undecided() > 0)
    parts.push_back(absl::StrCat(Count(backlog.undecided(), "more is", "more are"), " being worked out"));
  if (backlog.documents() > 0) {
    parts.push_back(absl::StrCat(Count(backlog.documents(), "document"), " with ",
                                 Count(backlog.in_documents(), "quantity", "quantities"),
                                 backlog.documents() == 1 ? " is" : " are", " in work"));
  }
  return absl::StrJoin(parts, ", ");
}

// `waiting`: a RateBudgetBacklog or RateBudgetDespatches.
template <typename Waiting>
std::string WhyNobodySends(const Waiting& waiting) {
  const std::string lane = ResourceId("lanes", waiting.lane());
  const std::string state = EnumWord(v1::LaneState_Name(waiting.lane_state()), "LANE_STATE_");
  switch (waiting.lane_state()) {
    case v1::LANE_STATE_PAUSED:
      return absl::StrCat(lane, " is paused and sends nothing until: quayside sync resume ", lane);
    case v1::LANE_STATE_DISABLED:
    case v1::LANE_STATE_NEEDS_OPERATOR:
      return absl::StrCat(lane, " (", state, ") sends nothing; quayside sync status says why");
    default:
      return absl::StrCat("nobody can say when ", lane, " will be done");
  }
}

std::string BacklogRemark(const RateBudgetBacklog& backlog, absl::Time now) {
  if (!backlog.has_done_time()) return absl::StrCat(WhatWaits(backlog), "; ", WhyNobodySends(backlog));
  return absl::StrCat(WhatWaits(backlog), "; done ", backlog.more() ? "not before " : "about ",
                      FormatShort(true, backlog.done_time(), now));
}

bool HasPackages(const v1::RateBudgetDespatches& despatches) {
  return despatches.waiting() + despatches.unknown() + despatches.submitted() > 0;
}

std::string DespatchesRemark(const v1::RateBudgetDespatches& despatches, absl::Time now) {
  std::vector<std::string> parts;
  if (despatches.waiting() > 0)
    parts.push_back(absl::StrCat(Count(despatches.waiting(), "package waits", "packages wait"), " to be confirmed"));
  if (despatches.unknown() > 0)
    parts.push_back(absl::StrCat(Count(despatches.unknown(), "package", "packages"), " of unknown outcome"));
  if (despatches.submitted() > 0)
    parts.push_back(absl::StrCat(Count(despatches.submitted(), "package", "packages"), " in the marketplace's hands"));
  const std::string what = absl::StrJoin(parts, ", ");
  if (despatches.has_done_time())
    return absl::StrCat(what, "; done about ", FormatShort(true, despatches.done_time(), now));
  const bool sends = despatches.lane_state() == v1::LANE_STATE_IDLE ||
                     despatches.lane_state() == v1::LANE_STATE_RUNNING ||
                     despatches.lane_state() == v1::LANE_STATE_BACKOFF;
  return sends ? what : absl::StrCat(what, "; ", WhyNobodySends(despatches));
}

std::string ShareRemark(const RateBudget& budget, absl::Time now) {
  return absl::StrCat("another program seems to use this allowance since ",
                      FormatShort(budget.has_shared_since_time(), budget.shared_since_time(), now), "; last refused ",
                      FormatShort(budget.has_last_refused_time(), budget.last_refused_time(), now), ", ",
                      budget.refused_last_hour(), " in the last hour. ", SharePercent(budget),
                      " of it is taken; more by itself once the other asks for less");
}

}  // namespace

std::string FormatRate(double per_second) {
  if (per_second >= 1) return absl::StrFormat("%.3g/s", per_second);
  const double seconds = 1 / per_second;
  if (seconds < 6000) return absl::StrFormat("1 in %.3g s", seconds);
  return absl::StrCat("1 in ", FormatLength(absl::Seconds(seconds)));
}

Table BudgetsTable(const ListRateBudgetsResponse& response, absl::Time now) {
  Table table({{"ACCOUNT"},
               {"OPERATION"},
               {"LEFT", Align::kRight},
               {"OF", Align::kRight},
               {"RATE", Align::kRight},
               {"SHARE", Align::kRight},
               {"NEXT CALL", Align::kLeft, Shrink::kLater},
               {"CALLS/MIN", Align::kRight},
               {"LAST HOUR BY", Align::kLeft, Shrink::kFirst}});
  for (const RateBudget& budget : response.rate_budgets()) {
    const std::string left = absl::StrCat(Whole(budget.left()));
    table.AddRow({ResourceId("accounts", budget.account()), budget.operation(),
                  budget.has_next_call_time() ? Cell(left, Color::kYellow) : Cell(left),
                  absl::StrCat(Whole(budget.burst())), FormatRate(budget.rate_per_second()),
                  IsShared(budget) ? Cell(SharePercent(budget), Color::kYellow) : Cell("all"),
                  budget.has_next_call_time() ? FormatShort(true, budget.next_call_time(), now) : "now",
                  absl::StrCat(CallsLastMinute(budget)), Users(budget)});
  }
  return table;
}

std::vector<std::string> BudgetRemarks(const RateBudget& budget, absl::Time now) {
  std::vector<std::string> remarks;
  const std::string which = absl::StrCat(ResourceId("accounts", budget.account()), " ", budget.operation(), ": ");
  if (IsShared(budget)) remarks.push_back(absl::StrCat(which, ShareRemark(budget, now)));
  if (HasQuantities(budget.backlog())) remarks.push_back(absl::StrCat(which, BacklogRemark(budget.backlog(), now)));
  if (HasPackages(budget.despatches()))
    remarks.push_back(absl::StrCat(which, DespatchesRemark(budget.despatches(), now)));
  return remarks;
}

absl::Status SyncBudgetsCommand(Context& context, const SyncBudgetsOptions& options) {
  v1::ListRateBudgetsRequest request;
  request.set_account(ResourceName("accounts", options.account));
  if (!options.operation.empty()) request.mutable_filter()->set_operation(options.operation);
  if (options.shared) request.mutable_filter()->set_shared(true);
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<ListRateBudgetsResponse>(context.host, request, options.limit,
                                                             [](auto& page) { return page.mutable_rate_budgets(); }));
  const absl::Time now = context.now();
  context.output.Document(response);
  context.output.TableOr(BudgetsTable(response, now),
                         request.has_filter()
                             ? "No allowance is like that."
                             : "There is no allowance yet: they come with accounts. Add one: quayside account add");
  for (const RateBudget& budget : response.rate_budgets()) {
    for (const std::string& remark : BudgetRemarks(budget, now)) context.output.Line(CleanText(remark));
  }
  SayWhenCut(context, !response.next_page_token().empty(), response.rate_budgets_size());
  return absl::OkStatus();
}

}  // namespace quayside::cli
