// Quantities and despatches: files that go out.
#include "despatches.h"
#include "encode.h"
#include "file_world.h"
#include "quantities.h"

namespace quayside::flatfile {
namespace {

using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class OutTest : public FileWorld {
 protected:
  static pb::QuantityIntent Quantity(const std::string& id, const std::string& sku, int quantity) {
    pb::QuantityIntent intent;
    intent.set_intent_id(id);
    intent.set_sku(sku);
    intent.set_marketplace(kMarketplace);
    intent.set_quantity(quantity);
    intent.set_fulfilment(pb::FULFILMENT_CHANNEL_MERCHANT);
    return intent;
  }
  pb::PushReply Push(std::vector<pb::QuantityIntent> intents) {
    pb::PushRequest request;
    for (pb::QuantityIntent& intent : intents) *request.add_intents() = std::move(intent);
    auto reply = PushQuantities(settings(), request, host_.step());
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? std::move(reply.value()) : pb::PushReply();
  }
  static pb::DespatchIntent Package(const std::string& id, int64_t number) {
    pb::DespatchIntent intent;
    intent.set_intent_id(id);
    intent.set_order_external_id("A-1");
    intent.set_marketplace(kMarketplace);
    intent.set_package_number(number);
    intent.set_carrier_name("Royal Mail");
    intent.set_tracking_number("RM1");
    intent.set_shipped_us(1'795'860'000'000'000);
    pb::PackageLine& line = *intent.add_lines();
    line.set_external_line_id("1");
    line.set_quantity(2);
    return intent;
  }
  sdk::Result<pb::ConfirmDespatchReply> Confirm(const std::vector<pb::DespatchIntent>& intents) {
    pb::ConfirmDespatchRequest request;
    for (const pb::DespatchIntent& intent : intents) *request.add_intents() = intent;
    return ConfirmDespatch(settings(), request, host_.step());
  }
  pb::DespatchFinding::State Find(const pb::DespatchIntent& intent) {
    pb::ReconcileDespatchRequest request;
    *request.add_intents() = intent;
    const auto reply = ReconcileDespatch(settings(), request, host_.step());
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply.value().findings(0).state() : pb::DespatchFinding::STATE_UNSPECIFIED;
  }
  void FailPuts(sdk::Error error) {
    host_.OnTransfer([error](const pb::TransferRequest& request) -> std::optional<sdk::Error> {
      return request.has_put() ? std::optional<sdk::Error>(error) : std::nullopt;
    });
  }
};

TEST_F(OutTest, ABatchOfQuantities_IsOneFile) {
  auto slow = Quantity("i2", "C;P", 0);
  slow.set_latency_days(3);
  Set("delimiter", "semicolon");
  Set("quantities_columns", "sku=Article; quantity=Stock");
  const pb::PushReply reply = Push({Quantity("i1", "MUG", 7), slow});
  ASSERT_EQ(reply.outcomes_size(), 2);
  EXPECT_TRUE(reply.outcomes(0).has_done());
  ASSERT_THAT(FilesUnder("quantities/"), SizeIs(1));
  EXPECT_THAT(FilesUnder("quantities/")[0],
              MatchesRegex("quantities-2026[0-9]{4}T[0-9]{6}Z-[0-9]{6}-[0-9a-f]{16}.csv"));
  EXPECT_EQ(files().begin()->second, "Article;Stock;latency_days\r\nMUG;7;\r\n\"C;P\";0;3\r\n");
}

TEST_F(OutTest, LaterQuantities_HaveLaterNames) {
  Push({Quantity("i1", "MUG", 7)});
  host_.SetNow(host_.now() + 1);
  Push({Quantity("i0", "MUG", 6)});
  ASSERT_THAT(files(), SizeIs(2));
  EXPECT_THAT(files().rbegin()->second, ::testing::HasSubstr("MUG,6"));
}

TEST_F(OutTest, WhatMayNotBeSent_IsRejectedAndNotInTheFile) {
  auto theirs = Quantity("i2", "FBA", 1);
  theirs.set_fulfilment(pb::FULFILMENT_CHANNEL_MARKETPLACE);
  Set("charset", "windows-1252");
  const pb::PushReply reply = Push({Quantity("i1", "MUG", 7), theirs, Quantity("i3", "Шапка", 1)});
  EXPECT_TRUE(reply.outcomes(0).has_done());
  EXPECT_EQ(reply.outcomes(1).rejected().reason(), "NOT_MERCHANT_FULFILLED");
  EXPECT_EQ(reply.outcomes(2).rejected().reason(), "NOT_IN_CHARSET");
  EXPECT_EQ(files().begin()->second, "sku,quantity,latency_days\r\nMUG,7,\r\n");
}

TEST_F(OutTest, TroubleAtThePlace_IsRetryOrUnknown) {
  FailPuts(sdk::Error::RetryAt(123, "TRANSFER_FAILED", "no line"));
  EXPECT_EQ(Push({Quantity("i1", "MUG", 7)}).outcomes(0).retry().at_us(), 123);
  FailPuts({QS_UNKNOWN, "TRANSFER_OUTCOME_UNKNOWN", "the answer was lost", {}});
  EXPECT_TRUE(Push({Quantity("i1", "MUG", 7)}).outcomes(0).has_unknown());
  FailPuts(sdk::Error::Auth("CREDENTIALS_REFUSED", "no"));
  pb::PushRequest request;
  *request.add_intents() = Quantity("i1", "MUG", 7);
  const auto reply = PushQuantities(settings(), request, host_.step());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().status, QS_AUTH);
}

TEST_F(OutTest, APackage_IsOneFile_HoweverOftenItIsSent) {
  ASSERT_TRUE(Confirm({Package("i1", 1), Package("i2", 2)}).ok());
  const auto again = Confirm({Package("i3", 1)});
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.value().outcomes(0).has_done());
  ASSERT_THAT(FilesUnder("despatches/"), SizeIs(2));
  EXPECT_THAT(files().begin()->second,
              MatchesRegex("despatch_id,order_id,package,line_id,quantity,carrier_code,carrier,service,tracking_number,"
                           "shipped\r\n[0-9a-f]{16}-[12],A-1,[12],1,2,,Royal Mail,,RM1,2026-11-28T10:00:00Z\r\n"));
}

TEST_F(OutTest, OtherDataOfAPackage_IsAnotherFile) {
  ASSERT_TRUE(Confirm({Package("i1", 1)}).ok());
  auto other = Package("i2", 1);
  other.set_tracking_number("RM2");
  ASSERT_TRUE(Confirm({other}).ok());
  EXPECT_THAT(FilesUnder("despatches/"), SizeIs(2));
}

TEST_F(OutTest, Reconcile_LooksWhetherTheFileIsThere) {
  EXPECT_EQ(Find(Package("i1", 1)), pb::DespatchFinding::STATE_ABSENT);
  ASSERT_TRUE(Confirm({Package("i1", 1)}).ok());
  EXPECT_EQ(Find(Package("i1", 1)), pb::DespatchFinding::STATE_CONFIRMED);
}

TEST_F(OutTest, AfterTheFirstTrouble_TheRestIsPutOff) {
  FailPuts(sdk::Error::RetryAt(0, "TRANSFER_FAILED", "no line"));
  const auto reply = Confirm({Package("i1", 1), Package("i2", 2)});
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply.value().outcomes(0).has_retry());
  EXPECT_TRUE(reply.value().outcomes(1).has_retry());
  EXPECT_THAT(host_.transfers(), SizeIs(1));
}

TEST_F(OutTest, WithoutAPlace_EverythingIsRejected) {
  Set("quantities_address", "");
  Set("despatches_address", "");
  EXPECT_EQ(Push({Quantity("i1", "MUG", 7)}).outcomes(0).rejected().reason(), "NOT_CONFIGURED");
  const auto reply = Confirm({Package("i1", 1)});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().outcomes(0).rejected().reason(), "NOT_CONFIGURED");
  EXPECT_THAT(files(), IsEmpty());
}

TEST(Encode, Windows1252_HasItsOwnCharacters) {
  EXPECT_EQ(Encode("a é € Ž", "windows-1252"), "a \xe9 \x80 \x8e");
  EXPECT_EQ(Encode("a é € Ш", "UTF-8"), "a é € Ш");
  EXPECT_EQ(Encode("Ш", "windows-1252"), std::nullopt);
  EXPECT_EQ(Encode("\xff", "UTF-8"), std::nullopt);
  EXPECT_EQ(Encode("\xc3", "UTF-8"), std::nullopt);
  EXPECT_EQ(Encode("\xc0\xaf", "windows-1252"), std::nullopt);
  EXPECT_EQ(Encode("\xed\xa0\x80", "UTF-8"), std::nullopt);
}

}  // namespace
}  // namespace quayside::flatfile
