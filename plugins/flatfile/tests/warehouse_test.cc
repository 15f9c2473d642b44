// A warehouse that ships orders of other channels: its stock, orders that go out to it, and what it says of them.
#include "file_world.h"
#include "outbound.h"
#include "shipment_row.h"
#include "shipments.h"
#include "stock.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kShipments[] = "outbound_id,status,line_id,sku,quantity,package_id,carrier,tracking_number,shipped\n";

class WarehouseTest : public FileWorld {
 protected:
  WarehouseTest() {
    Set("stock_address", "file:///warehouse/stock");
    Set("outbound_address", "file:///warehouse/orders");
    Set("shipments_address", "file:///warehouse/shipments");
  }

  pb::PullStockReply Pull(const std::vector<std::string>& skus = {}) {
    pb::PullStockRequest request;
    if (cursor_) *request.mutable_cursor() = *cursor_;
    request.set_page_size(page_size_);
    for (const std::string& sku : skus) request.add_skus(sku);
    auto reply = PullStock(settings(), request, host_.step());
    if (!reply.ok()) {
      ADD_FAILURE() << reply.error().message;
      return {};
    }
    Commit(reply.value().next_cursor());
    return std::move(reply.value());
  }
  // `written_us` 0: the server does not tell.
  void PutStock(const std::string& lines, int64_t written_us) {
    files()["stock/all.csv"] = "sku,quantity\n" + lines + "\n";
    host_.file_times().erase("stock/all.csv");
    if (written_us > 0) host_.file_times()["stock/all.csv"] = written_us;
  }
  static pb::OutboundOrder Order(const std::string& id) {
    pb::OutboundOrder order;
    order.set_outbound_id(id);
    order.set_display_id("A-1");
    order.set_display_us(1'795'860'000'000'000);
    order.set_speed(pb::SHIPPING_SPEED_EXPEDITED);
    order.set_sales_channel("SHOP");
    order.mutable_ship_to()->set_name("Ada, Countess");
    order.mutable_ship_to()->add_lines("1 Long Lane");
    order.mutable_ship_to()->set_city("York");
    order.mutable_ship_to()->set_country_code("GB");
    pb::OutboundLine& line = *order.add_lines();
    line.set_line_id("L1");
    line.set_sku("MUG");
    line.set_quantity(2);
    line.mutable_declared_value()->set_currency_code("GBP");
    line.mutable_declared_value()->set_units(12);
    line.mutable_declared_value()->set_nanos(500'000'000);
    return order;
  }
  pb::Outcome Submit(const pb::OutboundOrder& order) {
    pb::SubmitOutboundRequest request;
    request.add_intents()->set_intent_id("1");
    *request.mutable_intents(0)->mutable_order() = order;
    const auto reply = SubmitOutbound(settings(), request, host_.step());
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply.value().outcomes(0) : pb::Outcome();
  }
  pb::Outcome TakeBack(const std::string& id) {
    pb::CancelOutboundRequest request;
    request.add_intents()->set_intent_id("1");
    request.mutable_intents(0)->set_outbound_id(id);
    const auto reply = CancelOutbound(settings(), request, host_.step());
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply.value().outcomes(0) : pb::Outcome();
  }
  pb::ReconcileOutboundReply Look(const std::string& id, int64_t sent_until_us = 0) {
    pb::ReconcileOutboundRequest request;
    request.add_outbound_ids(id);
    request.set_sent_until_us(sent_until_us);
    auto reply = ReconcileOutbound(settings(), request, host_.step());
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? std::move(reply.value()) : pb::ReconcileOutboundReply();
  }
  static std::string IdOf(const std::string& file) { return OutboundIdOfFile(file); }
  // The warehouse says so. Of the order's line: `package`, or none.
  void Say(const std::string& file, const std::string& status, const std::string& package = "") {
    const std::string line = package.empty() ? ",,,,,,," : ",L1,MUG,1," + package + ",DHL,T" + package + ",2026-11-29";
    files()["shipments/" + file] = kShipments + IdOf(file) + "," + status + line + "\n";
  }
};

TEST_F(WarehouseTest, AStockFile_IsACompletePass) {
  host_.file_times()["stock/all.csv"] = host_.now();
  files()["stock/all.csv"] = "sku,quantity,inbound,reserved,title\nMUG,5,7,1,Mug\nHAT,0,,,\nCUP,3,,,\n";
  page_size_ = 2;
  const pb::PullStockReply first = Pull();
  ASSERT_EQ(first.stock_size(), 2);
  EXPECT_EQ(first.stock(0).sku(), "MUG");
  EXPECT_EQ(first.stock(0).fulfillable(), 5);
  EXPECT_EQ(first.stock(0).inbound(), 7);
  EXPECT_EQ(first.stock(0).reserved(), 1);
  EXPECT_EQ(first.stock(0).title(), "Mug");
  EXPECT_FALSE(first.pass_complete());
  EXPECT_EQ(first.next_cursor().watermark_us(), 0) << "what the rest says is not known yet";
  const pb::PullStockReply second = Pull();
  EXPECT_EQ(second.stock_size(), 1);
  EXPECT_EQ(second.pass_id(), first.pass_id());
  EXPECT_TRUE(second.pass_complete());
  EXPECT_EQ(second.pass_done(), 3);
  EXPECT_EQ(second.next_cursor().watermark_us(), host_.now());
  EXPECT_FALSE(Pull().has_more());
  EXPECT_THAT(FilesUnder("stock/archive/"), SizeIs(1));
}

TEST_F(WarehouseTest, StockWithABadLine_IsNoCompletePass) {
  files()["stock/all.csv"] = "sku,quantity\nMUG,5\nHAT,\nCUP,-3\n";
  const pb::PullStockReply reply = Pull();
  EXPECT_EQ(reply.stock_size(), 1);
  EXPECT_THAT(ReasonsOf(reply.bad_records()),
              ElementsAre("line 3, column 2 (quantity): is empty",
                          "line 4, column 2 (quantity): must be a whole number, 0 or more"));
  EXPECT_FALSE(reply.pass_complete());
}

// An order that reached the warehouse in between is not in its figures yet.
TEST_F(WarehouseTest, AStockFile_SpeaksOfTheTimeItWasWritten) {
  const int64_t written_us = host_.now() - 3'600 * kSecondUs;
  PutStock("MUG,5", written_us);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), written_us);
  // By a clock that is ahead of ours it does not speak of the future.
  Set("stable_seconds", "30");
  PutStock("MUG,6", host_.now() + 3'600 * kSecondUs);
  Pull();
  const int64_t seen_us = host_.now();
  host_.SetNow(seen_us + 40 * kSecondUs);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), seen_us + 10 * kSecondUs);
}

TEST_F(WarehouseTest, WhatTheFileItselfSays_CountsWhenItIsEarlier) {
  const int64_t now = host_.now();
  host_.file_times()["stock/all.csv"] = now;
  files()["stock/all.csv"] = "sku,quantity,as_of\nMUG,5," + FormatTime(now - 20 * kSecondUs) + "\nHAT,3," +
                             FormatTime(now - 40 * kSecondUs) + "\nCUP,1,\n";
  page_size_ = 2;  // the earliest stands on another page than the last
  EXPECT_FALSE(Pull().pass_complete());
  const pb::PullStockReply last = Pull();
  EXPECT_TRUE(last.pass_complete());
  EXPECT_EQ(last.next_cursor().watermark_us() / kSecondUs, now / kSecondUs - 40);
  // A local time without its offset must not make it younger than the file.
  page_size_ = 0;
  host_.file_times()["stock/all.csv"] = now - 10 * kSecondUs;
  files()["stock/all.csv"] = "sku,quantity,as_of\nMUG,5," + FormatTime(now + 7'200 * kSecondUs) + "\n";
  EXPECT_EQ(Pull().next_cursor().watermark_us(), now - 10 * kSecondUs);
}

TEST_F(WarehouseTest, AnAsOfThatIsNoTime_MakesTheLineBad) {
  files()["stock/all.csv"] = "sku,quantity,as_of\nMUG,5,yesterday\n";
  EXPECT_THAT(ReasonsOf(Pull().bad_records()),
              ElementsAre("line 2, column 3 (as_of): is no date or time in the form that the account's options name"));
}

TEST_F(WarehouseTest, WhereNoTimeIsTold_AFileIsAsOldAsTheLastLookWithoutIt) {
  PutStock("MUG,5", 0);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), 1) << "it may be of any time, which 0 would not say";
  Pull();  // nothing new lies there
  const int64_t looked_us = host_.now();
  host_.SetNow(looked_us + 900 * kSecondUs);
  PutStock("MUG,4", 0);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), looked_us);
}

// Handed over, and not taken yet: the warehouse counts without it, whatever the time.
TEST_F(WarehouseTest, WhileAnOrderWaitsToBeTaken_NoFigureIsWithoutIt) {
  PutStock("MUG,5", host_.now());
  const int64_t known_us = Pull().next_cursor().watermark_us();
  Submit(Order("QS-1"));
  const int64_t waits_us = host_.now() + 60 * kSecondUs;
  host_.SetNow(waits_us);
  PutStock("MUG,5", waits_us);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), known_us);
  files().erase("outbound/outbound-QS-1.csv");  // it is taken, and this file was written before that
  host_.SetNow(waits_us + 60 * kSecondUs);
  PutStock("MUG,4", waits_us - kSecondUs);
  EXPECT_EQ(Pull().next_cursor().watermark_us(), known_us);
  PutStock("MUG,3", host_.now());
  EXPECT_EQ(Pull().next_cursor().watermark_us(), host_.now());
}

TEST_F(WarehouseTest, AFileWithABadLine_DoesNotSayHowOldTheFiguresAre) {
  PutStock("MUG,5", host_.now() - 60 * kSecondUs);
  const int64_t known_us = Pull().next_cursor().watermark_us();
  PutStock("MUG,x\nHAT,2", host_.now());
  const pb::PullStockReply reply = Pull();
  EXPECT_EQ(reply.stock_size(), 1);
  EXPECT_EQ(reply.next_cursor().watermark_us(), known_us) << "the figure of MUG is the old one";
}

// 20, then 18, then 20 again: the third file says what the first said, and is news.
TEST_F(WarehouseTest, TheSameFiguresAgain_AreReadAgain) {
  for (const char* quantity : {"20", "18", "20", "20"}) {
    host_.SetNow(host_.now() + 60 * kSecondUs);
    PutStock(std::string("MUG,") + quantity, host_.now());
    const pb::PullStockReply reply = Pull();
    ASSERT_EQ(reply.stock_size(), 1);
    EXPECT_EQ(std::to_string(reply.stock(0).fulfillable()), quantity);
    EXPECT_EQ(reply.next_cursor().watermark_us(), host_.now());
  }
}

TEST_F(WarehouseTest, OverHttps_TheSameFiguresAreReadAgain_OnceTheyAreOfALaterTime) {
  Set("stock_address", "https://warehouse.example/export");
  Set("stock_files", "all.csv");
  const int64_t begun_us = host_.now();
  PutStock("MUG,20", begun_us);
  EXPECT_EQ(Pull().stock_size(), 1);
  EXPECT_EQ(Pull().stock_size(), 0) << "it is the same file";
  host_.SetNow(begun_us + 60 * kSecondUs);
  PutStock("MUG,20", host_.now());
  const pb::PullStockReply later = Pull();
  EXPECT_EQ(later.stock_size(), 1);
  EXPECT_EQ(later.next_cursor().watermark_us(), host_.now());
  EXPECT_EQ(Pull().stock_size(), 0);
  PutStock("MUG,18", 0);
  EXPECT_EQ(Pull().stock_size(), 1);
  Pull();
  PutStock("MUG,20", 0);
  EXPECT_EQ(Pull().stock_size(), 1) << "what was said before is news after something else";
}

TEST_F(WarehouseTest, WhatAFileDidNotShow_IsNotThere) {
  const pb::PullStockReply reply = Pull({"MUG"});
  ASSERT_EQ(reply.stock_size(), 1);
  EXPECT_EQ(reply.stock(0).sku(), "MUG");
  EXPECT_TRUE(reply.stock(0).absent());
  EXPECT_THAT(reply.pass_id(), IsEmpty());
}

TEST_F(WarehouseTest, AnOrder_IsOneFile_HoweverOftenItIsSent) {
  Set("outbound_columns", "company=; address2=; address3=; district=; region=; phone=; comment=; gift_message=");
  Set("decimal_separator", "comma");
  Set("delimiter", "semicolon");
  EXPECT_EQ(Submit(Order("QS-1")).done().reference(), "outbound-QS-1.csv");
  EXPECT_TRUE(Submit(Order("QS-1")).has_done());
  ASSERT_THAT(FilesUnder("outbound/"), ElementsAre("outbound-QS-1.csv"));
  EXPECT_EQ(files().begin()->second,
            "outbound_id;order_id;ordered;speed;sales_channel;name;address1;city;postal_code;country;line_id;sku;"
            "quantity;declared_value;currency\r\n"
            "QS-1;A-1;2026-11-28T10:00:00Z;expedited;SHOP;Ada, Countess;1 Long Lane;York;;GB;L1;MUG;2;12,50;GBP\r\n");
}

TEST_F(WarehouseTest, AnOrderThatIsAnsweredFor_IsNotHandedOverAgain) {
  Say("QS-1.csv", "processing");
  EXPECT_TRUE(Submit(Order("QS-1")).has_done());
  EXPECT_THAT(FilesUnder("outbound/"), IsEmpty());
}

TEST_F(WarehouseTest, WhatCannotBeTold_IsRejected) {
  EXPECT_EQ(Submit(Order("../orders/QS-1")).rejected().reason(), "OUTBOUND_ID_INVALID");
  Set("charset", "windows-1252");
  pb::OutboundOrder order = Order("QS-1");
  order.mutable_ship_to()->set_name("Шапка");
  EXPECT_EQ(Submit(order).rejected().reason(), "NOT_IN_CHARSET");
  pb::QuoteOutboundRequest request;
  *request.mutable_order() = order;
  EXPECT_FALSE(QuoteOutbound(settings(), request).value().quotes(0).fulfillable());
  *request.mutable_order() = Order("QS-1");
  EXPECT_TRUE(QuoteOutbound(settings(), request).value().quotes(0).fulfillable());
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(WarehouseTest, AnOrderThatWaitsToBeTaken_MayBeTakenBack) {
  Submit(Order("QS-1"));
  const pb::ReconcileOutboundReply before = Look("QS-1");
  ASSERT_EQ(before.states_size(), 1);
  EXPECT_EQ(before.states(0).status(), pb::OUTBOUND_STATUS_RECEIVED);
  EXPECT_TRUE(before.states(0).cancellable());
  EXPECT_EQ(TakeBack("QS-1").accepted().handle(), "take-back-QS-1.csv");
  EXPECT_EQ(files()["outbound/take-back-QS-1.csv"], "outbound_id\r\nQS-1\r\n");
  EXPECT_FALSE(Look("QS-1").states(0).cancellable()) << "it was asked for already";
  Say("QS-1.csv", "cancelled");
  EXPECT_EQ(Look("QS-1").states(0).status(), pb::OUTBOUND_STATUS_CANCELLED);
  EXPECT_TRUE(TakeBack("QS-1").has_done());
}

TEST_F(WarehouseTest, WhatHasLeft_IsNotTakenBack) {
  Say("QS-1.csv", "shipped", "P1");
  EXPECT_EQ(TakeBack("QS-1").rejected().reason(), "NOT_CANCELLABLE");
  EXPECT_THAT(FilesUnder("outbound/"), IsEmpty());
}

TEST_F(WarehouseTest, PackagesOfAllFiles_AreToldTogether) {
  Say("QS-1.csv", "", "P1");
  EXPECT_EQ(Look("QS-1").states(0).status(), pb::OUTBOUND_STATUS_PROCESSING) << "a package left, the rest is to come";
  Say("QS-1_2.csv", "Complete", "P2");
  Say("QS-12.csv", "cancelled");
  const pb::ReconcileOutboundReply reply = Look("QS-1");
  ASSERT_EQ(reply.states_size(), 1);
  const pb::OutboundState& state = reply.states(0);
  EXPECT_EQ(state.status(), pb::OUTBOUND_STATUS_COMPLETE);
  EXPECT_EQ(state.raw_status(), "Complete");
  EXPECT_FALSE(state.cancellable());
  ASSERT_EQ(state.shipments_size(), 1);
  EXPECT_EQ(state.shipments(0).status(), pb::OutboundShipment::STATUS_SHIPPED);
  EXPECT_EQ(state.shipments(0).shipped_us(), 1'795'910'400'000'000);
  ASSERT_EQ(state.shipments(0).packages_size(), 2);
  const pb::OutboundPackage& package = state.shipments(0).packages(1);
  EXPECT_EQ(package.package_id(), "P2");
  EXPECT_EQ(package.carrier_name(), "DHL");
  EXPECT_EQ(package.tracking_number(), "TP2");
  ASSERT_EQ(package.lines_size(), 1);
  EXPECT_EQ(package.lines(0).line_id(), "L1");
  EXPECT_EQ(package.lines(0).quantity(), 1);
  EXPECT_THAT(FilesUnder("shipments/"), SizeIs(3)) << "they stay: asking again gives the same";
  EXPECT_THAT(host_.documents(), IsEmpty());
}

TEST_F(WarehouseTest, HalfAFile_SaysNothing) {
  Submit(Order("QS-1"));
  Say("QS-1.csv", "shipped", "P1");
  files()["shipments/QS-1.csv"].pop_back();
  EXPECT_EQ(Look("QS-1").states(0).raw_status(), "waits to be taken");
  EXPECT_THAT(host_.logs().back().fields().at("problem"), HasSubstr("no end"));
  Say("QS-1.csv", "shipped", "P1");
  files()["shipments/QS-1.csv"] += "QS-2,shipped,,,,,,,\n";
  EXPECT_EQ(Look("QS-1").states(0).raw_status(), "waits to be taken");
  EXPECT_THAT(host_.logs().back().fields().at("problem"), HasSubstr("line 3, column 1 (outbound_id)"));
  Set("marker", ".done");
  Say("QS-1.csv", "shipped", "P1");
  EXPECT_EQ(Look("QS-1").states(0).raw_status(), "waits to be taken");
  files()["shipments/QS-1.csv.done"] = "";
  EXPECT_EQ(Look("QS-1").states(0).raw_status(), "shipped");
}

TEST_F(WarehouseTest, WhatIsNowhere_IsNotFoundOnlyWhenItMustHaveArrived) {
  EXPECT_THAT(Look("QS-1").not_found(), ElementsAre("QS-1")) << "it was never sent";
  const pb::ReconcileOutboundReply soon = Look("QS-1", host_.now());
  EXPECT_THAT(soon.not_found(), IsEmpty());
  EXPECT_GT(soon.ask_again_us(), host_.now());
  host_.SetNow(host_.now() + 3600 * kSecondUs);
  EXPECT_THAT(Look("QS-1", host_.now() - 3600 * kSecondUs).not_found(), ElementsAre("QS-1"));
}

TEST_F(WarehouseTest, APlaceThatCannotBeListed_IsNoSilence) {
  host_.OnTransfer([](const pb::TransferRequest&) -> std::optional<sdk::Error> {
    return sdk::Error::RetryAt(123, "TRANSFER_FAILED", "no line");
  });
  pb::ReconcileOutboundRequest request;
  request.add_outbound_ids("QS-1");
  const auto reply = ReconcileOutbound(settings(), request, host_.step());
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().retry_at_us, 123);
}

TEST_F(WarehouseTest, WithoutAPlace_NothingIsShipped) {
  Set("outbound_address", "");
  Set("shipments_address", "");
  EXPECT_EQ(Submit(Order("QS-1")).rejected().reason(), "NOT_CONFIGURED");
  EXPECT_EQ(TakeBack("QS-1").rejected().reason(), "NOT_CONFIGURED");
  EXPECT_THAT(Look("QS-1").not_found(), ElementsAre("QS-1"));
  EXPECT_EQ(QuoteOutbound(settings(), {}).error().reason, "NOT_CONFIGURED");
}

TEST_F(WarehouseTest, AWarehouseThatCannotAnswer_IsAProblem) {
  EXPECT_THAT(FindProblems(config_), IsEmpty());
  Set("shipments_address", "");
  ASSERT_THAT(FindProblems(config_), SizeIs(1));
  EXPECT_EQ(FindProblems(config_)[0].field(), "options.shipments_address");
  Set("shipments_address", "https://warehouse.example/shipments");
  EXPECT_EQ(FindProblems(config_)[0].field(), "options.shipments_address");
}

TEST(OutboundWords, AreUnderstoodInAnyCase_OrToldAsTheyAre) {
  EXPECT_EQ(ParseOutboundStatus("Complete_Partly"), pb::OUTBOUND_STATUS_COMPLETE_PARTLY);
  EXPECT_EQ(ParseOutboundStatus("REJECTED"), pb::OUTBOUND_STATUS_INVALID);
  EXPECT_EQ(ParseOutboundStatus("on the moon"), pb::OUTBOUND_STATUS_UNKNOWN);
}

TEST(OutboundFiles, AreNamedByTheirOrder) {
  EXPECT_EQ(OutboundIdOfFile("QS-1.csv"), "QS-1");
  EXPECT_EQ(OutboundIdOfFile("QS-1_later.csv"), "QS-1");
  EXPECT_EQ(OutboundIdOfFile("QS-1.csv.part"), "");
  EXPECT_EQ(OutboundIdOfFile("all shipments.csv"), "");
}

}  // namespace
}  // namespace quayside::flatfile
