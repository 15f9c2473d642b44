#include "report_step.h"

#include <algorithm>

#include "errors.h"
#include "listings_run.h"
#include "report_page.h"
#include "report_run.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int32_t kLinesPerPage = 1000;
constexpr int64_t kLookAgainUs = kMinuteUs;
constexpr int64_t kMaxReportBytes = int64_t{4} << 30;

class ReportStep {
 public:
  explicit ReportStep(ListingsLane& lane)
      : lane_(lane),
        caller_(lane.caller()),
        step_(lane.step()),
        position_(lane.position),
        report_(lane.position.report) {}

  Result<pb::PullListingsReply> Run();

 private:
  Result<pb::PullListingsReply> Look();
  Result<pb::PullListingsReply> Order();
  Result<pb::PullListingsReply> OnOrdered(const pb::HttpReply& answer, int64_t asked_us);
  Result<pb::PullListingsReply> Settle();
  Result<pb::PullListingsReply> AwaitReport();
  Result<pb::PullListingsReply> OnStatus(const ReportInfo& info);
  Result<pb::PullListingsReply> OnCancelled();
  Result<pb::PullListingsReply> FetchReport();
  Result<pb::PullListingsReply> OnFetched(const pb::FetchedDocument& fetched);
  Result<pb::PullListingsReply> ReadLines();
  Result<pb::PullListingsReply> OnLastLine(pb::PullListingsReply reply);

  // Goes on at once.
  Result<pb::PullListingsReply> GoOn(std::string progress);
  Result<pb::PullListingsReply> WaitFor(int64_t wait_us, std::string progress);
  // The pass ends and proves nothing; what changes goes on being read.
  Result<pb::PullListingsReply> GiveUp(pb::PullListingsReply reply, bool spent, const std::string& why);
  // The order may or may not have arrived.
  Result<pb::PullListingsReply> BeginSettling(int64_t asked_us);

  ListingsLane& lane_;
  Caller& caller_;
  sdk::Step& step_;
  ListingsPosition& position_;
  ReportPosition& report_;
};

Result<pb::PullListingsReply> ReportStep::Run() {
  switch (report_.stage) {
    case ReportStage::kLook:
      return Look();
    case ReportStage::kSettle:
      return Settle();
    case ReportStage::kWait:
      return AwaitReport();
    case ReportStage::kFetch:
      return FetchReport();
    case ReportStage::kRead:
      return ReadLines();
  }
  return Error::Internal("a report is in no stage");
}

Result<pb::PullListingsReply> ReportStep::Look() {
  QS_TRY(const auto reports, FindReports(caller_, lane_.marketplace(), ReportsSince(position_, caller_.ServerNowUs())));
  const ReportInfo* newest = NewestReport(reports);
  if (newest == nullptr) return Order();
  AdoptReport(report_, *newest, caller_.ServerNowUs());
  return GoOn("report " + report_.id + " of " + FormatTime(report_.created_us) + " will do");
}

// An order that nothing is known of (the host stopped before it stored this step's outcome) is found by the next Look.
Result<pb::PullListingsReply> ReportStep::Order() {
  const int64_t asked_us = caller_.ServerNowUs();
  const auto answer = caller_.Write(CreateReportRequest(caller_.settings(), lane_.marketplace()));
  if (answer.ok()) return OnOrdered(answer.value(), asked_us);
  if (WasNotSent(answer.error())) return answer.error();
  return BeginSettling(asked_us);
}

Result<pb::PullListingsReply> ReportStep::OnOrdered(const pb::HttpReply& answer, int64_t asked_us) {
  if (answer.status() >= 200 && answer.status() < 300) {
    ReportInfo ordered{.id = ReadReportId(answer)};
    if (ordered.id.empty()) return BeginSettling(asked_us);
    AdoptReport(report_, ordered, caller_.ServerNowUs());
    return WaitFor(ReportWaitUs(0), "report " + report_.id + " is ordered");
  }
  Error error = ErrorFrom(answer, kCreateReport, caller_.NowUs());
  if (error.status == QS_INVALID || error.status == QS_NOT_FOUND)
    return GiveUp(lane_.NewReply(), false, "Amazon makes no report: " + error.message);
  if (answer.status() >= 500) return BeginSettling(asked_us);
  return error;
}

Result<pb::PullListingsReply> ReportStep::BeginSettling(int64_t asked_us) {
  report_.stage = ReportStage::kSettle;
  report_.asked_us = asked_us;
  return WaitFor(kLookAgainUs, "a report was ordered and the answer was lost; looking for it");
}

Result<pb::PullListingsReply> ReportStep::Settle() {
  QS_TRY(const auto reports, FindReports(caller_, lane_.marketplace(), report_.asked_us));
  if (const ReportInfo* newest = NewestReport(reports)) {
    AdoptReport(report_, *newest, caller_.ServerNowUs());
    return GoOn("report " + report_.id + " was ordered");
  }
  if (caller_.ServerNowUs() < report_.asked_us + kReportVisibleUs)
    return WaitFor(kLookAgainUs, "the report that was ordered does not show yet");
  BeginReport(position_, position_.started_us);
  return GoOn("the report was never ordered");
}

Result<pb::PullListingsReply> ReportStep::AwaitReport() {
  auto info = GetReport(caller_, report_.id);
  if (info.ok()) return OnStatus(info.value());
  if (info.error().status == QS_INVALID) return GiveUp(lane_.NewReply(), true, info.error().message);
  if (info.error().status != QS_NOT_FOUND) return std::move(info.error());
  // Just ordered, it may not show at once.
  return OnStatus({.id = report_.id, .status = "NOT_FOUND", .created_us = report_.created_us});
}

Result<pb::PullListingsReply> ReportStep::OnStatus(const ReportInfo& info) {
  report_.created_us = info.created_us;
  const std::string name = "report " + report_.id;
  if (info.status == "DONE") {
    if (info.document_id.empty()) return GiveUp(lane_.NewReply(), true, name + " is DONE without a document");
    report_.stage = ReportStage::kFetch;
    report_.document_id = info.document_id;
    return GoOn(name + " is DONE");
  }
  if (info.status == "CANCELLED") return OnCancelled();
  if (info.status == "FATAL") return GiveUp(lane_.NewReply(), true, name + " ended FATAL");
  if (caller_.ServerNowUs() >= report_.wait_us + kReportPatienceUs)
    return GiveUp(lane_.NewReply(), false, name + " is " + info.status + " for too long");
  return WaitFor(ReportWaitUs(++report_.polls), "waiting for " + name + ", " + info.status);
}

// Amazon cancels a report that would have no lines; so may a person one that would. How many listings there are is
// asked again, by a pass that searches.
Result<pb::PullListingsReply> ReportStep::OnCancelled() {
  const std::string id = report_.id;
  position_.spent_us = std::max(position_.spent_us, report_.created_us);
  const std::string pass_id = position_.pass_id;
  const bool wanted = position_.wanted;
  position_.next_pass_us = 0;
  BeginRun(position_, caller_.ServerNowUs(), true);
  position_.pass_id = pass_id;
  position_.wanted = wanted;
  position_.no_report = true;
  return GoOn("report " + id + " was CANCELLED: counting the listings again");
}

Result<pb::PullListingsReply> ReportStep::FetchReport() {
  const std::string name = DocumentName("listings-", report_.id);
  if (name.empty()) return GiveUp(lane_.NewReply(), true, "a report's id is too long");
  auto address = GetReportDocument(caller_, report_.document_id);
  if (!address.ok() && (address.error().status == QS_INVALID || address.error().status == QS_NOT_FOUND))
    return GiveUp(lane_.NewReply(), true, address.error().message);
  if (!address.ok()) return std::move(address.error());
  auto fetched = Fetch(step_, address.value(), name, {CharsetOfReport(lane_.marketplace()), kMaxReportBytes});
  if (!fetched.ok() && fetched.error().status == QS_INVALID)
    return GiveUp(lane_.NewReply(), true, "report " + report_.id + " cannot be fetched: " + fetched.error().message);
  if (!fetched.ok()) return std::move(fetched.error());
  report_.document = name;
  return OnFetched(fetched.value());
}

Result<pb::PullListingsReply> ReportStep::OnFetched(const pb::FetchedDocument& fetched) {
  const std::string name = "report " + report_.id;
  if (IsExpired(fetched)) {
    if (++report_.refusals > kMaxRefusals)
      return GiveUp(lane_.NewReply(), true, name + " does not lie where Amazon says it does");
    return WaitFor(report_.refusals * kLookAgainUs, "the address of " + name + " has expired");
  }
  if (fetched.http_status() != 200) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          "the address of " + name + " answered HTTP " + std::to_string(fetched.http_status()));
  }
  if (report_.size != 0 && report_.size != fetched.size())
    return GiveUp(lane_.NewReply(), true, name + " is another one than before");
  report_.size = fetched.size();
  report_.refusals = 0;
  report_.stage = ReportStage::kRead;
  if (fetched.undecodable() > 0) {
    step_.Warning("the report holds bytes its charset does not know",
                  {{"charset", fetched.charset()}, {"places", std::to_string(fetched.undecodable())}});
  }
  return GoOn("reading " + name);
}

Result<pb::PullListingsReply> ReportStep::ReadLines() {
  const int32_t wanted = lane_.request().page_size();
  pb::PullListingsReply reply = lane_.NewReply();
  const auto page = ReadReportPage(lane_, wanted <= 0 ? kLinesPerPage : std::min(wanted, kLinesPerPage), reply);
  if (!page.ok() && page.error().status == QS_NOT_FOUND) {
    // Older than the host keeps documents, or lost: the same one again, from the same line.
    report_.stage = ReportStage::kFetch;
    reply.set_progress("fetching report " + report_.id + " again");
    return lane_.Finish(std::move(reply));
  }
  if (!page.ok()) return page.error();
  switch (page.value()) {
    case AfterPage::kNoHeader: {
      const std::string why = reply.bad_records(0).reason();
      return GiveUp(std::move(reply), true, why);
    }
    case AfterPage::kEnd:
      return OnLastLine(std::move(reply));
    case AfterPage::kMore:
      break;
  }
  reply.set_progress("reading report " + report_.id + ", line " + std::to_string(report_.lines));
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::OnLastLine(pb::PullListingsReply reply) {
  if (report_.offset != report_.size)
    return GiveUp(std::move(reply), true, "report " + report_.id + " ended before its last byte");
  if (LacksListings(position_)) {
    position_.broken = true;
    step_.Warning("the report holds fewer listings than Amazon counts; nothing is taken for gone",
                  {{"report", std::to_string(position_.done)}, {"count", std::to_string(position_.total)}});
  }
  reply.set_progress("report " + report_.id + " is read, " + std::to_string(report_.lines) + " lines");
  BeginCatchUp(position_, caller_.ServerNowUs());
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::GoOn(std::string progress) {
  pb::PullListingsReply reply = lane_.NewReply();
  reply.set_progress(std::move(progress));
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::WaitFor(int64_t wait_us, std::string progress) {
  pb::PullListingsReply reply = lane_.NewReply();
  reply.set_progress(std::move(progress));
  lane_.Wait(reply, wait_us);
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::GiveUp(pb::PullListingsReply reply, bool spent, const std::string& why) {
  if (!report_.document.empty()) step_.Release(report_.document);
  GiveUpPass(position_, caller_.ServerNowUs(), spent);
  step_.Warning("the pass over a report proves nothing; nothing is taken for gone", {{"why", why}});
  reply.set_progress(why);
  lane_.Wait(reply, kListingPollUs);
  return lane_.Finish(std::move(reply));
}

}  // namespace

Result<pb::PullListingsReply> ReadReport(ListingsLane& lane) { return ReportStep(lane).Run(); }

}  // namespace quayside::amazon
