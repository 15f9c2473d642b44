// pull_updates: the ids of what changed, page by page, and each order with its shipments. One version of the API lists
// orders with their shipments, the other without: then each is read by its id, and the ids left stand in the cursor.
#include "caller.h"
#include "cursor_codec.h"
#include "outbound.h"
#include "outbound_api.h"
#include "outbound_position.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kUpdatesEveryUs = 10 * kMinuteUs;
constexpr int64_t kUpdatesOverlapUs = 15 * kMinuteUs;  // Amazon shows changes late
constexpr int64_t kListTokenLivesUs = 10 * kMinuteUs;
constexpr size_t kMaxWaitingIds = 1'000;  // what fits into a cursor

class UpdatesStep {
 public:
  UpdatesStep(const Settings& settings, ServerClock& clock, const pb::PullOutboundUpdatesRequest& request,
              sdk::Step& step)
      : caller_(settings, clock, step),
        api_(MakeOutbound(caller_)),
        request_(request),
        lane_("outbound/" + settings.region + "/" + settings.seller_id) {}

  Result<pb::PullOutboundUpdatesReply> Run();

 private:
  void Begin();
  std::optional<Error> List();
  std::optional<Error> ReadNext();
  [[nodiscard]] const std::string& version() const { return caller_.settings().outbound_api; }
  [[nodiscard]] bool IsOver() const { return position_.listed && position_.waiting.empty(); }
  [[nodiscard]] bool HasRead() const { return reply_.states_size() + reply_.bad_records_size() > 0; }

  Caller caller_;
  const std::unique_ptr<OutboundApi> api_;
  const pb::PullOutboundUpdatesRequest& request_;
  const std::string lane_;
  OutboundPosition position_;
  pb::PullOutboundUpdatesReply reply_;
};

void UpdatesStep::Begin() {
  position_.reading = true;
  position_.began_us = caller_.ServerNowUs();
  const int64_t from_us =
      position_.read_until_us > 0 ? position_.read_until_us - kUpdatesOverlapUs : request_.changed_from_us();
  position_.since_us = FloorSecond(from_us > 0 ? from_us : position_.began_us - kDayUs);
  position_.token.clear();
  position_.listed = false;
  position_.waiting.clear();
}

std::optional<Error> UpdatesStep::List() {
  if (!position_.token.empty() && caller_.NowUs() - position_.token_us > kListTokenLivesUs) position_.token.clear();
  auto page = api_->List(position_.since_us, position_.token);
  if (!page.ok() && page.error().status == QS_INVALID && !position_.token.empty()) {
    // A dead token: from the first page again. Handing an order over twice is harmless.
    position_.token.clear();
    page = api_->List(position_.since_us, position_.token);
  }
  if (!page.ok()) return std::move(page.error());
  OutboundPage& read = page.value();
  if (!read.next_token.empty() && read.next_token == position_.token) {
    position_.token.clear();
    return Error::RetryAt(0, "PAGE_REPEATED", "Amazon gave the same page twice; the list is read anew");
  }
  for (pb::BadRecord& bad : read.bad_records) *reply_.add_bad_records() = std::move(bad);
  for (pb::OutboundState& state : read.states) {
    if (read.with_shipments) {
      *reply_.add_states() = std::move(state);
    } else {
      position_.waiting.push_back(state.outbound_id());
    }
  }
  position_.token = std::move(read.next_token);
  position_.token_us = caller_.NowUs();
  position_.listed = position_.token.empty();
  return std::nullopt;
}

std::optional<Error> UpdatesStep::ReadNext() {
  auto state = api_->Get(position_.waiting.front());
  if (!state.ok()) return std::move(state.error());
  // Listed and not known: it went meanwhile; reconcile tells when somebody asks.
  if (state.value().has_value()) *reply_.add_states() = *std::move(state.value());
  position_.waiting.pop_front();
  return std::nullopt;
}

Result<pb::PullOutboundUpdatesReply> UpdatesStep::Run() {
  if (!IsFirstCall(request_.cursor())) {
    QS_TRY(position_, DecodeOutboundPosition(lane_, version(), request_.cursor()));
  }
  if (!position_.reading) Begin();
  const int32_t wanted = request_.page_size() > 0 ? request_.page_size() : 50;
  bool first = true;
  while (!IsOver() && reply_.states_size() < wanted && (first || HasRoom(caller_.step()))) {
    first = false;
    const bool list = position_.waiting.empty() || (!position_.listed && position_.waiting.size() < kMaxWaitingIds / 2);
    if (auto error = list && !position_.listed ? List() : ReadNext()) {
      if (!HasRead()) return *std::move(error);
      reply_.set_next_poll_us(error->retry_at_us);
      break;
    }
  }
  const bool over = IsOver();
  if (over) {
    position_.read_until_us = position_.began_us;
    position_.reading = false;
    reply_.set_next_poll_us(caller_.NowUs() + kUpdatesEveryUs);
  }
  reply_.set_has_more(!over);
  QS_TRY(*reply_.mutable_next_cursor(), EncodeOutboundPosition(lane_, version(), position_));
  return std::move(reply_);
}

}  // namespace

Result<pb::PullOutboundUpdatesReply> PullOutboundUpdates(const Settings& settings, ServerClock& clock,
                                                         const pb::PullOutboundUpdatesRequest& request,
                                                         sdk::Step& step) {
  return UpdatesStep(settings, clock, request, step).Run();
}

}  // namespace quayside::amazon
