// The listings lane: complete passes, deltas, and what moves under them.
#include "listings_pull.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fake_amazon.h"
#include "listings_run.h"

namespace quayside::amazon {
namespace {

constexpr char kUk[] = "A1F83G8C2ARO7P";

class ListingsTest : public ::testing::Test {
 protected:
  sdk::Result<pb::PullListingsReply> Pull() {
    pb::PullListingsRequest request;
    request.set_marketplace(kUk);
    request.set_page_size(page_size_);
    if (cursor_) *request.mutable_cursor() = *cursor_;
    if (restart_each_step_) clock_ = {};
    auto reply = PullListings(settings_, clock_, request, host_.step());
    if (reply.ok()) {
      cursor_ = reply.value().next_cursor();
      for (const pb::Listing& listing : reply.value().listings()) seen_.insert(listing.sku());
      EXPECT_FALSE(reply.value().pass_complete() && reply.value().pass_id().empty());
    }
    // Every call takes time, as in life.
    host_.SetNow(host_.now() + 200'000);
    return reply;
  }

  // To the end of the pass or delta; answers its last page.
  pb::PullListingsReply PullAll(int most = 3000) {
    for (int i = 0; i < most; ++i) {
      auto reply = Pull();
      if (!reply.ok()) {
        ADD_FAILURE() << reply.error().message;
        return {};
      }
      if (!reply.value().has_more()) return std::move(reply.value());
    }
    ADD_FAILURE() << "never ends";
    return {};
  }

  void Fill(int count, int64_t spread_us = 300 * kDay) {
    for (int i = 0; i < count; ++i) {
      amazon_.PutListing({.sku = "S" + std::to_string(i),
                          .updated_us = (host_.now() - kDay - spread_us / count * i) / kSecond * kSecond,
                          .quantity = i});
    }
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  std::optional<pb::Cursor> cursor_;
  int32_t page_size_ = 20;
  bool restart_each_step_ = false;
  std::set<std::string> seen_;
};

TEST_F(ListingsTest, FirstPull_IsACompletePass) {
  Fill(45);
  const pb::PullListingsReply last = PullAll();
  EXPECT_EQ(seen_.size(), 45u);
  EXPECT_TRUE(last.pass_complete());
  EXPECT_FALSE(last.pass_id().empty());
  EXPECT_GT(last.next_poll_us(), host_.now());
}

TEST_F(ListingsTest, EmptyShop_IsACompletePassToo) {
  EXPECT_TRUE(PullAll().pass_complete());
  EXPECT_TRUE(seen_.empty());
}

TEST_F(ListingsTest, Listing_IsTakenWithAllThatIsKnown) {
  amazon_.PutListing({.sku = "A", .updated_us = (host_.now() - kDay) / kSecond * kSecond, .quantity = 3});
  auto reply = Pull();
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply.value().listings_size(), 1);
  const pb::Listing& listing = reply.value().listings(0);
  EXPECT_EQ(listing.sku(), "A");
  EXPECT_EQ(listing.title(), "Title of A");
  EXPECT_EQ(listing.product_id(), "B0A");
  EXPECT_EQ(listing.product_type(), "LUGGAGE");
  EXPECT_EQ(listing.fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(listing.quantity(), 3);
  EXPECT_EQ(listing.statuses(0), "BUYABLE");
  EXPECT_GT(listing.updated_us(), 0);
}

class ListingsPaging : public ListingsTest, public ::testing::WithParamInterface<std::tuple<int, bool>> {};

TEST_P(ListingsPaging, EveryPageSizeAndEveryStopGivesTheSameSet) {
  page_size_ = std::get<0>(GetParam());
  restart_each_step_ = std::get<1>(GetParam());
  Fill(95);
  EXPECT_TRUE(PullAll().pass_complete());
  EXPECT_EQ(seen_.size(), 95u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ListingsPaging, ::testing::Combine(::testing::Values(1, 7, 100), ::testing::Bool()));

// Behind a pass a delta may have to read any number, in windows.
TEST_F(ListingsTest, MoreChangesThanAQueryGives_AreReadInWindows) {
  Fill(5);
  PullAll();
  seen_.clear();
  const int64_t since = host_.now();
  host_.SetNow(host_.now() + 20 * kHour);
  for (int i = 0; i < 3500; ++i) {
    amazon_.PutListing({.sku = "N" + std::to_string(i),
                        .updated_us = (since + 19 * kHour / 3500 * i) / kSecond * kSecond,
                        .quantity = i});
  }
  const pb::PullListingsReply last = PullAll();
  EXPECT_TRUE(last.pass_id().empty());
  EXPECT_EQ(seen_.size(), 3500u);
  EXPECT_TRUE(amazon_.reports.orders.empty());
}

TEST_F(ListingsTest, MoreChangesThanAQueryGivesWithinOneSecond_AreFoundByAPass) {
  Fill(5);
  PullAll();
  seen_.clear();
  host_.SetNow(host_.now() + 20 * kHour);
  for (int i = 0; i < 1200; ++i)
    amazon_.PutListing({.sku = "N" + std::to_string(i), .updated_us = (host_.now() - kHour) / kSecond * kSecond});
  const pb::PullListingsReply last = PullAll();
  EXPECT_EQ(seen_.size(), 1000u);
  EXPECT_FALSE(last.has_more());
  ASSERT_FALSE(host_.logs().empty());
  EXPECT_THAT(host_.logs().back().message(), ::testing::HasSubstr("more than 1,000 listings changed in one second"));
  host_.SetNow(last.next_poll_us());
  EXPECT_FALSE(PullAll().pass_id().empty()) << "a pass finds the rest";
}

TEST_F(ListingsTest, AfterThePass_OnlyWhatChangedIsRead) {
  Fill(45);
  PullAll();
  seen_.clear();
  host_.SetNow(host_.now() + kHour);
  amazon_.FindListing("S7")->updated_us = host_.now() - 30 * kMinute;
  const int calls = amazon_.Calls("searchListingsItems");
  const pb::PullListingsReply last = PullAll();
  EXPECT_THAT(seen_, ::testing::ElementsAre("S7"));
  EXPECT_TRUE(last.pass_id().empty());
  EXPECT_FALSE(last.pass_complete()) << "from a delta nothing vanishes";
  EXPECT_EQ(amazon_.Calls("searchListingsItems"), calls + 1);
}

TEST_F(ListingsTest, Deltas_OverlapSinceChangesShowLate) {
  Fill(5);
  PullAll();
  seen_.clear();
  const int64_t end = cursor_->watermark_us();
  host_.SetNow(host_.now() + 5 * kMinute);
  amazon_.FindListing("S2")->updated_us = end - 10 * kMinute;
  PullAll();
  EXPECT_EQ(seen_.count("S2"), 1u);
}

TEST_F(ListingsTest, AfterADay_APassIsDueAgain_UnderANewId) {
  Fill(5);
  const std::string first = PullAll().pass_id();
  host_.SetNow(host_.now() + kDay);
  const pb::PullListingsReply last = PullAll();
  EXPECT_TRUE(last.pass_complete());
  EXPECT_NE(last.pass_id(), first);
}

TEST_F(ListingsTest, EveryPageOfAPass_BearsItsId) {
  Fill(95);
  std::set<std::string> ids;
  for (bool more = true; more;) {
    auto reply = Pull();
    ASSERT_TRUE(reply.ok());
    ids.insert(reply.value().pass_id());
    more = reply.value().has_more();
  }
  EXPECT_EQ(ids.size(), 1u);
}

// The danger in reading something that moves: what jumps ahead pulls the rest forward, under the page that comes next.
TEST_F(ListingsTest, ListingsThatMoveDuringAPass_AreSeenBeforeItIsComplete) {
  int completed = 0;
  for (int seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    cursor_.reset();
    seen_.clear();
    Fill(120);
    int moves = 25;
    amazon_.before_answer = [&](const pb::HttpRequest&) {
      for (int i = 0; i < 2 && moves > 0; ++i, --moves) {
        amazon_.FindListing("S" + std::to_string(random() % 120))->updated_us = amazon_.Now() / kSecond * kSecond;
      }
    };
    const pb::PullListingsReply last = PullAll();
    if (!last.pass_complete()) continue;
    ++completed;
    EXPECT_EQ(seen_.size(), 120u) << "seed " << seed << ": a listing would have vanished";
  }
  EXPECT_GT(completed, 10) << "the claim is made often enough to mean something";
}

TEST_F(ListingsTest, PassUnderCalmConditions_CompletesAfterEarlyMoves) {
  Fill(120);
  int moves = 3;
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    if (moves-- > 0)
      amazon_.FindListing("S" + std::to_string(100 + moves))->updated_us = amazon_.Now() / kSecond * kSecond;
  };
  EXPECT_TRUE(PullAll().pass_complete());
  EXPECT_EQ(seen_.size(), 120u);
}

TEST_F(ListingsTest, EndlessMoves_EndThePassWithoutItsClaim) {
  Fill(120);
  std::mt19937 random(7);
  amazon_.before_answer = [&](const pb::HttpRequest&) {
    for (int i = 0; i < 30; ++i)
      amazon_.FindListing("S" + std::to_string(random() % 120))->updated_us = amazon_.Now() / kSecond * kSecond;
  };
  const pb::PullListingsReply last = PullAll();
  EXPECT_FALSE(last.pass_complete());
}

TEST_F(ListingsTest, UnreadableListing_IsABadRecordAndProvesNoAbsence) {
  amazon_.InjectReply(
      sdk::testing::Json(200, R"({"numberOfResults": 2, "items": [{"sku": "A"}, {"sku": "B", "summaries": 7}]})"));
  auto reply = Pull();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().listings_size(), 1);
  ASSERT_EQ(reply.value().bad_records_size(), 1);
  EXPECT_EQ(reply.value().bad_records(0).key(), "B");
  const pb::PullListingsReply last = PullAll();
  EXPECT_FALSE(last.pass_complete());
  EXPECT_TRUE(last.pass_inconclusive());
}

TEST_F(ListingsTest, UnreadableListings_WithoutASku_AreKnownByWhatTheySay) {
  amazon_.InjectReply(
      sdk::testing::Json(200, R"({"numberOfResults": 3, "items": [{"sku": "A"}, {"asin": "B0"}, {"asin": "B1"}]})"));
  const auto first = Pull();
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first.value().bad_records_size(), 2);
  PullAll();
  amazon_.InjectReply(sdk::testing::Json(200, R"({"numberOfResults": 1, "items": [{"asin": "B1"}]})"));
  const auto later = Pull();
  ASSERT_TRUE(later.ok());
  ASSERT_EQ(later.value().bad_records_size(), 1);
  EXPECT_EQ(later.value().bad_records(0).key(), first.value().bad_records(1).key());
  EXPECT_NE(later.value().bad_records(0).key(), first.value().bad_records(0).key());
}

TEST_F(ListingsTest, RefusedToken_ReadsTheWindowAgain) {
  Fill(45);
  ASSERT_TRUE(Pull().ok());
  amazon_.forgets_tokens = true;
  ASSERT_TRUE(Pull().ok());
  amazon_.forgets_tokens = false;
  EXPECT_TRUE(PullAll().pass_complete());
  EXPECT_EQ(seen_.size(), 45u);
}

TEST_F(ListingsTest, TokensRefusedForEver_EndInAWait) {
  Fill(45);
  amazon_.forgets_tokens = true;
  auto reply = Pull();
  for (int i = 0; i < 20 && reply.ok(); ++i) reply = Pull();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().reason, "PAGING_BROKEN");
  host_.SetNow(reply.error().retry_at_us);
  amazon_.forgets_tokens = false;
  PullAll();
  EXPECT_EQ(seen_.size(), 45u);
}

TEST_F(ListingsTest, Failures_LeaveThePositionWhereItWas) {
  Fill(45);
  ASSERT_TRUE(Pull().ok());
  const std::string before = cursor_->SerializeAsString();
  for (const auto& [status, expected] :
       {std::pair(429, QS_RETRY), {500, QS_RETRY}, {403, QS_AUTH}, {404, QS_NOT_FOUND}}) {
    amazon_.InjectReply(ErrorReply(status, "Code", "words"));
    EXPECT_EQ(Pull().error().status, expected) << status;
  }
  for (const char* body : {"<html>", "{}", "{\"items\": []}", "{\"items\": [], \"numberOfResults\": \"1\"}"}) {
    amazon_.InjectReply(sdk::testing::Json(200, body));
    EXPECT_EQ(Pull().error().status, QS_RETRY) << body;
  }
  EXPECT_EQ(cursor_->SerializeAsString(), before);
  EXPECT_TRUE(PullAll().pass_complete());
}

TEST_F(ListingsTest, HostClockAhead_LeavesNoGapBehindTheFirstPass) {
  amazon_.clock_offset_us = -2 * kHour;
  Fill(5);
  PullAll();
  seen_.clear();
  EXPECT_LE(cursor_->watermark_us(), amazon_.Now() + 2 * kSecond);
  host_.SetNow(host_.now() + 10 * kMinute);
  amazon_.FindListing("S3")->updated_us = amazon_.Now() - 5 * kMinute;
  PullAll();
  EXPECT_EQ(seen_.count("S3"), 1u);
}

TEST_F(ListingsTest, ClockDifference_SurvivesInTheCursor) {
  amazon_.clock_offset_us = -2 * kHour;
  restart_each_step_ = true;
  Fill(45);
  EXPECT_TRUE(PullAll(20).pass_complete());
  EXPECT_EQ(seen_.size(), 45u);
  host_.SetNow(host_.now() + 5 * kMinute);
  const int calls = amazon_.Calls("searchListingsItems");
  PullAll();
  EXPECT_EQ(amazon_.Calls("searchListingsItems"), calls + 1) << "no second plan by the wrong clock";
}

TEST_F(ListingsTest, CursorOfAnotherMarketplace_IsRefused) {
  ASSERT_TRUE(Pull().ok());
  pb::PullListingsRequest request;
  request.set_marketplace("A1PA6795UKMFR9");
  *request.mutable_cursor() = *cursor_;
  EXPECT_EQ(PullListings(settings_, clock_, request, host_.step()).error().reason, "CURSOR_INVALID");
}

TEST_F(ListingsTest, RandomCursors_NeverCrashNorPass) {
  Fill(45);
  ASSERT_TRUE(Pull().ok());
  const pb::Cursor good = *cursor_;
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    cursor_ = good;
    std::string* state = cursor_->mutable_state();
    (*state)[random() % state->size()] ^= static_cast<char>(random() % 255 + 1);
    if (i % 3 == 0) state->resize(random() % state->size());
    auto reply = Pull();
    if (cursor_->state().empty() || reply.ok()) continue;  // cut to nothing: a first call
    ASSERT_EQ(reply.error().status, QS_INVALID);
  }
}

}  // namespace
}  // namespace quayside::amazon
