#include "post_sale.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "feed_polls.h"
#include "feed_search.h"
#include "feed_submit.h"
#include "order_feed_poll.h"
#include "order_feeds.h"
#include "quantity_rules.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

// What travels in which kind of document.
const FeedType& FeedOf(const pb::CancelIntent& intent) {
  return intent.whole_order() ? kAcknowledgementFeed : kAdjustmentFeed;
}
const FeedType& FeedOf(const pb::RefundIntent&) { return kAdjustmentFeed; }

bool RejectWithoutOrder(const std::string& order, const std::string& marketplace, pb::Outcome& outcome) {
  if (!order.empty() && !marketplace.empty()) return false;
  Reject(outcome, "ORDER_NOT_FOUND", "The intent names no order of a marketplace.");
  return true;
}

bool RejectUnusable(const pb::CancelIntent& intent, pb::Outcome& outcome) {
  if (RejectWithoutOrder(intent.order_external_id(), intent.marketplace(), outcome)) return true;
  const bool empty_line = std::any_of(intent.lines().begin(), intent.lines().end(), [](const pb::CancelLine& line) {
    return line.external_line_id().empty() || line.quantity() < 1;
  });
  if (intent.lines().empty() || empty_line) {
    Reject(outcome, "LINES_INVALID", "A cancellation names at least one unit of at least one line.");
  } else if (AmazonReason(intent.reason()).empty()) {
    Reject(outcome, "REASON_MISSING", "Amazon wants a reason for a cancellation.");
  } else if (!intent.whole_order() && intent.reason() != pb::CANCEL_REASON_NO_INVENTORY &&
             intent.reason() != pb::CANCEL_REASON_BUYER_CANCELLED) {
    Reject(outcome, "REASON_INVALID",
           "Single units are cancelled because there is no stock or the buyer asked for it; any other reason cancels "
           "the whole order.");
  } else {
    return false;
  }
  return true;
}

// Nothing when the line may go out.
std::string ProblemOf(const pb::RefundLine& line) {
  if (line.external_line_id().empty() || line.amounts().empty()) return "A refund names a line and an amount.";
  std::set<pb::RefundComponent> seen;
  for (const pb::RefundAmount& amount : line.amounts()) {
    const pb::Money& money = amount.amount();
    if (amount.component() == pb::REFUND_COMPONENT_UNSPECIFIED || !seen.insert(amount.component()).second)
      return "Each part of a line is refunded once: item, item tax, shipping or shipping tax.";
    if (money.currency_code().empty() || money.units() < 0 || money.nanos() < 0 ||
        (money.units() == 0 && money.nanos() == 0)) {
      return "A refund is more than nothing, in the order's currency.";
    }
  }
  return {};
}

bool RejectUnusable(const pb::RefundIntent& intent, pb::Outcome& outcome) {
  if (RejectWithoutOrder(intent.order_external_id(), intent.marketplace(), outcome)) return true;
  if (intent.lines().empty()) {
    Reject(outcome, "LINES_INVALID", "A refund names at least one line.");
    return true;
  }
  if (AmazonReason(intent.reason()).empty()) {
    Reject(outcome, "REASON_MISSING", "Amazon wants a reason for a refund.");
    return true;
  }
  for (const pb::RefundLine& line : intent.lines()) {
    if (std::string problem = ProblemOf(line); !problem.empty()) {
      Reject(outcome, "LINES_INVALID", std::move(problem));
      return true;
    }
  }
  return false;
}

std::string DocumentOf(const Settings& settings, const FeedType& type, const std::vector<const pb::CancelIntent*>& in) {
  return &type == &kAcknowledgementFeed ? AcknowledgementDocument(settings, in) : CancelledUnitsDocument(settings, in);
}
std::string DocumentOf(const Settings& settings, const FeedType&, const std::vector<const pb::RefundIntent*>& in) {
  return RefundDocument(settings, in);
}

template <typename Reply, typename Request>
class HandOver {
 public:
  HandOver(const Settings& settings, ServerClock& clock, sdk::Step& step) : caller_(settings, clock, step) {}

  Result<Reply> Run(const Request& request);

 private:
  using Intent = typename std::decay_t<decltype(std::declval<Request>().intents())>::value_type;
  struct Message {
    const Intent* intent;
    pb::Outcome* outcome;
  };
  using Document = std::pair<const FeedType*, std::string>;  // kind, marketplace

  // The messages of the largest document; what goes into another one is put off.
  std::vector<Message> Choose(const std::map<Document, std::vector<Message>>& documents, Document& chosen);

  Caller caller_;
};

template <typename Reply, typename Request>
auto HandOver<Reply, Request>::Choose(const std::map<Document, std::vector<Message>>& documents, Document& chosen)
    -> std::vector<Message> {
  const auto largest = std::max_element(documents.begin(), documents.end(), [](const auto& one, const auto& other) {
    return one.second.size() < other.second.size();
  });
  chosen = largest->first;
  std::vector<Message> messages;
  std::set<int64_t> numbers;
  for (const auto& [document, candidates] : documents) {
    for (const Message& message : candidates) {
      if (document == chosen && numbers.insert(MessageNumber(message.intent->intent_id())).second) {
        messages.push_back(message);
      } else {
        PutOff(*message.outcome, caller_.NowUs(), "NEXT_DOCUMENT");
      }
    }
  }
  return messages;
}

template <typename Reply, typename Request>
Result<Reply> HandOver<Reply, Request>::Run(const Request& request) {
  Reply reply;
  std::map<Document, std::vector<Message>> documents;
  for (const Intent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (RejectUnusable(intent, outcome)) continue;
    documents[{&FeedOf(intent), intent.marketplace()}].push_back({&intent, &outcome});
  }
  if (documents.empty()) return reply;
  Document chosen;
  const std::vector<Message> messages = Choose(documents, chosen);
  std::vector<const Intent*> intents;
  for (const Message& message : messages) intents.push_back(message.intent);
  const FeedSubmission submission =
      SubmitFeed(caller_, *chosen.first, chosen.second, DocumentOf(caller_.settings(), *chosen.first, intents));
  if (submission.kind == FeedSubmission::Kind::kRefused) return submission.error;
  for (const Message& message : messages) SettleBy(submission, caller_.NowUs(), *message.outcome);
  return reply;
}

}  // namespace

Result<pb::CancelOrdersReply> CancelOrders(const Settings& settings, ServerClock& clock,
                                           const pb::CancelOrdersRequest& request, sdk::Step& step) {
  return HandOver<pb::CancelOrdersReply, pb::CancelOrdersRequest>(settings, clock, step).Run(request);
}

Result<pb::RefundOrdersReply> RefundOrders(const Settings& settings, ServerClock& clock,
                                           const pb::RefundOrdersRequest& request, sdk::Step& step) {
  return HandOver<pb::RefundOrdersReply, pb::RefundOrdersRequest>(settings, clock, step).Run(request);
}

Result<pb::PollPostSaleReply> PollPostSale(const Settings& settings, ServerClock& clock,
                                           const pb::PollPostSaleRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  FeedPolls<pb::PollPostSaleReply> polls(caller);
  for (const pb::AcceptedPostSale& accepted : request.accepted()) {
    OrderFeedWatch watch{accepted.handle(), accepted.sent_us(), {}};
    for (const pb::CancelIntent& intent : accepted.cancels()) watch.intent_ids.push_back(intent.intent_id());
    for (const pb::RefundIntent& intent : accepted.refunds()) watch.intent_ids.push_back(intent.intent_id());
    auto error = PollOrderFeed(caller, watch, polls.reply());
    if (error && !polls.GoesOnAfter(*std::move(error))) break;
  }
  return std::move(polls).Take();
}

Result<pb::FindPostSaleReply> FindPostSale(const Settings& settings, ServerClock& clock,
                                           const pb::FindPostSaleRequest& request, sdk::Step& step) {
  Caller caller(settings, clock, step);
  FeedSearch search{.sent_from_us = request.sent_from_us(),
                    .sent_to_us = request.sent_to_us(),
                    .known_feeds = {request.known_handles().begin(), request.known_handles().end()},
                    .marketplaces = {}};
  const FeedType* type = &kAdjustmentFeed;
  for (const pb::CancelIntent& intent : request.sent().cancels()) {
    type = &FeedOf(intent);
    search.marketplaces.push_back(intent.marketplace());
  }
  for (const pb::RefundIntent& intent : request.sent().refunds()) search.marketplaces.push_back(intent.marketplace());
  QS_TRY(const FoundFeed found, SearchFeed(caller, *type, search));
  return AnswerOf<pb::FindPostSaleReply>(found);
}

}  // namespace quayside::amazon
