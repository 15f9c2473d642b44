// Passes over Amazon's report of all listings: which report, what its lines say, and what a pass proves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_amazon.h"
#include "listings_pull.h"
#include "listings_run.h"
#include "report_columns.h"
#include "report_lines.h"
#include "report_run.h"
#include "report_walk.h"

namespace quayside::amazon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUk[] = "A1F83G8C2ARO7P";
constexpr char kJapan[] = "A1VC38T7YXB528";
constexpr int kShop = 1500;  // more than a query gives

class ReportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kShop; ++i) Put("S" + std::to_string(i), 40 * kDay + i * kMinute);
  }

  void Put(const std::string& sku, int64_t age_us) {
    amazon_.PutListing({.sku = sku,
                        .updated_us = (amazon_.Now() - age_us) / kSecond * kSecond,
                        .quantity = 7,
                        .marketplace = marketplace_});
  }

  sdk::Result<pb::PullListingsReply> Pull(bool want_pass = false) {
    pb::PullListingsRequest request;
    request.set_marketplace(marketplace_);
    request.set_page_size(page_size_);
    request.set_want_pass(want_pass);
    if (cursor_) *request.mutable_cursor() = *cursor_;
    if (restart_each_step_) clock_ = {};
    auto reply = PullListings(settings_, clock_, request, host_.step());
    if (reply.ok()) Keep(reply.value());
    host_.SetNow(host_.now() + 200'000);
    host_.SetDeadline(host_.now() + kMinute);
    return reply;
  }

  void Keep(const pb::PullListingsReply& reply) {
    cursor_ = reply.next_cursor();
    for (const pb::Listing& listing : reply.listings()) {
      ++handed_over_[listing.sku()];
      listings_[listing.sku()] = listing;
    }
    for (const pb::BadRecord& bad : reply.bad_records()) bad_.push_back(bad);
    if (!reply.progress().empty()) progress_.push_back(reply.progress());
    total_ = std::max(total_, reply.pass_total());
  }

  [[nodiscard]] ListingsPosition Position() const {
    return DecodeListingsPosition("listings/eu/A1QUAYSIDE0EU/" + marketplace_, *cursor_).value();
  }

  // To the end of the pass or delta under way, waiting as told; its last page.
  pb::PullListingsReply Finish(bool want_pass = false) {
    for (int i = 0; i < 2000; ++i) {
      auto reply = Pull(want_pass && i == 0);
      if (!reply.ok()) {
        if (reply.error().status != QS_RETRY) {
          ADD_FAILURE() << reply.error().message;
          return {};
        }
        host_.SetNow(std::max(reply.error().retry_at_us, host_.now() + kMinute));
        continue;
      }
      if (!Position().reading) return std::move(reply.value());
      if (!reply.value().has_more()) host_.SetNow(std::max(host_.now(), reply.value().next_poll_us()));
    }
    ADD_FAILURE() << "never ends";
    return {};
  }

  // The report's text with one line more, or another header.
  void ReportHolds(const std::string& more) {
    amazon_.reports.next_text = amazon_.ReportText(marketplace_, amazon_.Now()) + more;
  }
  static std::string Line(const std::string& sku, const std::string& title = "Title", const std::string& quantity = "3",
                          const std::string& channel = "DEFAULT") {
    return title + "\t\tL\t" + sku + "\t9.99\t" + quantity + "\t\tB0\t" + channel + "\tActive\n";
  }

  sdk::testing::FakeHost host_;
  FakeAmazon amazon_{host_};
  std::string marketplace_ = kUk;
  Settings settings_{"eu", "A1QUAYSIDE0EU", {kUk}};
  ServerClock clock_;
  std::optional<pb::Cursor> cursor_;
  int32_t page_size_ = 0;
  bool restart_each_step_ = false;
  std::map<std::string, int> handed_over_;
  std::map<std::string, pb::Listing> listings_;
  std::vector<pb::BadRecord> bad_;
  std::vector<std::string> progress_;
  int64_t total_ = 0;
};

TEST_F(ReportTest, LargeShop_IsReadFromAReport) {
  const pb::PullListingsReply last = Finish();
  EXPECT_TRUE(last.pass_complete());
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop));
  EXPECT_EQ(total_, kShop);
  ASSERT_EQ(amazon_.reports.orders.size(), 1u);
  const boost::json::value order = amazon_.reports.orders[0];
  EXPECT_EQ(boost::json::serialize(order.at("marketplaceIds")), R"(["A1F83G8C2ARO7P"])");
  EXPECT_EQ(order.at_pointer("/reportOptions/preferredReportDocumentLocale").as_string(), "en_US");
  EXPECT_LT(amazon_.Calls("searchListingsItems"), 10) << "three or four calls whatever the size";
  EXPECT_TRUE(host_.documents().empty()) << "released";
  EXPECT_THAT(progress_, Contains(HasSubstr("waiting for report")));
}

TEST_F(ReportTest, Line_SaysWhatItKnowsAndWhen) {
  amazon_.PutListing({.sku = "FBA", .updated_us = amazon_.Now() - 50 * kDay, .channel = "AMAZON_EU", .quantity = 9});
  amazon_.PutListing({.sku = "WHO", .updated_us = amazon_.Now() - 50 * kDay, .channel = ""});
  ASSERT_TRUE(Finish().pass_complete());
  const pb::Listing& listing = listings_.at("S7");
  EXPECT_EQ(listing.title(), "Title of S7");
  EXPECT_EQ(listing.product_id(), "B0S7");
  EXPECT_EQ(listing.quantity(), 7);
  EXPECT_EQ(listing.fulfilment(), pb::FULFILMENT_CHANNEL_MERCHANT);
  EXPECT_EQ(listing.statuses(0), "Active");
  EXPECT_TRUE(listing.product_type_unknown());
  EXPECT_FALSE(listing.title_unknown());
  EXPECT_NEAR(static_cast<double>(listing.as_of_us()),
              static_cast<double>(amazon_.reports.reports[0].created_us - kReportCacheUs), kSecond)
      << "Amazon's cache may be six hours old";
  EXPECT_EQ(listings_.at("FBA").fulfilment(), pb::FULFILMENT_CHANNEL_MARKETPLACE);
  EXPECT_FALSE(listings_.at("FBA").has_quantity());
  EXPECT_EQ(listings_.at("WHO").fulfilment(), pb::FULFILMENT_CHANNEL_UNSPECIFIED);
}

class ReportPaging : public ReportTest, public ::testing::WithParamInterface<std::tuple<int, bool>> {};

TEST_P(ReportPaging, EveryPageSizeAndEveryStop_GivesEachLineOnce) {
  page_size_ = std::get<0>(GetParam());
  restart_each_step_ = std::get<1>(GetParam());
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop));
  for (const auto& [sku, times] : handed_over_) EXPECT_EQ(times, 1) << sku;
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReportPaging, ::testing::Combine(::testing::Values(7, 100, 1000), ::testing::Bool()));

// Which report.

TEST_F(ReportTest, RecentReportOfAnotherProgram_Serves) {
  amazon_.reports.Put(kUk, 9 * kHour);
  const std::string newest = amazon_.reports.Put(kUk, 2 * kHour).id;
  amazon_.reports.Put(kUk, 3 * kHour);
  amazon_.reports.Put("A1PA6795UKMFR9", kMinute);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_TRUE(amazon_.reports.orders.empty());
  EXPECT_THAT(progress_, Contains(HasSubstr(newest)));
}

TEST_F(ReportTest, OldReport_DoesNotServe) {
  amazon_.reports.Put(kUk, 7 * kHour);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 1u);
}

TEST_F(ReportTest, ReportOfSeveralMarketplaces_DoesNotServe) {
  ASSERT_TRUE(Pull().ok());
  amazon_.InjectReply(sdk::testing::Json(
      200, R"({"reports": [{"reportId": "9", "processingStatus": "DONE", "reportDocumentId": "d", "createdTime": ")" +
               IsoTime(amazon_.Now() - kHour) + R"(", "marketplaceIds": ["A1F83G8C2ARO7P", "A1PA6795UKMFR9"]}]})"));
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 1u) << "such a report is about the first of them alone";
}

TEST_F(ReportTest, WishedPass_ReadsNothingOlderThanTheWish) {
  amazon_.reports.Put(kUk, kHour);
  EXPECT_TRUE(Finish(true).pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 1u);
}

TEST_F(ReportTest, UsedReport_IsNotUsedAgain) {
  ASSERT_TRUE(Finish().pass_complete());
  host_.SetNow(host_.now() + 90 * kMinute);
  ASSERT_TRUE(Finish(true).pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 2u);
}

TEST_F(ReportTest, WishedPasses_AreRationedAndSayUntilWhen) {
  const pb::PullListingsReply first = Finish();
  ASSERT_TRUE(first.pass_complete());
  EXPECT_GT(first.next_pass_us(), host_.now());
  const pb::PullListingsReply too_soon = Finish(true);
  EXPECT_TRUE(too_soon.pass_id().empty()) << "a delta";
  EXPECT_NEAR(static_cast<double>(too_soon.next_pass_us()), static_cast<double>(first.next_pass_us()), kSecond);
  host_.SetNow(first.next_pass_us() + kSecond);
  const pb::PullListingsReply second = Finish(true);
  EXPECT_TRUE(second.pass_complete());
  EXPECT_NE(second.pass_id(), first.pass_id());
}

TEST_F(ReportTest, WishDuringAPass_LetsItGoOn) {
  ASSERT_TRUE(Pull().ok());
  const std::string pass = Position().pass_id;
  ASSERT_TRUE(Pull(true).ok());
  EXPECT_EQ(Position().pass_id, pass);
}

// A lost order.

TEST_F(ReportTest, LostOrderThatArrived_IsFoundAndNotOrderedTwice) {
  bool lost = false;
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() != "getReports" || std::exchange(lost, true)) return;
    amazon_.Inject([&](const pb::HttpRequest& create) -> sdk::Result<pb::HttpReply> {
      EXPECT_EQ(create.operation(), "createReport");
      EXPECT_EQ(amazon_.reports.Answer(create)->status(), 202);
      return sdk::Error{QS_UNKNOWN, "HTTP_ANSWER_LOST", "lost", {}};
    });
  };
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 1u);
  EXPECT_THAT(progress_, Contains(HasSubstr("the answer was lost")));
}

TEST_F(ReportTest, LostOrderThatNeverArrived_IsOrderedAgainOnceItWouldShow) {
  bool lost = false;
  const int64_t begin_us = host_.now();
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() == "getReports" && !std::exchange(lost, true))
      amazon_.InjectReply(ErrorReply(503, "ServiceUnavailable", "words"));
  };
  EXPECT_TRUE(Finish().pass_complete());
  ASSERT_EQ(amazon_.reports.orders.size(), 1u);
  EXPECT_GE(amazon_.reports.reports[0].created_us, begin_us + kReportVisibleUs - kMinute);
  EXPECT_THAT(progress_, Contains("the report was never ordered"));
}

TEST_F(ReportTest, RefusedOrder_EndsThePassWithoutProof) {
  bool done = false;
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() == "getReports" && !std::exchange(done, true))
      amazon_.InjectReply(ErrorReply(400, "InvalidInput", "words"));
  };
  EXPECT_FALSE(Finish().pass_complete());
  EXPECT_EQ(Finish().pass_id(), "") << "what changes goes on being read";
}

// How it ends at Amazon.

TEST_F(ReportTest, Fatal_EndsThePassWithoutProof_AndTheNextOneOrdersAnother) {
  amazon_.reports.end_status = "FATAL";
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete());
  EXPECT_TRUE(listings_.empty());
  EXPECT_THAT(last.progress(), HasSubstr("FATAL"));
  EXPECT_EQ(Finish().pass_id(), "") << "a delta first: the next pass waits";
  amazon_.reports.end_status = "DONE";
  host_.SetNow(host_.now() + 2 * kHour);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 2u);
}

TEST_F(ReportTest, NeverDone_IsGivenUpAndTakenUpLater) {
  amazon_.reports.end_status = "";
  EXPECT_FALSE(Finish().pass_complete());
  EXPECT_LT(amazon_.Calls("getReport"), 60) << "asked more and more rarely";
  amazon_.reports.end_status = "DONE";
  host_.SetNow(host_.now() + 2 * kHour);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.orders.size(), 1u) << "the same report, which is done by now";
}

TEST_F(ReportTest, CancelledThoughTheShopIsFull_ProvesNothing) {
  amazon_.reports.end_status = "CANCELLED";
  EXPECT_FALSE(Finish().pass_complete());
  EXPECT_THAT(progress_, Contains(HasSubstr("CANCELLED")));
}

TEST_F(ReportTest, CancelledSinceTheShopIsEmpty_IsACompletePass) {
  amazon_.reports.end_status = "CANCELLED";
  ASSERT_TRUE(Pull().ok());
  for (int i = 0; i < kShop; ++i) amazon_.RemoveListing("S" + std::to_string(i));
  const pb::PullListingsReply last = Finish();
  EXPECT_TRUE(last.pass_complete());
  EXPECT_FALSE(last.pass_id().empty());
  EXPECT_TRUE(listings_.empty());
}

// Its document.

TEST_F(ReportTest, ExpiredAddress_IsAskedForAgain) {
  amazon_.reports.expired_addresses = 2;
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.Calls("getReportDocument"), 3);
}

TEST_F(ReportTest, AddressesThatLeadNowhere_EndThePassWithoutProof) {
  amazon_.reports.expired_addresses = 1000;
  EXPECT_FALSE(Finish().pass_complete());
  EXPECT_LE(amazon_.Calls("getReportDocument"), 10);
}

TEST_F(ReportTest, Document_IsFetchedAsAmazonSaysItIs) {
  amazon_.reports.gzip = true;
  ASSERT_TRUE(Finish().pass_complete());
  const pb::FetchDocument& fetch = amazon_.reports.fetched.at(0);
  EXPECT_TRUE(fetch.gzip());
  EXPECT_EQ(fetch.default_charset(), "windows-1252") << "of text that declares none";
  EXPECT_EQ(fetch.max_bytes(), int64_t{4} << 30);
  for (const pb::LogRecord& record : host_.logs())
    EXPECT_THAT(record.SerializeAsString(), Not(HasSubstr("X-Amz-Signature")));
}

TEST_F(ReportTest, JapaneseReport_IsShiftJisUnlessItSays) {
  marketplace_ = kJapan;
  SetUp();
  ASSERT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.fetched.at(0).default_charset(), "Shift_JIS");
  EXPECT_FALSE(amazon_.reports.fetched.at(0).gzip());
}

TEST_F(ReportTest, TooLargeDocument_EndsThePassWithoutProof) {
  host_.OnFetch([](const pb::FetchDocument&) -> sdk::Result<sdk::testing::FetchedBytes> {
    return sdk::Error::Invalid("DOCUMENT_TOO_LARGE", "over 4 GiB");
  });
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete());
  EXPECT_THAT(last.progress(), HasSubstr("over 4 GiB"));
}

TEST_F(ReportTest, DocumentTheHostLost_IsFetchedAgainAndReadOnFromTheSameLine) {
  page_size_ = 100;
  while (handed_over_.size() < 300) {
    ASSERT_TRUE(Pull().ok());
    host_.SetNow(host_.now() + kMinute);
  }
  host_.documents().clear();
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(amazon_.reports.fetched.size(), 2u);
  for (const auto& [sku, times] : handed_over_) EXPECT_EQ(times, 1) << sku;
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop));
}

TEST_F(ReportTest, AnotherDocumentThanBefore_EndsThePassWithoutProof) {
  page_size_ = 100;
  while (handed_over_.size() < 300) {
    ASSERT_TRUE(Pull().ok());
    host_.SetNow(host_.now() + kMinute);
  }
  host_.documents().clear();
  amazon_.reports.reports[0].text += Line("NEW");
  EXPECT_FALSE(Finish().pass_complete());
}

// Its lines.

TEST_F(ReportTest, MalformedLine_IsABadRecordAndTheRestGoesOn) {
  ReportHolds("only\tthree\tfields\n" + Line("BAD", "Title", "many") + Line("GOOD"));
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete()) << "it may have been of a listing that is still there";
  EXPECT_TRUE(last.pass_inconclusive()) << "and will be in the next report as well";
  EXPECT_TRUE(listings_.contains("GOOD"));
  ASSERT_EQ(bad_.size(), 2u);
  EXPECT_THAT(bad_[0].reason(), HasSubstr("3 fields"));
  EXPECT_THAT(bad_[0].reason(), HasSubstr("line " + std::to_string(kShop + 2)));
  EXPECT_EQ(bad_[0].raw(), "only\tthree\tfields");
  EXPECT_EQ(bad_[1].key(), "BAD");
}

// Report after report: one letter for whoever mends it, not one a day.
TEST_F(ReportTest, ALineWithoutASku_IsKnownByWhatItSays) {
  for (int report = 0; report < 2; ++report) {
    ReportHolds((report == 0 ? "" : Line("MORE")) + "only\tthree\tfields\n");
    Finish(/*want_pass=*/true);
    host_.SetNow(host_.now() + 2 * kHour);
  }
  ReportHolds("only\tthree\tothers\n");
  Finish(/*want_pass=*/true);
  ASSERT_EQ(amazon_.reports.orders.size(), 3u);
  ASSERT_EQ(bad_.size(), 3u);
  EXPECT_EQ(bad_[0].key(), bad_[1].key());
  EXPECT_NE(bad_[1].key(), bad_[2].key());
}

TEST_F(ReportTest, EndlessLine_IsABadRecordAndTheRestGoesOn) {
  ReportHolds(std::string(3 << 20, 'x') + "\n" + Line("GOOD"));
  EXPECT_FALSE(Finish().pass_complete());
  EXPECT_TRUE(listings_.contains("GOOD"));
  ASSERT_EQ(bad_.size(), 1u);
  EXPECT_LE(bad_[0].raw().size(), size_t{64} * 1024);
}

TEST_F(ReportTest, LastLineWithoutLineFeed_AndEmptyLines_AreNoTrouble) {
  std::string line = Line("LAST");
  line.pop_back();
  ReportHolds("\r\n\n" + line);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(listings_.at("LAST").statuses(0), "Active");
}

TEST_F(ReportTest, WindowsText_ArrivesAsItIs) {
  ReportHolds(Line("CAFÉ-1", "Crème brûlée – 5 €") + Line("Q", "Sushi ??"));
  ASSERT_TRUE(Finish().pass_complete());
  EXPECT_EQ(listings_.at("CAFÉ-1").title(), "Crème brûlée – 5 €");
  EXPECT_TRUE(listings_.at("Q").title_unknown()) << "question marks may stand for what the charset lacks";
}

TEST_F(ReportTest, SkuWithReplacedCharacters_IsRefused) {
  Put("AXB", 40 * kDay);
  ReportHolds(Line("A?B") + Line("A\xEF\xBF\xBD"));
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete());
  EXPECT_TRUE(last.pass_inconclusive());
  ASSERT_EQ(bad_.size(), 2u);
  EXPECT_EQ(bad_[1].key(), "A?B");
  EXPECT_THAT(bad_[1].reason(), HasSubstr("no listing by that very name"));
  EXPECT_FALSE(listings_.contains("A?B"));
}

TEST_F(ReportTest, SkuWithAQuestionMarkOfItsOwn_IsAListing) {
  restart_each_step_ = true;
  constexpr int kDoubtful = 45;  // three searches
  for (int i = 0; i < kDoubtful; ++i) Put("SIZE?-" + std::to_string(i), 40 * kDay);
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop + kDoubtful));
  EXPECT_EQ(listings_.at("SIZE?-44").quantity(), 7);
  EXPECT_TRUE(bad_.empty());
  EXPECT_TRUE(host_.documents().empty()) << "released";
}

TEST_F(ReportTest, MoreDoubtfulSkusThanCanBeLookedFor_ProveNothing) {
  for (int i = 0; i < 101; ++i) Put("SIZE?-" + std::to_string(i), 40 * kDay);
  EXPECT_TRUE(Finish().pass_inconclusive());
  EXPECT_EQ(bad_.size(), 1u);
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop + 100));
}

// One of the two has a character that the report cannot show.
TEST_F(ReportTest, TwoDoubtfulSkusOfOneName_ProveNothing) {
  Put("A?B", 40 * kDay);
  ReportHolds(Line("A?B"));
  EXPECT_TRUE(Finish().pass_inconclusive());
  ASSERT_EQ(bad_.size(), 1u);
  EXPECT_THAT(bad_[0].reason(), HasSubstr("another line has the same"));
  EXPECT_TRUE(listings_.contains("A?B"));
}

TEST_F(ReportTest, DoubtfulSkusThatAmazonRefusesToLookFor_ProveNothing_AndHoldNothingUp) {
  Put("A?B", 40 * kDay);
  while (!cursor_ || !Position().report.settling) {
    const auto reply = Pull();
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    ASSERT_TRUE(Position().reading);
    if (!reply.value().has_more()) host_.SetNow(std::max(host_.now(), reply.value().next_poll_us()));
  }
  amazon_.InjectReply(sdk::testing::Json(400, R"({"errors": [{"code": "InvalidInput", "message": "no"}]})"));
  EXPECT_TRUE(Finish().pass_inconclusive());
  ASSERT_EQ(bad_.size(), 1u);
  EXPECT_EQ(bad_[0].key(), "A?B");
}

// A plugin that knows no doubts must not take what it does not ask for as gone.
TEST_F(ReportTest, DoubtsThatAreYetToBeSettled_ProveNothingToAnOlderVersion) {
  ListingsPosition position;
  position.reading = true;
  position.window.to_us = 1;
  position.what = Reading::kReport;
  position.report.doubts = {"A?B"};
  const auto cursor = EncodeListingsPosition("lane", position);
  ASSERT_TRUE(cursor.ok());
  EXPECT_THAT(cursor.value().state(), HasSubstr(R"("broken":true)"));
  const auto back = DecodeListingsPosition("lane", cursor.value());
  ASSERT_TRUE(back.ok());
  EXPECT_FALSE(back.value().broken);
  EXPECT_EQ(back.value().report.doubts, position.report.doubts);
}

TEST_F(ReportTest, SkuThatCannotBeSearchedFor_ProvesNothing) {
  Put("RED,SIZE?", 40 * kDay);
  EXPECT_TRUE(Finish().pass_inconclusive());
  ASSERT_EQ(bad_.size(), 1u);
  EXPECT_THAT(bad_[0].reason(), HasSubstr("with its comma it cannot be looked for"));
}

TEST_F(ReportTest, MissingColumn_IsToldWithTheNamesThereAre) {
  amazon_.reports.next_text = "item-name\tasin1\tquantity\nA\tB\t1\n";
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete());
  ASSERT_EQ(bad_.size(), 1u);
  EXPECT_THAT(bad_[0].reason(), HasSubstr("no column seller-sku; its columns are: item-name, asin1, quantity"));
  EXPECT_THAT(last.progress(), HasSubstr("seller-sku"));
}

TEST_F(ReportTest, EmptyDocument_ProvesNothing) {
  amazon_.reports.next_text = "";
  EXPECT_FALSE(Finish().pass_complete());
}

TEST(ReportColumnsTest, AreFoundByNameInAnyOrderAndLanguage) {
  for (const char* header :
       {"asin1\tstatus\tfulfillment-channel\tx\tseller-sku\tquantity\titem-name",
        "ASIN1\tStatus\tFulfilment Channel\tx\tSeller_SKU\tQuantity\tItem Name",
        "asin1\tstatus (durum)\tfulfillment-channel (kanal)\tx\tseller-sku (satici)\tquantity (adet)\titem-name (ad)",
        "ASIN1\tStatus\tVersender\tx\tHändler-SKU\tMenge\tArtikelbezeichnung",
        "asin1\tステータス\tフルフィルメント・チャンネル\tx\t出品者SKU\t数量\t商品名"}) {
    const auto found = FindColumns(header);
    ASSERT_TRUE(std::holds_alternative<ReportColumns>(found)) << header << ": " << std::get<std::string>(found);
    const auto& columns = std::get<ReportColumns>(found);
    EXPECT_EQ(columns.count, 7);
    EXPECT_EQ(columns.asin, 0) << header;
    EXPECT_EQ(columns.status, 1) << header;
    EXPECT_EQ(columns.channel, 2) << header;
    EXPECT_EQ(columns.sku, 4) << header;
    EXPECT_EQ(columns.quantity, 5) << header;
    EXPECT_EQ(columns.title, 6) << header;
  }
}

TEST(ReportColumnsTest, WhatMayBeAbsent_IsAndTheListingSaysSo) {
  const auto columns = std::get<ReportColumns>(FindColumns("seller-sku\tfulfillment-channel"));
  pb::Listing listing;
  EXPECT_EQ(ReadReportLine("A\tDEFAULT", columns, listing), "");
  EXPECT_FALSE(listing.has_quantity());
  EXPECT_TRUE(listing.title_unknown());
  EXPECT_EQ(listing.statuses_size(), 0);
}

// What it proves.

TEST_F(ReportTest, FewerLinesThanAmazonCounts_ProveNothing) {
  std::string half = amazon_.ReportText(kUk, amazon_.Now());
  half.resize(half.find('\n', half.size() / 2) + 1);
  amazon_.reports.next_text = half;
  const pb::PullListingsReply last = Finish();
  EXPECT_FALSE(last.pass_complete());
  EXPECT_GT(listings_.size(), static_cast<size_t>(kShop / 3)) << "what it says is taken";
}

// A feed of a thousand numbers and more can have one time: the rest of them is in the report all the same.
TEST_F(ReportTest, ManyChangesInOneSecond_LeaveThePassComplete) {
  amazon_.reports.cache_age_us = 6 * kHour;
  for (int i = 0; i < 1200; ++i) {
    auto* listing = amazon_.FindListing("S" + std::to_string(i));
    listing->created_us = listing->updated_us;
    listing->updated_us = (amazon_.Now() - 3 * kHour) / kSecond * kSecond;
  }
  const pb::PullListingsReply last = Finish();
  EXPECT_TRUE(last.pass_complete());
  EXPECT_FALSE(last.pass_inconclusive());
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop));
  EXPECT_LE(Position().full_due_us, amazon_.Now() + 6 * kHour) << "what is left of them is read before long";
}

// The report's data is older than the report.
TEST_F(ReportTest, ListedSinceTheReportsData_IsSeenBeforeThePassIsComplete) {
  amazon_.reports.cache_age_us = 6 * kHour;
  Put("NEW", 5 * kHour);
  page_size_ = 100;
  bool added = false;
  amazon_.before_answer = [&](const pb::HttpRequest& request) {
    if (request.operation() == "getReportDocument" && !std::exchange(added, true)) Put("NEWER", kSecond);
  };
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_TRUE(listings_.contains("NEW"));
  EXPECT_TRUE(listings_.contains("NEWER"));
  EXPECT_EQ(listings_.at("NEW").as_of_us(), 0) << "read now, by search";
}

TEST_F(ReportTest, ChangedSinceTheReportsData_IsReadBehindIt) {
  amazon_.reports.cache_age_us = 6 * kHour;
  amazon_.FindListing("S3")->created_us = amazon_.FindListing("S3")->updated_us;
  amazon_.FindListing("S3")->updated_us = (amazon_.Now() - kHour) / kSecond * kSecond;
  EXPECT_TRUE(Finish().pass_complete());
  EXPECT_EQ(handed_over_.at("S3"), 2);
  EXPECT_EQ(listings_.at("S3").as_of_us(), 0) << "the later word is the newer one";
}

TEST_F(ReportTest, DeletedListing_IsAbsentFromTheNextPass) {
  ASSERT_TRUE(Finish().pass_complete());
  amazon_.RemoveListing("S5");
  listings_.clear();
  host_.SetNow(host_.now() + 25 * kHour);
  ASSERT_TRUE(Finish().pass_complete());
  EXPECT_FALSE(listings_.contains("S5"));
  EXPECT_EQ(listings_.size(), static_cast<size_t>(kShop - 1));
}

TEST_F(ReportTest, Failures_LeaveThePositionWhereItWas) {
  for (const char* operation : {"getReports", "createReport", "getReport", "getReportDocument"}) {
    cursor_.reset();
    amazon_.reports.reports.clear();
    for (bool failed = false; !failed;) {
      const std::optional<pb::Cursor> before = cursor_;
      bool hit = false;
      host_.OnHttp([&](const pb::HttpRequest& request) -> sdk::Result<pb::HttpReply> {
        if (request.operation() == operation) {
          hit = true;
          return ErrorReply(429, "QuotaExceeded", "words");
        }
        return amazon_.Answer(request);
      });
      auto reply = Pull();
      if (!hit) {
        ASSERT_TRUE(reply.ok());
        host_.SetNow(std::max(host_.now(), reply.value().next_poll_us()));
        continue;
      }
      failed = true;
      EXPECT_EQ(reply.error().status, QS_RETRY) << operation;
      EXPECT_EQ(cursor_->SerializeAsString(), before->SerializeAsString()) << operation;
    }
  }
}

TEST_F(ReportTest, CursorOfTheLayoutBefore_IsUpgraded) {
  ASSERT_TRUE(Finish().pass_complete());
  pb::Cursor old = *cursor_;
  old.set_schema(1);
  const auto upgraded = UpgradeListingsCursor(old);
  ASSERT_TRUE(upgraded.ok());
  EXPECT_EQ(upgraded.value().schema(), kListingsCursorSchema);
  cursor_ = upgraded.value();
  EXPECT_TRUE(Pull().ok());
  old.set_schema(3);
  EXPECT_EQ(UpgradeListingsCursor(old).error().reason, "CURSOR_INVALID");
}

}  // namespace
}  // namespace quayside::amazon
