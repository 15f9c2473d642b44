#include "report_step.h"

#include <algorithm>
#include <utility>

#include "listings_run.h"
#include "report_doubts.h"
#include "report_page.h"
#include "report_run.h"
#include "report_walk.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int32_t kLinesPerPage = 1000;
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
  Result<pb::PullListingsReply> WalkOn();
  Result<pb::PullListingsReply> OnCancelled(const std::string& what);
  Result<pb::PullListingsReply> ReadLines();
  Result<pb::PullListingsReply> OnLastLine(pb::PullListingsReply reply);
  // Of SKUs that may not be what they look like.
  Result<pb::PullListingsReply> SettleDoubts();
  Result<pb::PullListingsReply> CatchUp(pb::PullListingsReply reply);

  // Goes on at once.
  Result<pb::PullListingsReply> GoOn(std::string progress);
  Result<pb::PullListingsReply> WaitFor(int64_t wait_us, std::string progress);
  // The pass ends and proves nothing; what changes goes on being read.
  Result<pb::PullListingsReply> GiveUp(pb::PullListingsReply reply, bool spent, const std::string& why);

  ListingsLane& lane_;
  Caller& caller_;
  sdk::Step& step_;
  ListingsPosition& position_;
  ReportPosition& report_;
};

Result<pb::PullListingsReply> ReportStep::Run() {
  if (report_.settling) return SettleDoubts();
  return report_.place.stage == ReportStage::kRead ? ReadLines() : WalkOn();
}

Result<pb::PullListingsReply> ReportStep::WalkOn() {
  const std::string& marketplace = lane_.marketplace();
  const ReportWish wish{.about = "",
                        .find = [&](int64_t since_us) { return FindReports(caller_, marketplace, since_us); },
                        .order = [&] { return CreateReportRequest(caller_.settings(), marketplace); },
                        .since_us = ReportsSince(position_, caller_.ServerNowUs()),
                        .marketplace = marketplace,
                        .document_prefix = "listings-",
                        .max_bytes = kMaxReportBytes};
  QS_TRY(ReportNews news, WalkToReport(caller_, wish, report_.place));
  switch (news.turn) {
    case ReportTurn::kGoOn:
      return GoOn(std::move(news.text));
    case ReportTurn::kWait:
      return WaitFor(news.wait_us, std::move(news.text));
    case ReportTurn::kUseless:
      return GiveUp(lane_.NewReply(), news.spent, news.text);
    case ReportTurn::kWithoutLines:
      return OnCancelled(news.text);
  }
  return Error::Internal("a report's way has no end");
}

// Amazon cancels a report that would have no lines; so may a person one that would. How many listings there are is
// asked again, by a pass that searches.
Result<pb::PullListingsReply> ReportStep::OnCancelled(const std::string& what) {
  position_.spent_us = std::max(position_.spent_us, report_.place.created_us);
  const std::string pass_id = position_.pass_id;
  const bool wanted = position_.wanted;
  position_.next_pass_us = 0;
  BeginRun(position_, caller_.ServerNowUs(), true);
  position_.pass_id = pass_id;
  position_.wanted = wanted;
  position_.no_report = true;
  return GoOn(what + ": counting the listings again");
}

Result<pb::PullListingsReply> ReportStep::ReadLines() {
  const int32_t wanted = lane_.request().page_size();
  pb::PullListingsReply reply = lane_.NewReply();
  const auto page = ReadReportPage(lane_, wanted <= 0 ? kLinesPerPage : std::min(wanted, kLinesPerPage), reply);
  if (!page.ok() && page.error().status == QS_NOT_FOUND) {
    // Older than the host keeps documents, or lost: the same one again, from the same line.
    report_.place.stage = ReportStage::kFetch;
    reply.set_progress("fetching report " + report_.place.id + " again");
    return lane_.Finish(std::move(reply));
  }
  if (!page.ok()) return page.error();
  switch (page.value()) {
    case AfterPage::kNoHeader: {
      const std::string why = reply.bad_records(0).reason();
      reply.set_pass_inconclusive(true);  // the next report would have no other header
      return GiveUp(std::move(reply), true, why);
    }
    case AfterPage::kEnd:
      return OnLastLine(std::move(reply));
    case AfterPage::kMore:
      break;
  }
  reply.set_progress("reading report " + report_.place.id + ", line " + std::to_string(report_.place.lines));
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::OnLastLine(pb::PullListingsReply reply) {
  if (report_.place.offset != report_.place.size)
    return GiveUp(std::move(reply), true, "report " + report_.place.id + " ended before its last byte");
  if (LacksListings(position_)) {
    position_.broken = true;
    step_.Warning("the report holds fewer listings than Amazon counts; nothing is taken for gone",
                  {{"report", std::to_string(position_.done)}, {"count", std::to_string(position_.total)}});
  }
  reply.set_progress("report " + report_.place.id + " is read, " + std::to_string(report_.place.lines) + " lines");
  if (report_.doubts.empty()) return CatchUp(std::move(reply));
  report_.settling = true;
  return lane_.Finish(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::SettleDoubts() {
  pb::PullListingsReply reply = lane_.NewReply();
  QS_TRY(const bool settled, SettleSomeDoubts(lane_, reply));
  if (!settled) return lane_.Finish(std::move(reply));
  report_.settling = false;
  return CatchUp(std::move(reply));
}

Result<pb::PullListingsReply> ReportStep::CatchUp(pb::PullListingsReply reply) {
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
  if (!report_.place.document.empty()) step_.Release(report_.place.document);
  GiveUpPass(position_, caller_.ServerNowUs(), spent);
  step_.Warning("the pass over a report proves nothing; nothing is taken for gone", {{"why", why}});
  reply.set_progress(why);
  lane_.Wait(reply, kListingPollUs);
  return lane_.Finish(std::move(reply));
}

}  // namespace

Result<pb::PullListingsReply> ReadReport(ListingsLane& lane) { return ReportStep(lane).Run(); }

}  // namespace quayside::amazon
