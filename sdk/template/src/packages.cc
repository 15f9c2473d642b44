#include "packages.h"

#include <algorithm>

#include "outcomes.h"

namespace example_shop {
namespace {

// What was sent shows by then, or was never taken.
constexpr int64_t kShowsAfterUs = 600'000'000;

boost::json::object Encode(const pb::DespatchIntent& intent) {
  boost::json::array lines;
  for (const pb::PackageLine& line : intent.lines())
    lines.push_back({{"id", line.external_line_id()}, {"units", line.quantity()}});
  return {{"order", intent.order_external_id()},
          {"number", intent.package_number()},
          {"carrier", intent.carrier_name()},
          {"tracking", intent.tracking_number()},
          {"lines", std::move(lines)}};
}

bool Shows(const boost::json::value& page, int64_t number) {
  const boost::json::array& packages = page.at("packages").as_array();
  return std::any_of(packages.begin(), packages.end(), [&](const boost::json::value& package) {
    return package.at("number").to_number<int64_t>() == number;
  });
}

}  // namespace

sdk::Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request, sdk::Step& step) {
  pb::ConfirmDespatchReply reply;
  for (const pb::DespatchIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    if (intent.order_external_id().empty() || intent.lines().empty()) {
      Reject("INTENT_INVALID", "a package needs an order and lines", outcome);
      continue;
    }
    Settle(Post("/packages", "packages", Encode(intent), step), std::to_string(intent.package_number()), outcome);
  }
  return reply;
}

sdk::Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                          sdk::Step& step) {
  pb::ReconcileDespatchReply reply;
  const int64_t now_us = step.NowUs();
  for (const pb::DespatchIntent& intent : request.intents()) {
    pb::DespatchFinding& finding = *reply.add_findings();
    finding.set_intent_id(intent.intent_id());
    const auto page = Get("/packages", "packages", {{"order", intent.order_external_id()}}, step);
    const int64_t shows_us = request.sent_until_us() + kShowsAfterUs;
    if (!page.ok()) {
      // Not reached: the others may be.
      finding.set_state(pb::DespatchFinding::STATE_UNDECIDED);
      finding.set_ask_again_us(std::max(page.error().retry_at_us, now_us + kShowsAfterUs));
    } else if (Shows(page.value(), intent.package_number())) {
      finding.set_state(pb::DespatchFinding::STATE_CONFIRMED);
    } else if (request.sent_until_us() != 0 && now_us < shows_us) {
      finding.set_state(pb::DespatchFinding::STATE_UNDECIDED);
      finding.set_ask_again_us(shows_us);
    } else {
      finding.set_state(pb::DespatchFinding::STATE_ABSENT);
    }
  }
  return reply;
}

}  // namespace example_shop
