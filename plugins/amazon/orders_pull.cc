#include "orders_pull.h"

#include <algorithm>
#include <boost/json.hpp>

#include "client.h"
#include "cursor_codec.h"
#include "errors.h"
#include "json_fields.h"
#include "order_decoder.h"
#include "orders_api.h"
#include "orders_window.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr char kSearch[] = "searchOrders";
constexpr int kMaxPageSize = 100;

// One `pull`: what it was asked, where it stands, what it answers.
class PullStep {
 public:
  PullStep(const Settings& settings, ServerClock& clock, const std::string& lane, const pb::PullOrdersRequest& request,
           sdk::Step& step)
      : settings_(settings), clock_(clock), lane_(lane), request_(request), step_(step) {}

  Result<pb::PullOrdersReply> Run();

 private:
  Result<std::string> Marketplaces() const;
  [[nodiscard]] bool AsksForMore() const;
  [[nodiscard]] pb::HttpRequest PageRequest() const;
  Result<pb::PullOrdersReply> OnAnswer(const pb::HttpReply& answer);
  Result<pb::PullOrdersReply> OnPage(const pb::HttpReply& answer);
  Result<pb::PullOrdersReply> OnRefusal(const pb::HttpReply& answer);
  Result<pb::PullOrdersReply> Restart(bool outlived, const char* why);
  Result<pb::PullOrdersReply> Finish(pb::PullOrdersReply reply, bool has_more);
  [[nodiscard]] int64_t NextPoll() const;
  [[nodiscard]] DecodeOptions Decoding() const;

  const Settings& settings_;
  ServerClock& clock_;
  const std::string& lane_;
  const pb::PullOrdersRequest& request_;
  sdk::Step& step_;
  int64_t now_us_ = 0;
  OrdersPosition position_;
};

Result<pb::PullOrdersReply> PullStep::Run() {
  if (IsFirstCall(request_.cursor())) {
    position_ = FirstPosition(request_.changed_from_us(), request_.changed_to_us());
  } else {
    QS_TRY(position_, DecodeOrdersPosition(lane_, request_.cursor()));
  }
  now_us_ = step_.NowUs();
  // What this process has seen of Amazon's clock is fresher than what the cursor remembers.
  if (!clock_.offset_us) clock_.offset_us = position_.clock_offset_us;

  if (position_.sequence && AsksForMore()) position_.sequence.reset();
  if (!position_.sequence) {
    position_.sequence = NextWindow(position_, clock_.ServerTime(now_us_));
    if (!position_.sequence) return Finish({}, false);
    QS_TRY(position_.sequence->marketplaces, Marketplaces());
    position_.sequence->included_data = request_.without_personal_data() ? kIncludedDataWithoutPeople : kIncludedData;
  } else if (!position_.sequence->token.empty() && now_us_ - position_.sequence->token_us >= kTokenLifeUs) {
    return Restart(true, "the page token is older than Amazon keeps it");
  }
  QS_TRY(const pb::HttpReply answer, Read(step_, PageRequest()));
  return OnAnswer(answer);
}

// As asked, else all of the account's; frozen for the window.
Result<std::string> PullStep::Marketplaces() const {
  std::vector<std::string> wanted(request_.marketplaces().begin(), request_.marketplaces().end());
  if (wanted.empty()) wanted = settings_.marketplaces;
  if (wanted.empty())
    return Error::Invalid("NO_MARKETPLACE", "the account has no marketplace to read orders of", "marketplaces");
  return Csv(wanted);
}

// Than the account's: a channel was switched off since the window was begun, and nothing may go there any more. Its
// token would not do for fewer, so the window begins again.
bool PullStep::AsksForMore() const {
  if (!request_.marketplaces().empty()) return false;
  const std::vector<std::string>& ours = settings_.marketplaces;
  for (std::string_view rest = position_.sequence->marketplaces; !rest.empty();) {
    const std::string_view asked = rest.substr(0, rest.find(','));
    if (std::find(ours.begin(), ours.end(), asked) == ours.end()) return true;
    rest.remove_prefix(std::min(rest.size(), asked.size() + 1));
  }
  return false;
}

pb::HttpRequest PullStep::PageRequest() const {
  const OrdersSequence& window = *position_.sequence;
  const int page_size = request_.page_size() <= 0 ? kMaxPageSize : std::min(request_.page_size(), kMaxPageSize);
  pb::HttpRequest request = NewRequest(settings_, kSearch, "GET", kOrdersPath);
  AddQuery(request, "lastUpdatedAfter", FormatTime(window.after_us));
  AddQuery(request, "lastUpdatedBefore", FormatTime(window.before_us));
  AddQuery(request, "marketplaceIds", window.marketplaces);
  AddQuery(request, "includedData", window.included_data);
  AddQuery(request, "maxResultsPerPage", std::to_string(page_size));
  if (!window.token.empty()) AddQuery(request, "paginationToken", window.token);
  return request;
}

Result<pb::PullOrdersReply> PullStep::OnAnswer(const pb::HttpReply& answer) {
  now_us_ = step_.NowUs();
  clock_.Learn(answer, now_us_);
  if (answer.status() == 200) return OnPage(answer);
  if (answer.status() == 400) return OnRefusal(answer);
  return ErrorFrom(answer, kSearch, now_us_);
}

Result<pb::PullOrdersReply> PullStep::OnRefusal(const pb::HttpReply& answer) {
  const OrdersSequence& window = *position_.sequence;
  if (!window.token.empty()) return Restart(false, "Amazon refuses the page token");
  // The host's clock was too far ahead to know what Amazon calls two minutes ago. Now it is known: plan anew.
  if (answer.server_time_us() > 0 && window.before_us > answer.server_time_us() - kRefusedUs) {
    position_.sequence.reset();
    return Finish({}, true);
  }
  return ErrorFrom(answer, kSearch, now_us_);
}

Result<pb::PullOrdersReply> PullStep::OnPage(const pb::HttpReply& answer) {
  json::monotonic_resource memory(std::max<size_t>(answer.body().size(), 4096));
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* orders = page ? fields.GetArray(page->get_object(), "orders") : nullptr;
  const json::object* pagination = page ? fields.GetObject(page->get_object(), "pagination") : nullptr;
  const std::string next_token(pagination == nullptr ? std::string_view() : fields.GetText(*pagination, "nextToken"));
  const int64_t applied_us = page ? fields.GetTime(page->get_object(), "lastUpdatedBefore") : 0;
  if (orders == nullptr || !fields.ok()) return Unreadable(answer, kSearch);

  OrdersSequence& window = *position_.sequence;
  std::string first_id;
  if (!orders->empty() && orders->front().is_object())
    first_id = fields.GetText(orders->front().get_object(), "orderId");
  if (!window.token.empty() && ((!first_id.empty() && first_id == window.first_id) || next_token == window.token)) {
    return Restart(false, "Amazon serves the same page again");
  }

  pb::PullOrdersReply reply;
  reply.mutable_orders()->Reserve(static_cast<int>(orders->size()));
  const DecodeOptions decoding = Decoding();
  for (size_t i = 0; i < orders->size(); ++i) DecodeInto(reply, (*orders)[i], i, decoding);

  ++window.pages;
  if (applied_us > 0) window.until_us = std::min(window.until_us, FloorSecond(applied_us));
  if (!next_token.empty()) {
    window.token = next_token;
    window.token_us = now_us_;
    if (!first_id.empty()) window.first_id = first_id;
    return Finish(std::move(reply), true);
  }
  // Amazon may apply an earlier end than asked for; then the rest is not there yet and asking at once would not find
  // it.
  const bool more = window.more_windows && window.until_us == window.before_us;
  CompleteWindow(position_);
  return Finish(std::move(reply), more);
}

Result<pb::PullOrdersReply> PullStep::Restart(bool outlived, const char* why) {
  const OrdersSequence& window = *position_.sequence;
  const int64_t not_before_us = window.token_us + kRestartPauseUs;
  if (!outlived && window.restarts >= kQuickRestarts && now_us_ < not_before_us) {
    return Error::RetryAt(
        not_before_us, "PAGING_BROKEN",
        std::string(why) + "; the window was begun again " + std::to_string(window.restarts) + " times");
  }
  step_.Warning("order window begins again", {{"why", why}, {"restarts", std::to_string(window.restarts + 1)}});
  RestartWindow(position_, outlived);
  return Finish({}, true);
}

Result<pb::PullOrdersReply> PullStep::Finish(pb::PullOrdersReply reply, bool has_more) {
  position_.clock_offset_us = clock_.offset_us;
  reply.set_has_more(has_more);
  if (!has_more) reply.set_next_poll_us(NextPoll());
  QS_TRY(*reply.mutable_next_cursor(), EncodeOrdersPosition(lane_, position_));
  return reply;
}

// 0 when a backfill has reached its end: there is no next time.
int64_t PullStep::NextPoll() const {
  if (position_.to_us != 0 && position_.watermark_us >= position_.to_us) return 0;
  return std::max(now_us_ + kPollUs, clock_.HostTime(position_.watermark_us) + kSettleUs + kSecondUs);
}

DecodeOptions PullStep::Decoding() const {
  const std::string& marketplaces = position_.sequence->marketplaces;
  DecodeOptions options;
  options.personal_data = !request_.without_personal_data();
  if (marketplaces.find(',') == std::string::npos) options.default_marketplace = marketplaces;
  return options;
}

}  // namespace

Orders::Orders(const Settings& settings, ServerClock& clock)
    : settings_(settings), clock_(clock), lane_("orders/" + settings.region + "/" + settings.seller_id) {}

Result<pb::PullOrdersReply> Orders::Pull(const pb::PullOrdersRequest& request, sdk::Step& step) const {
  return PullStep(settings_, clock_, lane_, request, step).Run();
}

}  // namespace quayside::amazon
