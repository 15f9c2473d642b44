// despatch/1 reconcile: what Amazon shows of packages.
#include <map>
#include <optional>
#include <string>

#include "despatch.h"
#include "despatch_feeds.h"
#include "despatch_finding.h"
#include "order_reader.h"
#include "step_room.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using Finding = pb::DespatchFinding;

constexpr int64_t kAskAgainUs = kMinuteUs;
constexpr int64_t kAskFeedsAgainUs = 5 * kMinuteUs;  // they take hours, and getFeeds is rare

class ReconcileStep {
 public:
  ReconcileStep(const Settings& settings, ServerClock& clock, const pb::ReconcileDespatchRequest& request,
                sdk::Step& step)
      : caller_(settings, clock, step), request_(request) {}

  Result<pb::ReconcileDespatchReply> Run();

 private:
  using MaybeOrder = std::optional<pb::Order>;

  // Null: it could not be read in this step; `later_us_` says when to ask again.
  Result<const MaybeOrder*> OrderOf(const std::string& id);
  Result<Finding> Judge(const pb::DespatchIntent& intent, const pb::Order* order);
  // Of the untracked ones, asked once.
  Result<FeedsOfPackages> Feeds();

  Caller caller_;
  const pb::ReconcileDespatchRequest& request_;
  std::map<std::string, MaybeOrder> orders_;
  std::optional<int64_t> later_us_;
  std::optional<FeedsOfPackages> feeds_;
};

Result<const ReconcileStep::MaybeOrder*> ReconcileStep::OrderOf(const std::string& id) {
  const MaybeOrder* none = nullptr;
  if (const auto known = orders_.find(id); known != orders_.end()) return &std::as_const(known->second);
  if (later_us_.has_value()) return none;
  const int64_t now_us = caller_.NowUs();
  auto read = HasRoom(caller_.step()) ? ReadOrder(caller_, id)
                                      : Result<MaybeOrder>(Error::RetryAt(now_us, "STEP_ENDING", "no time is left"));
  if (read.ok()) return &std::as_const(orders_.emplace(id, std::move(read.value())).first->second);
  if (orders_.empty()) return std::move(read.error());
  later_us_ = read.error().retry_at_us != 0 ? read.error().retry_at_us : now_us + kAskAgainUs;
  return none;
}

Result<FeedsOfPackages> ReconcileStep::Feeds() {
  if (feeds_.has_value()) return *feeds_;
  FeedSearch search{.sent_from_us = request_.sent_from_us() > 0 ? request_.sent_from_us() : request_.sent_until_us(),
                    .sent_to_us = request_.sent_until_us(),
                    .known_feeds = {},
                    .marketplaces = {}};
  for (const pb::DespatchIntent& intent : request_.intents()) {
    if (intent.tracking_number().empty()) search.marketplaces.push_back(intent.marketplace());
  }
  auto feeds = LookAtFeeds(caller_, search);
  if (!feeds.ok() && feeds.error().status != QS_RETRY) return std::move(feeds.error());
  feeds_ = feeds.ok() ? std::move(feeds.value())
                      : FeedsOfPackages{.all_over = false, .words = "the feeds cannot be looked at now"};
  return *feeds_;
}

Result<Finding> ReconcileStep::Judge(const pb::DespatchIntent& intent, const pb::Order* order) {
  const bool was_sent = request_.sent_until_us() > 0;
  const int64_t now_us = caller_.NowUs();
  bool certain = !was_sent || now_us >= request_.sent_until_us() + kPackageShowsUs;
  Finding finding = FindPackage(intent, order, certain);
  int64_t again_us = now_us + kAskAgainUs;
  const bool may_be_in_a_feed = was_sent && intent.tracking_number().empty();
  if (may_be_in_a_feed && certain && FindPackage(intent, order, false).state() == Finding::STATE_UNDECIDED) {
    QS_TRY(const FeedsOfPackages feeds, Feeds());
    if (!feeds.all_over) {
      finding = FindPackage(intent, order, false);
      finding.set_message(finding.message() + "; " + feeds.words);
      again_us = now_us + kAskFeedsAgainUs;
    }
  }
  if (finding.state() == Finding::STATE_UNDECIDED) finding.set_ask_again_us(again_us);
  return finding;
}

Result<pb::ReconcileDespatchReply> ReconcileStep::Run() {
  pb::ReconcileDespatchReply reply;
  for (const pb::DespatchIntent& intent : request_.intents()) {
    QS_TRY(const MaybeOrder* order, OrderOf(intent.order_external_id()));
    if (order == nullptr) {
      Finding& finding = *reply.add_findings();
      finding.set_intent_id(intent.intent_id());
      finding.set_state(Finding::STATE_UNDECIDED);
      finding.set_ask_again_us(*later_us_);
      continue;
    }
    QS_TRY(*reply.add_findings(), Judge(intent, order->has_value() ? &**order : nullptr));
  }
  return reply;
}

}  // namespace

Result<pb::ReconcileDespatchReply> ReconcileDespatch(const Settings& settings, ServerClock& clock,
                                                     const pb::ReconcileDespatchRequest& request, sdk::Step& step) {
  return ReconcileStep(settings, clock, request, step).Run();
}

}  // namespace quayside::amazon
