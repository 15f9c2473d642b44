#include "order_report.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "caller.h"
#include "cursor_codec.h"
#include "documents.h"
#include "errors.h"
#include "order_report_position.h"
#include "report_lines.h"
#include "report_run.h"
#include "reports_api.h"
#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using Reply = pb::EnumerateOrdersReply;

constexpr int64_t kLookAgainAfterUs = kMinuteUs;
constexpr int64_t kMaxOrderReportBytes = int64_t{2} << 30;
// A page: some thousand lines.
constexpr int32_t kPieceBytes = 1 << 20;
constexpr std::string_view kMarkOfUtf8 = "\xEF\xBB\xBF";

class OrderReportStep {
 public:
  OrderReportStep(Caller& caller, std::string lane, OrderReportPosition position)
      : caller_(caller), step_(caller.step()), lane_(std::move(lane)), position_(std::move(position)) {}

  Result<Reply> Run();

 private:
  Result<Reply> Look();
  Result<Reply> Order();
  Result<Reply> OnOrdered(const pb::HttpReply& answer, int64_t asked_us);
  Result<Reply> SettleOrder();
  Result<Reply> AwaitReport();
  Result<Reply> OnStatus(const ReportInfo& info);
  Result<Reply> FetchText();
  Result<Reply> OnFetched(const pb::FetchedDocument& fetched);
  Result<Reply> ReadPiece();
  // Empty, or why the report cannot be read.
  std::string TakeLines(const pb::DocumentChunk& chunk, Reply& reply);
  std::string TakeHeader(std::string_view line);
  void TakeLine(std::string_view line, Reply& reply);

  void Adopt(const ReportInfo& info);
  Result<Reply> BeginSettling(int64_t asked_us);
  Result<Reply> GoOn(std::string progress) { return Finish({}, std::move(progress), true); }
  Result<Reply> WaitFor(int64_t wait_us, std::string progress);
  Result<Reply> GiveUp(Reply reply, bool spent, const std::string& why);
  Result<Reply> Finish(Reply reply, std::string progress, bool more);
  [[nodiscard]] std::string Name() const { return "report " + position_.id + " of orders"; }
  [[nodiscard]] OrderSpan Span() const { return {position_.marketplaces, position_.from_us, position_.to_us}; }

  Caller& caller_;
  sdk::Step& step_;
  const std::string lane_;
  OrderReportPosition position_;
  std::set<std::string, std::less<>> ids_;  // of this page
};

Result<Reply> OrderReportStep::Run() {
  switch (position_.stage) {
    case ReportStage::kLook:
      return Look();
    case ReportStage::kSettle:
      return SettleOrder();
    case ReportStage::kWait:
      return AwaitReport();
    case ReportStage::kFetch:
      return FetchText();
    case ReportStage::kRead:
      return ReadPiece();
  }
  return Error::Internal("a report is in no stage");
}

void OrderReportStep::Adopt(const ReportInfo& info) {
  position_.stage = ReportStage::kWait;
  position_.id = info.id;
  position_.created_us = info.created_us;
  position_.wait_us = caller_.ServerNowUs();
  position_.polls = 0;
}

Result<Reply> OrderReportStep::Look() {
  // What lies in the span cannot be in a report that is older than its end.
  const int64_t since_us = std::max(position_.to_us, position_.spent_us + 1);
  QS_TRY(const auto reports, FindOrderReports(caller_, Span(), since_us));
  const ReportInfo* newest = NewestReport(reports);
  if (newest == nullptr) return Order();
  Adopt(*newest);
  return GoOn(Name() + " will do");
}

Result<Reply> OrderReportStep::Order() {
  const int64_t asked_us = caller_.ServerNowUs();
  const auto answer = caller_.Write(CreateOrderReportRequest(caller_.settings(), Span()));
  if (answer.ok()) return OnOrdered(answer.value(), asked_us);
  if (WasNotSent(answer.error())) return answer.error();
  return BeginSettling(asked_us);
}

Result<Reply> OrderReportStep::OnOrdered(const pb::HttpReply& answer, int64_t asked_us) {
  if (answer.status() >= 200 && answer.status() < 300) {
    const ReportInfo ordered{.id = ReadReportId(answer)};
    if (ordered.id.empty()) return BeginSettling(asked_us);
    Adopt(ordered);
    return WaitFor(ReportWaitUs(0), Name() + " is asked for");
  }
  Error error = ErrorFrom(answer, kCreateReport, caller_.NowUs());
  if (error.status == QS_INVALID || error.status == QS_NOT_FOUND)
    return GiveUp({}, false, "Amazon makes no report of orders: " + error.message);
  if (answer.status() >= 500) return BeginSettling(asked_us);
  return error;
}

Result<Reply> OrderReportStep::BeginSettling(int64_t asked_us) {
  position_.stage = ReportStage::kSettle;
  position_.asked_us = asked_us;
  return WaitFor(kLookAgainAfterUs, "a report of orders was asked for and the answer was lost; looking for it");
}

Result<Reply> OrderReportStep::SettleOrder() {
  QS_TRY(const auto reports, FindOrderReports(caller_, Span(), position_.asked_us));
  if (const ReportInfo* newest = NewestReport(reports)) {
    Adopt(*newest);
    return GoOn(Name() + " was asked for");
  }
  if (caller_.ServerNowUs() < position_.asked_us + kReportVisibleUs)
    return WaitFor(kLookAgainAfterUs, "the report of orders that was asked for does not show yet");
  position_.stage = ReportStage::kLook;
  return GoOn("the report of orders was never asked for");
}

Result<Reply> OrderReportStep::AwaitReport() {
  auto info = GetReport(caller_, position_.id);
  if (info.ok()) return OnStatus(info.value());
  if (info.error().status == QS_INVALID) return GiveUp({}, true, info.error().message);
  if (info.error().status != QS_NOT_FOUND) return std::move(info.error());
  // Just ordered, it may not show at once.
  return OnStatus({.id = position_.id, .status = "NOT_FOUND", .created_us = position_.created_us});
}

Result<Reply> OrderReportStep::OnStatus(const ReportInfo& info) {
  position_.created_us = info.created_us;
  if (info.status == "DONE") {
    if (info.document_id.empty()) return GiveUp({}, true, Name() + " is DONE without a document");
    position_.stage = ReportStage::kFetch;
    position_.document_id = info.document_id;
    return GoOn(Name() + " is DONE");
  }
  if (info.status == "CANCELLED") return Finish({}, Name() + " has no lines", false);
  if (info.status == "FATAL") return GiveUp({}, true, Name() + " ended FATAL");
  if (caller_.ServerNowUs() >= position_.wait_us + kReportPatienceUs)
    return GiveUp({}, false, Name() + " is " + info.status + " for too long");
  return WaitFor(ReportWaitUs(++position_.polls), "waiting for " + Name() + ", " + info.status);
}

Result<Reply> OrderReportStep::FetchText() {
  const std::string name = DocumentName("orders-", position_.id);
  if (name.empty()) return GiveUp({}, true, "a report's id is too long");
  auto address = GetReportDocument(caller_, position_.document_id);
  if (!address.ok() && (address.error().status == QS_INVALID || address.error().status == QS_NOT_FOUND))
    return GiveUp({}, true, address.error().message);
  if (!address.ok()) return std::move(address.error());
  auto fetched =
      Fetch(step_, address.value(), name, {CharsetOfReport(position_.marketplaces.front()), kMaxOrderReportBytes});
  if (!fetched.ok() && fetched.error().status == QS_INVALID)
    return GiveUp({}, true, Name() + " cannot be fetched: " + fetched.error().message);
  if (!fetched.ok()) return std::move(fetched.error());
  position_.document = name;
  return OnFetched(fetched.value());
}

Result<Reply> OrderReportStep::OnFetched(const pb::FetchedDocument& fetched) {
  if (IsExpired(fetched)) {
    if (++position_.refusals > kMaxRefusals)
      return GiveUp({}, true, Name() + " does not lie where Amazon says it does");
    return WaitFor(position_.refusals * kLookAgainAfterUs, "the address of " + Name() + " has expired");
  }
  if (fetched.http_status() != 200) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          "the address of " + Name() + " answered HTTP " + std::to_string(fetched.http_status()));
  }
  if (position_.size != 0 && position_.size != fetched.size())
    return GiveUp({}, true, Name() + " is another one than before");
  position_.size = fetched.size();
  position_.refusals = 0;
  position_.stage = ReportStage::kRead;
  return GoOn("reading " + Name());
}

Result<Reply> OrderReportStep::ReadPiece() {
  pb::ReadDocument request;
  request.set_name(position_.document);
  request.set_offset(position_.offset);
  request.set_max_bytes(kPieceBytes);
  request.set_whole_lines(true);
  auto chunk = step_.Read(request);
  if (!chunk.ok() && chunk.error().status == QS_NOT_FOUND) {
    // Older than the host keeps documents, or lost: the same one again, from the same line.
    position_.stage = ReportStage::kFetch;
    return GoOn("fetching " + Name() + " again");
  }
  if (!chunk.ok()) return std::move(chunk.error());
  Reply reply;
  if (const std::string why = TakeLines(chunk.value(), reply); !why.empty())
    return GiveUp(std::move(reply), true, Name() + ": " + why);
  const std::string lines = ", " + std::to_string(position_.lines) + " lines";
  if (!chunk.value().end()) return Finish(std::move(reply), "reading " + Name() + lines, true);
  if (position_.offset != position_.size) return GiveUp(std::move(reply), true, Name() + " ended before its last byte");
  step_.Release(position_.document);
  return Finish(std::move(reply), Name() + " is read" + lines, false);
}

std::string OrderReportStep::TakeLines(const pb::DocumentChunk& chunk, Reply& reply) {
  const std::string_view text = chunk.data();
  if (text.find('\n') == std::string_view::npos && !chunk.end()) return "a line is longer than any order's";
  LineCutter lines(text, chunk.end());
  std::string_view line;
  while (lines.Next(line)) {
    if (++position_.lines > 1) {
      if (!line.empty()) TakeLine(line, reply);
    } else if (std::string why = TakeHeader(line); !why.empty()) {
      return why;
    }
  }
  position_.offset += static_cast<int64_t>(lines.taken());
  return position_.lines == 0 ? "it has no header" : std::string();
}

std::string OrderReportStep::TakeHeader(std::string_view line) {
  if (line.substr(0, kMarkOfUtf8.size()) == kMarkOfUtf8) line.remove_prefix(kMarkOfUtf8.size());
  if (!IsUtf8(line)) return "the header is no valid UTF-8";
  auto found = FindOrderColumns(line);
  if (const auto* why = std::get_if<std::string>(&found)) return *why;
  position_.columns = std::get<OrderColumns>(found);
  return {};
}

void OrderReportStep::TakeLine(std::string_view line, Reply& reply) {
  pb::EnumeratedOrder order;
  const std::string problem = ReadOrderLine(line, position_.columns, order);
  if (!problem.empty()) {
    // Nothing of the line itself: it may say where somebody lives.
    pb::BadRecord& bad = *reply.add_bad_records();
    bad.set_key(Name() + " line " + std::to_string(position_.lines));
    bad.set_reason("line " + std::to_string(position_.lines) + ": " + problem);
    return;
  }
  if (order.external_id() == position_.last_id) return;
  position_.last_id = order.external_id();
  if (ids_.insert(order.external_id()).second) *reply.add_orders() = std::move(order);
}

Result<Reply> OrderReportStep::WaitFor(int64_t wait_us, std::string progress) {
  Reply reply;
  reply.set_next_poll_us(caller_.NowUs() + wait_us);
  return Finish(std::move(reply), std::move(progress), true);
}

Result<Reply> OrderReportStep::GiveUp(Reply reply, bool spent, const std::string& why) {
  if (!position_.document.empty()) step_.Release(position_.document);
  step_.Warning("a report of orders is of no use; another one is asked for later", {{"why", why}});
  GiveUpOrderReport(position_, spent);
  reply.set_next_poll_us(caller_.NowUs() + OrderReportPauseUs(position_));
  return Finish(std::move(reply), why, true);
}

Result<Reply> OrderReportStep::Finish(Reply reply, std::string progress, bool more) {
  reply.set_progress(std::move(progress));
  reply.set_has_more(more);
  QS_TRY(*reply.mutable_next_cursor(), EncodeOrderReport(lane_, position_));
  return reply;
}

// The span's position: that of the cursor, or the beginning.
Result<OrderReportPosition> PositionOf(const Settings& settings, const std::string& lane,
                                       const pb::EnumerateOrdersRequest& request) {
  if (!IsFirstCall(request.cursor())) return DecodeOrderReport(lane, request.cursor());
  std::vector<std::string> marketplaces(request.marketplaces().begin(), request.marketplaces().end());
  if (marketplaces.empty()) marketplaces = settings.marketplaces;
  if (marketplaces.empty())
    return Error::Invalid("NO_MARKETPLACE", "the account has no marketplace to read orders of", "marketplaces");
  OrderReportPosition position =
      BeginOrderReport(request.changed_from_us(), request.changed_to_us(), std::move(marketplaces));
  if (position.to_us <= position.from_us)
    return Error::Invalid("SPAN_EMPTY", "the span is no longer than a second", "changed_to_us");
  return position;
}

}  // namespace

Result<Reply> EnumerateOrders(const Settings& settings, ServerClock& clock, const pb::EnumerateOrdersRequest& request,
                              sdk::Step& step) {
  const std::string lane = "order-report/" + settings.region + "/" + settings.seller_id;
  QS_TRY(OrderReportPosition position, PositionOf(settings, lane, request));
  Caller caller(settings, clock, step);
  return OrderReportStep(caller, lane, std::move(position)).Run();
}

}  // namespace quayside::amazon
