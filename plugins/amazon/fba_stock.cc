#include "fba_stock.h"

#include <boost/json.hpp>
#include <set>

#include "caller.h"
#include "client.h"
#include "cursor_codec.h"
#include "errors.h"
#include "fba_position.h"
#include "json_fields.h"
#include "order_decoder.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kPath[] = "/fba/inventory/v1/summaries";
constexpr int32_t kUsualPage = 500;  // SKUs of one step; Amazon gives 50 in one page
constexpr int kMaxSkusAtOnce = 50;
constexpr int64_t kTokenLivesUs = 25 * kSecondUs;  // Amazon says 30
constexpr int64_t kPassEveryUs = kDayUs;
constexpr int64_t kDeltaEveryUs = 15 * kMinuteUs;
constexpr int64_t kOverlapUs = 15 * kMinuteUs;  // Amazon shows changes late
constexpr int64_t kFurthestBackUs = 540 * kDayUs;

int64_t Total(JsonFields& fields, const json::object& details, std::string_view group, std::string_view total) {
  const json::object* object = fields.GetObject(details, group);
  return object == nullptr ? 0 : fields.GetCount(*object, total, 0);
}

// False: `problem` says why the summary is bad.
bool DecodeSummary(const json::object& summary, pb::CentreStock& stock, std::string& problem) {
  JsonFields fields;
  stock.set_sku(std::string(fields.NeedText(summary, "sellerSku")));
  stock.set_product_id(std::string(fields.GetText(summary, "asin")));
  stock.set_centre_sku(std::string(fields.GetText(summary, "fnSku")));
  stock.set_title(std::string(fields.GetText(summary, "productName")));
  stock.set_condition(std::string(fields.GetText(summary, "condition")));
  stock.set_updated_us(fields.GetTime(summary, "lastUpdatedTime"));
  if (const json::object* details = fields.GetObject(summary, "inventoryDetails")) {
    stock.set_fulfillable(fields.GetCount(*details, "fulfillableQuantity", 0));
    stock.set_inbound(int64_t{fields.GetCount(*details, "inboundWorkingQuantity", 0)} +
                      fields.GetCount(*details, "inboundShippedQuantity", 0) +
                      fields.GetCount(*details, "inboundReceivingQuantity", 0));
    stock.set_reserved(Total(fields, *details, "reservedQuantity", "totalReservedQuantity"));
    stock.set_unfulfillable(Total(fields, *details, "unfulfillableQuantity", "totalUnfulfillableQuantity"));
    stock.set_researching(Total(fields, *details, "researchingQuantity", "totalResearchingQuantity"));
  } else {
    // Without its details nothing says what could be shipped.
    fields.Fail("inventoryDetails", "is missing");
  }
  problem = fields.problem();
  return fields.ok();
}

// One answer: its SKUs go into the reply; the token of the next page. False: it is no such answer.
bool TakePage(const pb::HttpReply& answer, pb::PullStockReply& reply, std::string& next_token) {
  json::monotonic_resource memory;
  const auto page = ParsePage(answer.body(), memory);
  if (!page) return false;
  JsonFields fields;
  const json::object* payload = fields.GetObject(page->get_object(), "payload");
  const json::array* summaries = payload != nullptr ? fields.GetArray(*payload, "inventorySummaries") : nullptr;
  if (summaries == nullptr) return false;
  size_t position = 0;
  for (const json::value& element : *summaries) {
    std::string problem = "the summary is no object";
    pb::CentreStock stock;
    if (element.is_object() && DecodeSummary(element.get_object(), stock, problem)) {
      *reply.add_stock() = std::move(stock);
    } else {
      std::string key = stock.sku().empty() ? "inventorySummaries[" + std::to_string(position) + "]" : stock.sku();
      *reply.add_bad_records() = MakeBadRecord(element, std::move(key), problem);
    }
    ++position;
  }
  const json::object* pagination = fields.GetObject(page->get_object(), "pagination");
  next_token = pagination != nullptr ? std::string(fields.GetText(*pagination, "nextToken")) : std::string();
  return fields.ok();
}

class StockStep {
 public:
  StockStep(const Settings& settings, ServerClock& clock, const pb::PullStockRequest& request, sdk::Step& step)
      : caller_(settings, clock, step),
        request_(request),
        lane_("stock/" + settings.region + "/" + settings.seller_id + "/" + request.stock_pool()) {}

  Result<pb::PullStockReply> Pull();
  // Single SKUs, whatever the position, which stays.
  Result<pb::PullStockReply> Check();

 private:
  // The pass or delta to be read now, when none is under way.
  void Begin();
  void BeginAgain();
  // Reads one page into the reply. An error: nothing was read.
  std::optional<Error> ReadPage();
  void Finish();
  // One call for single SKUs. An error: nothing was learned.
  std::optional<Error> CheckSome(const char* parameter, const std::string& value);

  Caller caller_;
  const pb::PullStockRequest& request_;
  const std::string lane_;
  StockPosition position_;
  pb::PullStockReply reply_;
};

void StockStep::Begin() {
  const int64_t now_us = caller_.ServerNowUs();
  position_.reading = true;
  position_.began_us = now_us;
  position_.done = 0;
  position_.token.clear();
  const bool complete = position_.read_until_us == 0 || request_.want_pass() || now_us >= position_.next_pass_us ||
                        now_us - position_.read_until_us >= kFurthestBackUs;
  position_.changed_from_us = complete ? 0 : FloorSecond(position_.read_until_us - kOverlapUs);
  position_.pass_id = complete ? FormatTime(now_us) + "-" + std::to_string(++position_.serial) : std::string();
}

// What was read of it proves nothing: a complete pass gets a new id.
void StockStep::BeginAgain() {
  position_.began_us = caller_.ServerNowUs();
  position_.done = 0;
  position_.token.clear();
  if (position_.changed_from_us == 0)
    position_.pass_id = FormatTime(position_.began_us) + "-" + std::to_string(++position_.serial);
}

std::optional<Error> StockStep::ReadPage() {
  pb::HttpRequest request = SummariesRequest(caller_.settings(), request_.marketplace());
  // The start goes with the token as well: without it the answer is wrong.
  if (position_.changed_from_us > 0) AddQuery(request, "startDateTime", FormatTime(position_.changed_from_us));
  if (!position_.token.empty()) AddQuery(request, "nextToken", position_.token);
  const auto answer = caller_.Read(request);
  if (!answer.ok()) return answer.error();
  if (answer.value().status() != 200) return ErrorFrom(answer.value(), kSummaries, caller_.NowUs());
  const int before = reply_.stock_size() + reply_.bad_records_size();
  std::string token;
  if (!TakePage(answer.value(), reply_, token)) return Unreadable(answer.value(), kSummaries);
  position_.done += reply_.stock_size() + reply_.bad_records_size() - before;
  if (!token.empty() && token == position_.token) {
    // It would never end.
    BeginAgain();
    return Error::RetryAt(0, "PAGE_REPEATED", "Amazon gave the same page twice; the pass begins anew");
  }
  position_.token = std::move(token);
  position_.token_us = caller_.NowUs();
  return std::nullopt;
}

void StockStep::Finish() {
  if (position_.changed_from_us == 0) {
    reply_.set_pass_complete(true);
    position_.next_pass_us = position_.began_us + kPassEveryUs;
  }
  position_.read_until_us = position_.began_us;
  position_.reading = false;
  position_.pass_id.clear();
  reply_.set_next_poll_us(caller_.NowUs() + kDeltaEveryUs);
}

Result<pb::PullStockReply> StockStep::Pull() {
  if (!IsFirstCall(request_.cursor())) {
    QS_TRY(position_, DecodeStockPosition(lane_, request_.cursor()));
  }
  if (!position_.reading) Begin();
  if (!position_.token.empty() && caller_.NowUs() - position_.token_us > kTokenLivesUs) BeginAgain();
  const std::string pass_id = position_.pass_id;
  const int32_t wanted = request_.page_size() > 0 ? request_.page_size() : kUsualPage;
  bool over = false;
  bool again = false;
  while (!over && reply_.stock_size() + reply_.bad_records_size() < wanted) {
    const bool continues = !position_.token.empty();
    if (auto error = ReadPage()) {
      // A token that is refused is a dead one. What this step read of the pass before is handed over; it is no loss.
      if (continues && error->status == QS_INVALID) {
        BeginAgain();
        again = true;
        break;
      }
      if (reply_.stock_size() + reply_.bad_records_size() == 0) return *std::move(error);
      reply_.set_next_poll_us(error->retry_at_us);
      again = true;
      break;
    }
    over = position_.token.empty();
    if (!over && !HasRoom(caller_.step())) break;
  }
  reply_.set_pass_id(pass_id);
  reply_.set_pass_done(position_.done);
  if (over) Finish();
  reply_.set_has_more(!over || again);
  QS_TRY(*reply_.mutable_next_cursor(), EncodeStockPosition(lane_, position_));
  return std::move(reply_);
}

Result<pb::PullStockReply> StockStep::Check() {
  if (request_.skus_size() > kMaxSkusAtOnce)
    return Error::Invalid("TOO_MANY_SKUS", "Amazon answers 50 SKUs at once", "skus");
  // A list goes out comma-separated, so a SKU with a comma goes alone.
  std::vector<std::string> plain;
  for (const std::string& sku : request_.skus()) {
    if (sku.find(',') == std::string::npos) {
      plain.push_back(sku);
    } else if (auto error = CheckSome("sellerSku", sku)) {
      return *std::move(error);
    }
  }
  if (!plain.empty()) {
    if (auto error = CheckSome("sellerSkus", Csv(plain))) return *std::move(error);
  }
  std::set<std::string> seen;
  for (const pb::CentreStock& stock : reply_.stock()) seen.insert(stock.sku());
  for (const pb::BadRecord& bad : reply_.bad_records()) seen.insert(bad.key());
  for (const std::string& sku : request_.skus()) {
    if (seen.contains(sku)) continue;
    pb::CentreStock& stock = *reply_.add_stock();
    stock.set_sku(sku);
    stock.set_absent(true);
  }
  *reply_.mutable_next_cursor() = request_.cursor();
  return std::move(reply_);
}

std::optional<Error> StockStep::CheckSome(const char* parameter, const std::string& value) {
  pb::HttpRequest request = SummariesRequest(caller_.settings(), request_.marketplace());
  AddQuery(request, parameter, value);
  const auto answer = caller_.Read(request);
  if (!answer.ok()) return answer.error();
  if (answer.value().status() != 200) return ErrorFrom(answer.value(), kSummaries, caller_.NowUs());
  std::string token;
  // More pages than SKUs were asked for would be another answer.
  if (!TakePage(answer.value(), reply_, token) || !token.empty()) return Unreadable(answer.value(), kSummaries);
  return std::nullopt;
}

}  // namespace

pb::HttpRequest SummariesRequest(const Settings& settings, const std::string& marketplace) {
  pb::HttpRequest request = NewRequest(settings, kSummaries, "GET", kPath);
  AddQuery(request, "granularityType", "Marketplace");
  AddQuery(request, "granularityId", marketplace);
  AddQuery(request, "marketplaceIds", marketplace);
  AddQuery(request, "details", "true");
  return request;
}

Result<pb::PullStockReply> PullStock(const Settings& settings, ServerClock& clock, const pb::PullStockRequest& request,
                                     sdk::Step& step) {
  StockStep stock(settings, clock, request, step);
  return request.skus().empty() ? stock.Pull() : stock.Check();
}

}  // namespace quayside::amazon
