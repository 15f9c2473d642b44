// What the tests of outbound orders begin with: an account of either version of the API before the small Amazon, an
// order of a mug, and the calls of fulfilment/1.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fake_amazon.h"
#include "outbound_calls.h"

namespace quayside::amazon {

class OutboundWorld : public ::testing::Test {
 protected:
  explicit OutboundWorld(const char* version) {
    settings_.outbound_api = version;
    amazon_.warehouse.stock["FBA-1"] = {10, 0};
  }
  [[nodiscard]] bool IsNew() const { return settings_.outbound_api == kOutbound2026; }

  pb::OutboundOrder Order(const std::string& id) const { return OrderForYork(id, "FBA-1", 2, host_.now()); }
  pb::Outcome Submit(const pb::OutboundOrder& order) { return SubmitOne(settings_, clock_, order, host_.step()); }
  pb::Outcome Cancel(const std::string& id) { return CancelOne(settings_, clock_, id, host_.step()); }

  pb::ReconcileOutboundReply Reconcile(const std::string& id, int64_t sent_until_us) {
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids(id);
    request.set_sent_until_us(sent_until_us);
    auto reply = ReconcileOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::ReconcileOutboundReply();
  }

  std::vector<pb::OutboundState> Updates() {
    std::vector<pb::OutboundState> states;
    for (bool more = true; more;) {
      pb::PullOutboundUpdatesRequest request;
      *request.mutable_cursor() = cursor_;
      request.set_page_size(2);
      auto reply = PullOutboundUpdates(settings_, clock_, request, host_.step());
      EXPECT_TRUE(reply.ok()) << reply.error().message;
      if (!reply.ok()) break;
      states.insert(states.end(), reply.value().states().begin(), reply.value().states().end());
      cursor_ = reply.value().next_cursor();
      more = reply.value().has_more();
    }
    return states;
  }

  pb::OutboundState StateOf(const std::string& id) {
    const auto reply = Reconcile(id, 0);
    EXPECT_EQ(reply.states_size(), 1);
    return reply.states_size() == 1 ? reply.states(0) : pb::OutboundState();
  }

  pb::QuoteOutboundReply Quote(const pb::OutboundOrder& order) {
    pb::QuoteOutboundRequest request;
    *request.mutable_order() = order;
    auto reply = QuoteOutbound(settings_, clock_, request, host_.step());
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::QuoteOutboundReply();
  }

  // The body of the last request.
  boost::json::value Sent() const { return boost::json::parse(host_.requests().back().body()); }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {"A1F83G8C2ARO7P"}};
  ServerClock clock_;
  pb::Cursor cursor_;
};

}  // namespace quayside::amazon
