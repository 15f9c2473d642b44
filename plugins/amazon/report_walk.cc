#include "report_walk.h"

#include <algorithm>
#include <utility>

#include "errors.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kLookForItAgainUs = kMinuteUs;
constexpr int64_t kFirstReportWaitUs = 15 * kSecondUs;
constexpr int64_t kLongestReportWaitUs = 5 * kMinuteUs;
constexpr int32_t kMaxRefusals = 5;

// Of a report that declares none, as most of them do.
const char* CharsetOfReport(std::string_view marketplace) {
  constexpr std::string_view kJapan = "A1VC38T7YXB528";
  return marketplace == kJapan ? "Shift_JIS" : "windows-1252";
}

// NULL when there is none.
const ReportInfo* NewestReport(const std::vector<ReportInfo>& reports) {
  const auto newest = std::max_element(
      reports.begin(), reports.end(),
      [](const ReportInfo& one, const ReportInfo& other) { return one.created_us < other.created_us; });
  return newest == reports.end() ? nullptr : &*newest;
}

// Until Amazon is asked again how far it is.
int64_t ReportWaitUs(int32_t polls) {
  int64_t wait = kFirstReportWaitUs;
  for (int32_t i = 0; i < polls && wait < kLongestReportWaitUs; ++i) wait *= 2;
  return std::min(wait, kLongestReportWaitUs);
}

class ReportWalk {
 public:
  ReportWalk(Caller& caller, const ReportWish& wish, ReportPlace& place)
      : caller_(caller), wish_(wish), place_(place) {}

  Result<ReportNews> Next();

 private:
  Result<ReportNews> Look();
  Result<ReportNews> Order();
  Result<ReportNews> OnOrdered(const pb::HttpReply& answer, int64_t asked_us);
  Result<ReportNews> Settle();
  Result<ReportNews> AwaitReport();
  ReportNews OnStatus(const ReportInfo& info);
  Result<ReportNews> FetchText();
  Result<ReportNews> OnFetched(const pb::FetchedDocument& fetched);

  // It is waited for from now on.
  void Adopt(const ReportInfo& info);
  // The order may or may not have arrived.
  ReportNews BeginSettling(int64_t asked_us);
  static ReportNews GoOn(std::string text) { return {.turn = ReportTurn::kGoOn, .text = std::move(text)}; }
  static ReportNews WaitFor(int64_t wait_us, std::string text) {
    return {.turn = ReportTurn::kWait, .text = std::move(text), .wait_us = wait_us};
  }
  static ReportNews Useless(bool spent, std::string why) {
    return {.turn = ReportTurn::kUseless, .text = std::move(why), .spent = spent};
  }
  [[nodiscard]] std::string Name() const { return ReportName(place_, wish_.about); }

  Caller& caller_;
  const ReportWish& wish_;
  ReportPlace& place_;
};

Result<ReportNews> ReportWalk::Next() {
  switch (place_.stage) {
    case ReportStage::kLook:
      return Look();
    case ReportStage::kSettle:
      return Settle();
    case ReportStage::kWait:
      return AwaitReport();
    case ReportStage::kFetch:
      return FetchText();
    case ReportStage::kRead:
      break;
  }
  return Error::Internal("a report is in no stage before its reading");
}

void ReportWalk::Adopt(const ReportInfo& info) {
  place_ = {};
  place_.stage = ReportStage::kWait;
  place_.id = info.id;
  place_.created_us = info.created_us;
  place_.wait_us = caller_.ServerNowUs();
}

Result<ReportNews> ReportWalk::Look() {
  QS_TRY(const auto reports, wish_.find(wish_.since_us));
  const ReportInfo* newest = NewestReport(reports);
  if (newest == nullptr) return Order();
  Adopt(*newest);
  return GoOn(Name() + " of " + FormatTime(place_.created_us) + " will do");
}

// An order that nothing is known of (the host stopped before it stored this step's outcome) is found by the next Look.
Result<ReportNews> ReportWalk::Order() {
  const int64_t asked_us = caller_.ServerNowUs();
  const auto answer = caller_.Write(wish_.order());
  if (answer.ok()) return OnOrdered(answer.value(), asked_us);
  if (WasNotSent(answer.error())) return answer.error();
  return BeginSettling(asked_us);
}

Result<ReportNews> ReportWalk::OnOrdered(const pb::HttpReply& answer, int64_t asked_us) {
  if (answer.status() >= 200 && answer.status() < 300) {
    const ReportInfo ordered{.id = ReadReportId(answer)};
    if (ordered.id.empty()) return BeginSettling(asked_us);
    Adopt(ordered);
    return WaitFor(ReportWaitUs(0), Name() + " is ordered");
  }
  Error error = ErrorFrom(answer, kCreateReport, caller_.NowUs());
  if (error.status == QS_INVALID || error.status == QS_NOT_FOUND)
    return Useless(false, "Amazon makes no report" + wish_.about + ": " + error.message);
  if (answer.status() >= 500) return BeginSettling(asked_us);
  return error;
}

ReportNews ReportWalk::BeginSettling(int64_t asked_us) {
  place_.stage = ReportStage::kSettle;
  place_.asked_us = asked_us;
  return WaitFor(kLookForItAgainUs, "a report" + wish_.about + " was ordered and the answer was lost; looking for it");
}

Result<ReportNews> ReportWalk::Settle() {
  QS_TRY(const auto reports, wish_.find(place_.asked_us));
  if (const ReportInfo* newest = NewestReport(reports)) {
    Adopt(*newest);
    return GoOn(Name() + " was ordered");
  }
  if (caller_.ServerNowUs() < place_.asked_us + kReportVisibleUs)
    return WaitFor(kLookForItAgainUs, "the report" + wish_.about + " that was ordered does not show yet");
  place_ = {};
  return GoOn("the report" + wish_.about + " was never ordered");
}

Result<ReportNews> ReportWalk::AwaitReport() {
  auto info = GetReport(caller_, place_.id);
  if (info.ok()) return OnStatus(info.value());
  if (info.error().status == QS_INVALID) return Useless(true, info.error().message);
  if (info.error().status != QS_NOT_FOUND) return std::move(info.error());
  // Just ordered, it may not show at once.
  return OnStatus({.id = place_.id, .status = "NOT_FOUND", .created_us = place_.created_us});
}

ReportNews ReportWalk::OnStatus(const ReportInfo& info) {
  place_.created_us = info.created_us;
  if (info.status == "DONE") {
    if (info.document_id.empty()) return Useless(true, Name() + " is DONE without a document");
    place_.stage = ReportStage::kFetch;
    place_.document_id = info.document_id;
    return GoOn(Name() + " is DONE");
  }
  if (info.status == "CANCELLED") return {.turn = ReportTurn::kWithoutLines, .text = Name() + " was CANCELLED"};
  if (info.status == "FATAL") return Useless(true, Name() + " ended FATAL");
  if (caller_.ServerNowUs() >= place_.wait_us + kReportPatienceUs)
    return Useless(false, Name() + " is " + info.status + " for too long");
  return WaitFor(ReportWaitUs(++place_.polls), "waiting for " + Name() + ", " + info.status);
}

Result<ReportNews> ReportWalk::FetchText() {
  const std::string name = DocumentName(wish_.document_prefix, place_.id);
  if (name.empty()) return Useless(true, "a report's id is too long");
  auto address = GetReportDocument(caller_, place_.document_id);
  if (!address.ok() && (address.error().status == QS_INVALID || address.error().status == QS_NOT_FOUND))
    return Useless(true, address.error().message);
  if (!address.ok()) return std::move(address.error());
  auto fetched = Fetch(caller_.step(), address.value(), name, {CharsetOfReport(wish_.marketplace), wish_.max_bytes});
  if (!fetched.ok() && fetched.error().status == QS_INVALID)
    return Useless(true, Name() + " cannot be fetched: " + fetched.error().message);
  if (!fetched.ok()) return std::move(fetched.error());
  place_.document = name;
  return OnFetched(fetched.value());
}

Result<ReportNews> ReportWalk::OnFetched(const pb::FetchedDocument& fetched) {
  if (IsExpired(fetched)) {
    if (++place_.refusals > kMaxRefusals) return Useless(true, Name() + " does not lie where Amazon says it does");
    return WaitFor(place_.refusals * kLookForItAgainUs, "the address of " + Name() + " has expired");
  }
  if (fetched.http_status() != 200) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          "the address of " + Name() + " answered HTTP " + std::to_string(fetched.http_status()));
  }
  if (place_.size != 0 && place_.size != fetched.size()) return Useless(true, Name() + " is another one than before");
  place_.size = fetched.size();
  place_.refusals = 0;
  place_.stage = ReportStage::kRead;
  if (fetched.undecodable() > 0) {
    caller_.step().Warning(
        "the report holds bytes its charset does not know",
        {{"report", place_.id}, {"charset", fetched.charset()}, {"places", std::to_string(fetched.undecodable())}});
  }
  return GoOn("reading " + Name());
}

}  // namespace

std::string ReportName(const ReportPlace& place, std::string_view about) {
  return "report " + place.id + std::string(about);
}

Result<ReportNews> WalkToReport(Caller& caller, const ReportWish& wish, ReportPlace& place) {
  return ReportWalk(caller, wish, place).Next();
}

}  // namespace quayside::amazon
