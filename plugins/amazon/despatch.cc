#include "despatch.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>

#include "batch.h"
#include "carriers.h"
#include "client.h"
#include "despatch_finding.h"
#include "feed_polls.h"
#include "feed_submit.h"
#include "order_feed_poll.h"
#include "order_feeds.h"
#include "order_reader.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using Finding = pb::DespatchFinding;

constexpr char kConfirm[] = "confirmShipment";
constexpr int kConfirmed = 204;  // the only success there is: a 200 is the page of a gateway
constexpr char kShipPlus[] = "FBM_SHIP_PLUS";
constexpr int64_t kMaxPackageNumber = 2'000'000'000;
constexpr size_t kMostFeedMessages = 1000;  // more make a document that Amazon works on for hours

// Why this intent must not be sent at all, as its outcome; false = it may.
bool RejectUnconfirmable(const pb::DespatchIntent& intent, pb::Outcome& outcome) {
  const bool empty_line = std::any_of(intent.lines().begin(), intent.lines().end(), [](const pb::PackageLine& line) {
    return line.external_line_id().empty() || line.quantity() < 1;
  });
  if (std::find(intent.programs().begin(), intent.programs().end(), kShipPlus) != intent.programs().end()) {
    Reject(outcome, "NOT_CONFIRMABLE", "A Ship+ order is confirmed by Amazon itself when its label is used.");
  } else if (intent.order_external_id().empty() || intent.marketplace().empty()) {
    Reject(outcome, "ORDER_NOT_FOUND", "The despatch names no order of a marketplace.");
  } else if (intent.lines().empty() || empty_line) {
    Reject(outcome, "LINES_INVALID", "A package holds at least one unit of at least one line.");
  } else if (intent.package_number() < 1 || intent.package_number() > kMaxPackageNumber) {
    Reject(outcome, "PACKAGE_NUMBER_INVALID", "A package number is 1 to 2,000,000,000.");
  } else if (intent.carrier_code().empty() && intent.carrier_name().empty()) {
    Reject(outcome, "CARRIER_MISSING", "Amazon wants a carrier: map the postal method to one.");
  } else if (intent.shipped_us() <= 0) {
    Reject(outcome, "SHIP_TIME_MISSING", "Amazon wants the time it left.");
  } else {
    return false;
  }
  return true;
}

pb::HttpRequest ConfirmRequest(const Settings& settings, const pb::DespatchIntent& intent) {
  pb::HttpRequest request =
      NewRequest(settings, kConfirm, "POST",
                 "/orders/v0/orders/" + EncodeSegment(intent.order_external_id()) + "/shipmentConfirmation");
  const CarrierFields carrier = FieldsOfCarrier(intent);
  json::array items;
  for (const pb::PackageLine& line : intent.lines())
    items.push_back({{"orderItemId", line.external_line_id()}, {"quantity", line.quantity()}});
  // The number goes out as text: Amazon refuses it as a number.
  json::object package{{"packageReferenceId", std::to_string(intent.package_number())},
                       {"carrierCode", carrier.code},
                       {"trackingNumber", intent.tracking_number()},
                       {"shipDate", FormatTime(intent.shipped_us())},
                       {"orderItems", std::move(items)}};
  if (!carrier.name.empty()) package["carrierName"] = carrier.name;
  if (!intent.service_name().empty()) package["shippingMethod"] = intent.service_name();
  SetJsonBody(request, json::object{{"marketplaceId", intent.marketplace()}, {"packageDetail", std::move(package)}});
  return request;
}

class ConfirmStep {
 public:
  ConfirmStep(const Settings& settings, ServerClock& clock, sdk::Step& step) : caller_(settings, clock, step) {}

  Result<pb::ConfirmDespatchReply> Run(const pb::ConfirmDespatchRequest& request);

 private:
  struct Message {
    const pb::DespatchIntent* intent;
    pb::Outcome* outcome;
  };

  void Send(const pb::DespatchIntent& intent, pb::Outcome& outcome);
  void OnRefused(const pb::DespatchIntent& intent, const Error& error, pb::Outcome& outcome);
  // The untracked ones of one marketplace in one feed.
  void SendFeed(const std::string& marketplace, const std::vector<Message>& messages);

  Caller caller_;
  Batch batch_{caller_.step()};
  std::optional<Error> feed_refused_;
  bool feed_sent_ = false;
};

Result<pb::ConfirmDespatchReply> ConfirmStep::Run(const pb::ConfirmDespatchRequest& request) {
  pb::ConfirmDespatchReply reply;
  std::map<std::string, std::vector<Message>> untracked;  // by marketplace
  for (const pb::DespatchIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnconfirmable(intent, outcome)) continue;
    if (intent.tracking_number().empty()) {
      untracked[intent.marketplace()].push_back({&intent, &outcome});
      continue;
    }
    if (batch_.Admits(outcome)) Send(intent, outcome);
    if (auto fatal = batch_.fatal()) return *std::move(fatal);
  }
  for (const auto& [marketplace, messages] : untracked) SendFeed(marketplace, messages);
  // Nobody but a person can help, and nothing else of the call went anywhere.
  const bool only_feeds =
      std::all_of(request.intents().begin(), request.intents().end(),
                  [](const pb::DespatchIntent& intent) { return intent.tracking_number().empty(); });
  if (feed_refused_ && only_feeds && !feed_sent_) return *std::move(feed_refused_);
  return reply;
}

void ConfirmStep::Send(const pb::DespatchIntent& intent, pb::Outcome& outcome) {
  const WriteAnswer answer = SendWrite(caller_, kConfirm, ConfirmRequest(caller_.settings(), intent));
  if (batch_.Settles(answer, outcome)) return;
  if (answer.kind == WriteAnswer::Kind::kTaken && answer.reply.status() != kConfirmed) {
    outcome.mutable_unknown()->set_message("the answer to " + std::string(kConfirm) + " is " +
                                           std::to_string(answer.reply.status()) + ", which is not Amazon's");
  } else if (answer.kind == WriteAnswer::Kind::kTaken) {
    outcome.mutable_done()->set_reference("package " + std::to_string(intent.package_number()));
  } else if (answer.kind == WriteAnswer::Kind::kNotFound) {
    Reject(outcome, "ORDER_NOT_FOUND", "Amazon does not know the order.");
  } else {
    OnRefused(intent, answer.error, outcome);
  }
}

// Amazon also refuses what is done already ("order already fulfilled"), and its words for it change: the order itself
// says what is the case. What an earlier hand-over did may not show yet: then it is not certain, and nobody is blamed.
void ConfirmStep::OnRefused(const pb::DespatchIntent& intent, const Error& error, pb::Outcome& outcome) {
  const auto order = ReadOrder(caller_, intent.order_external_id());
  if (!order.ok()) {
    // It may be there: whoever reconciles will see.
    outcome.mutable_unknown()->set_message(error.message + "; the order could not be read: " + order.error().message);
    return;
  }
  const pb::Order* there = order.value().has_value() ? &*order.value() : nullptr;
  const Finding finding = FindPackage(intent, there, /*certain=*/false);
  switch (finding.state()) {
    case Finding::STATE_CONFIRMED:
      outcome.mutable_done()->set_reference(finding.message());
      return;
    case Finding::STATE_OTHER_DATA:
      return Reject(outcome, "ALREADY_SHIPPED", finding.message() + " (" + error.message + ")");
    case Finding::STATE_ORDER_GONE:
      return Reject(outcome, "ORDER_CANCELLED", finding.message() + " (" + error.message + ")");
    default:
      break;
  }
  const bool fits = FindPackage(intent, there, /*certain=*/true).state() == Finding::STATE_ABSENT;
  if (fits || ShowsNumber(intent, finding)) return Reject(outcome, error.reason, error.message);
  outcome.mutable_unknown()->set_message(error.message +
                                         "; the order's units are gone, and no package shows with them");
}

void ConfirmStep::SendFeed(const std::string& marketplace, const std::vector<Message>& messages) {
  std::vector<const pb::DespatchIntent*> intents;
  std::vector<Message> sent;
  std::set<int64_t> numbers;
  for (const Message& message : messages) {
    if (!batch_.Admits(*message.outcome)) continue;
    if (sent.size() == kMostFeedMessages || !numbers.insert(MessageNumber(message.intent->intent_id())).second) {
      PutOff(*message.outcome, caller_.NowUs(), "NEXT_DOCUMENT");
      continue;
    }
    intents.push_back(message.intent);
    sent.push_back(message);
  }
  if (sent.empty()) return;
  const FeedSubmission submission =
      SubmitFeed(caller_, kFulfillmentFeed, marketplace, FulfillmentDocument(caller_.settings(), intents));
  for (const Message& message : sent) SettleBy(submission, caller_.NowUs(), *message.outcome);
  if (submission.kind == FeedSubmission::Kind::kRefused) {
    feed_refused_ = submission.error;
  } else {
    feed_sent_ = true;
  }
}

}  // namespace

Result<pb::ConfirmDespatchReply> ConfirmDespatch(const Settings& settings, ServerClock& clock,
                                                 const pb::ConfirmDespatchRequest& request, sdk::Step& step) {
  return ConfirmStep(settings, clock, step).Run(request);
}

Result<pb::PollDespatchReply> PollDespatch(const Settings& settings, ServerClock& clock,
                                           const pb::PollDespatchRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  FeedPolls<pb::PollDespatchReply> polls(caller);
  for (const pb::AcceptedDespatch& accepted : request.accepted()) {
    std::vector<std::string> intents;
    for (const pb::DespatchIntent& intent : accepted.intents()) intents.push_back(intent.intent_id());
    auto error = PollOrderFeed(caller, {accepted.handle(), accepted.sent_us(), std::move(intents)}, polls.reply());
    if (error && !polls.GoesOnAfter(*std::move(error))) break;
  }
  return std::move(polls).Take();
}

}  // namespace quayside::amazon
