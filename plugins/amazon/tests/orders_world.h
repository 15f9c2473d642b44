// The orders lane against the small Amazon: a world, a cursor, and steps.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "fake_amazon.h"
#include "orders_pull.h"

namespace quayside::amazon {

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kDe[] = "A1PA6795UKMFR9";

class OrdersTest : public ::testing::Test {
 protected:
  static Settings MakeSettings() { return {"eu", "A1QUAYSIDE0EU", {kUk, kDe}}; }

  // One step. A process may end after any step: a new plugin object with nothing but the cursor takes over.
  sdk::Result<pb::PullOrdersReply> Pull() {
    pb::PullOrdersRequest request;
    if (cursor_) *request.mutable_cursor() = *cursor_;
    request.set_changed_from_us(from_);
    request.set_changed_to_us(to_);
    request.set_page_size(page_size_);
    request.set_without_personal_data(without_people_);
    if (restart_each_step_) clock_ = {};
    auto reply = Orders(settings_, clock_).Pull(request, host_.step());
    if (reply.ok()) {
      const pb::Cursor& next = reply.value().next_cursor();
      if (cursor_) {
        EXPECT_GE(next.watermark_us(), cursor_->watermark_us()) << "never backwards";
      }
      cursor_ = next;
      for (const pb::Order& order : reply.value().orders()) seen_.insert(order.external_id());
    }
    return reply;
  }

  pb::PullOrdersReply PullOk() {
    auto reply = Pull();
    EXPECT_TRUE(reply.ok()) << reply.error().reason << " " << reply.error().message;
    return reply.ok() ? std::move(reply.value()) : pb::PullOrdersReply();
  }

  // Until the window is read to its end.
  pb::PullOrdersReply PullAll() {
    for (int i = 0; i < 2000; ++i) {
      pb::PullOrdersReply reply = PullOk();
      if (!reply.has_more()) return reply;
    }
    ADD_FAILURE() << "never ends";
    return {};
  }

  std::string LastQuery(const std::string& name) { return QueryOf(host_.requests().back(), name); }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_ = MakeSettings();
  ServerClock clock_;
  std::optional<pb::Cursor> cursor_;
  int64_t from_ = host_.now() - 2 * kDay;
  int64_t to_ = 0;
  int32_t page_size_ = 100;
  bool without_people_ = false;
  bool restart_each_step_ = false;
  std::set<std::string> seen_;
};

}  // namespace quayside::amazon
