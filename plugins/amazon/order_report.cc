#include "order_report.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "caller.h"
#include "cursor_codec.h"
#include "order_report_position.h"
#include "report_lines.h"
#include "report_walk.h"
#include "reports_api.h"
#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using Reply = pb::EnumerateOrdersReply;

constexpr int64_t kMaxOrderReportBytes = int64_t{2} << 30;
// A page: some thousand lines.
constexpr int32_t kPieceBytes = 1 << 20;
constexpr char kAboutOrders[] = " of orders";
constexpr std::string_view kMarkOfUtf8 = "\xEF\xBB\xBF";

class OrderReportStep {
 public:
  OrderReportStep(Caller& caller, std::string lane, OrderReportPosition position)
      : caller_(caller), step_(caller.step()), lane_(std::move(lane)), position_(std::move(position)) {}

  Result<Reply> Run();

 private:
  Result<Reply> WalkOn(const ReportWish& wish);
  Result<Reply> ReadPiece();
  // Empty, or why the report cannot be read.
  std::string TakeLines(const pb::DocumentChunk& chunk, Reply& reply);
  std::string TakeHeader(std::string_view line);
  void TakeLine(std::string_view line, Reply& reply);

  Result<Reply> GoOn(std::string progress) { return Finish({}, std::move(progress), true); }
  Result<Reply> WaitFor(int64_t wait_us, std::string progress);
  Result<Reply> GiveUp(Reply reply, bool spent, const std::string& why);
  Result<Reply> Finish(Reply reply, std::string progress, bool more);
  [[nodiscard]] std::string Name() const { return ReportName(position_.place, kAboutOrders); }

  Caller& caller_;
  sdk::Step& step_;
  const std::string lane_;
  OrderReportPosition position_;
  std::set<std::string, std::less<>> ids_;  // of this page
};

Result<Reply> OrderReportStep::Run() {
  if (position_.place.stage == ReportStage::kRead) return ReadPiece();
  const OrderSpan span{position_.marketplaces, position_.from_us, position_.to_us};
  return WalkOn({.about = kAboutOrders,
                 .find = [&](int64_t since_us) { return FindOrderReports(caller_, span, since_us); },
                 .order = [&] { return CreateOrderReportRequest(caller_.settings(), span); },
                 // What lies in the span cannot be in a report that is older than its end.
                 .since_us = std::max(position_.to_us, position_.spent_us + 1),
                 .marketplace = position_.marketplaces.front(),
                 .document_prefix = "orders-",
                 .max_bytes = kMaxOrderReportBytes});
}

Result<Reply> OrderReportStep::WalkOn(const ReportWish& wish) {
  QS_TRY(ReportNews news, WalkToReport(caller_, wish, position_.place));
  switch (news.turn) {
    case ReportTurn::kGoOn:
      return GoOn(std::move(news.text));
    case ReportTurn::kWait:
      return WaitFor(news.wait_us, std::move(news.text));
    case ReportTurn::kUseless:
      return GiveUp({}, news.spent, news.text);
    case ReportTurn::kWithoutLines:
      return Finish({}, Name() + " has no lines", false);
  }
  return Error::Internal("a report's way has no end");
}

Result<Reply> OrderReportStep::ReadPiece() {
  pb::ReadDocument request;
  request.set_name(position_.place.document);
  request.set_offset(position_.place.offset);
  request.set_max_bytes(kPieceBytes);
  request.set_whole_lines(true);
  auto chunk = step_.Read(request);
  if (!chunk.ok() && chunk.error().status == QS_NOT_FOUND) {
    // Older than the host keeps documents, or lost: the same one again, from the same line.
    position_.place.stage = ReportStage::kFetch;
    return GoOn("fetching " + Name() + " again");
  }
  if (!chunk.ok()) return std::move(chunk.error());
  Reply reply;
  if (const std::string why = TakeLines(chunk.value(), reply); !why.empty())
    return GiveUp(std::move(reply), true, Name() + ": " + why);
  const std::string lines = ", " + std::to_string(position_.place.lines) + " lines";
  if (!chunk.value().end()) return Finish(std::move(reply), "reading " + Name() + lines, true);
  if (position_.place.offset != position_.place.size)
    return GiveUp(std::move(reply), true, Name() + " ended before its last byte");
  step_.Release(position_.place.document);
  return Finish(std::move(reply), Name() + " is read" + lines, false);
}

std::string OrderReportStep::TakeLines(const pb::DocumentChunk& chunk, Reply& reply) {
  const std::string_view text = chunk.data();
  if (text.find('\n') == std::string_view::npos && !chunk.end()) return "a line is longer than any order's";
  LineCutter lines(text, chunk.end());
  std::string_view line;
  while (lines.Next(line)) {
    if (++position_.place.lines > 1) {
      if (!line.empty()) TakeLine(line, reply);
    } else if (std::string why = TakeHeader(line); !why.empty()) {
      return why;
    }
  }
  position_.place.offset += static_cast<int64_t>(lines.taken());
  return position_.place.lines == 0 ? "it has no header" : std::string();
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
    bad.set_key(Name() + " line " + std::to_string(position_.place.lines));
    bad.set_reason("line " + std::to_string(position_.place.lines) + ": " + problem);
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
  if (!position_.place.document.empty()) step_.Release(position_.place.document);
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
