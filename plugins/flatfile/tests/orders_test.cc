#include "file_world.h"
#include "order_row.h"

namespace quayside::flatfile {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class OrdersTest : public FileWorld {
 protected:
  // The same file, in pages of each size: the same orders and bad records.
  std::vector<pb::PullOrdersReply> InPagesOf(const std::vector<int>& sizes, const std::string& text) {
    std::vector<pb::PullOrdersReply> replies;
    for (const int page_size : sizes) {
      files().clear();
      cursor_.reset();
      page_size_ = page_size;
      files()["orders/a.csv"] = text;
      replies.push_back(PullAll());
      EXPECT_EQ(IdsOf(replies.back()), IdsOf(replies.front())) << page_size;
      EXPECT_EQ(ReasonsOf(replies.back().bad_records()), ReasonsOf(replies.front().bad_records())) << page_size;
    }
    return replies;
  }
};

TEST_F(OrdersTest, LinesOfAnOrder_AreOneOrder) {
  files()["orders/a.csv"] =
      "order_id,line_id,sku,quantity,unit_price,name,city,country,created\r\n"
      "A-1,1,MUG,2,4.50,Ada,Leeds,GB,2026-11-28T10:00:00Z\r\n"
      "A-1,2,CUP,1,3,Ada,Leeds,GB,2026-11-28T10:00:00Z\r\n"
      "A-2,,HAT,1,10,Bob,York,GB,2026-11-28\r\n";
  const pb::PullOrdersReply all = PullAll();
  ASSERT_THAT(IdsOf(all), ElementsAre("A-1", "A-2"));
  const pb::Order& order = all.orders(0);
  ASSERT_EQ(order.lines_size(), 2);
  EXPECT_EQ(order.lines(1).sku(), "CUP");
  EXPECT_EQ(order.lines(0).quantity(), 2);
  EXPECT_EQ(order.lines(0).unit_price().units(), 4);
  EXPECT_EQ(order.lines(0).unit_price().nanos(), 500'000'000);
  EXPECT_EQ(order.lines(0).unit_price().currency_code(), "EUR");
  EXPECT_EQ(order.ship_to().city(), "Leeds");
  EXPECT_EQ(order.status(), pb::ORDER_STATUS_OPEN);
  EXPECT_EQ(order.created_us(), 1'795'860'000'000'000);
  EXPECT_EQ(order.marketplace(), "files");
  EXPECT_EQ(all.orders(1).lines(0).external_id(), "1");
  EXPECT_THAT(all.bad_records(), IsEmpty());
}

TEST_F(OrdersTest, ColumnsAreFoundByTheirMappedNames) {
  Set("orders_columns", "order_id=Bestellnummer; sku=Artikel; quantity=Menge; unit_price=Preis; created=Datum");
  Set("delimiter", "semicolon");
  Set("decimal_separator", "comma");
  Set("dates", "day_first");
  files()["orders/a.csv"] = "Artikel;menge;Preis;Bestellnummer;Datum\nMUG;3,0;1234,5;B-7;28.11.2026 10:00\n";
  const pb::PullOrdersReply all = PullAll();
  ASSERT_THAT(IdsOf(all), ElementsAre("B-7"));
  EXPECT_EQ(all.orders(0).lines(0).quantity(), 3);
  EXPECT_EQ(all.orders(0).lines(0).unit_price().units(), 1234);
  EXPECT_EQ(all.orders(0).created_us(), 1'795'860'000'000'000);
}

TEST_F(OrdersTest, WithoutHeader_ColumnsAreNumbers) {
  Set("header", "false");
  Set("orders_columns", "order_id=2; sku=1; quantity=4");
  files()["orders/a.csv"] = "MUG,C-1,x,5\nMUG,C-2\n";
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), ElementsAre("C-1"));
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre("line 2, column 4 (quantity): it has 2 fields, 4 are needed"));
}

TEST_F(OrdersTest, BadLines_AreToldWithLineAndColumn_AndTheRestGoesOn) {
  files()["orders/a.csv"] =
      "order_id,sku,quantity\n"
      "A-1,MUG,1\n"
      "A-2,MUG,many\n"
      "A-3,MUG\n"
      "A-4,\"MUG\"x,1\n"
      "A-5,MUG,1\n"
      "A-6,MUG,1,GB,\n";
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), ElementsAre("A-1", "A-5"));
  EXPECT_THAT(ReasonsOf(all.bad_records()),
              ElementsAre("line 3, column 3 (quantity): must be a whole number from 0 to 1000000",
                          "line 4, column 3 (quantity): it has 2 fields, the header has 3",
                          "line 5, column 2: text follows a closing quote",
                          "line 7, column 4: it has 5 fields, the header has 3"));
  EXPECT_EQ(all.bad_records(0).key(), "A-2");
  EXPECT_EQ(all.bad_records(0).raw(), "A-2,MUG,many");
  EXPECT_THAT(all.bad_records(1).key(), MatchesRegex("[0-9a-f]{8}-a.csv:4"));
}

TEST_F(OrdersTest, BadLinesOfFilesOfTheSameName_AreSeveral) {
  files()["orders/daily.csv"] = "order_id,sku,quantity\nA-1,MUG\n";
  const pb::PullOrdersReply first = PullAll();
  files()["orders/daily.csv"] = "order_id,sku,quantity\nB-1,MUG\n";
  const pb::PullOrdersReply second = PullAll();
  ASSERT_THAT(first.bad_records(), SizeIs(1));
  ASSERT_THAT(second.bad_records(), SizeIs(1));
  EXPECT_NE(first.bad_records(0).key(), second.bad_records(0).key());
}

TEST_F(OrdersTest, AnOrderWithOneBadLine_IsNotHandedOverInPart) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,MUG,1\nA-1,,1\nA-1,CUP,1\nA-2,MUG,1\n";
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), ElementsAre("A-2"));
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre("line 3, column 2 (sku): is empty"));
}

// Of a line that is no record the order may be known, or what stands around it tells.
TEST_F(OrdersTest, AnOrderWithALineThatIsNoRecord_IsNotHandedOverInPart) {
  struct Wrong {
    const char* line;
    const char* reason;
  };
  const Wrong wrong_lines[] = {{"A-1,C\xef\xbf\xbdP,1\n", "column 2 (sku): it holds bytes"},
                               {"A-1,CUP\n", "column 3 (quantity): it has 2 fields"},
                               {"A-1,\"CUP\"x,1\n", "column 2: text follows"},
                               {"\"A-1\"x,CUP,1\n", "column 1: text follows"}};
  for (const Wrong& wrong : wrong_lines) {
    files().clear();
    cursor_.reset();
    files()["orders/a.csv"] =
        std::string("order_id,sku,quantity\nA-0,MUG,1\nA-1,MUG,1\n") + wrong.line + "A-1,HAT,1\nA-2,MUG,1\n";
    const pb::PullOrdersReply all = PullAll();
    EXPECT_THAT(IdsOf(all), ElementsAre("A-0", "A-2")) << wrong.line;
    EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre(HasSubstr(std::string("line 4, ") + wrong.reason),
                                                          HasSubstr("one of its lines cannot be used: line 4, ")))
        << wrong.line;
    EXPECT_THAT(all.bad_records(0).key(), EndsWith("-a.csv:4"));
    EXPECT_EQ(all.bad_records(1).key(), "A-1");
    EXPECT_EQ(all.bad_records(1).raw(), "A-1,MUG,1\nA-1,HAT,1");
  }
}

TEST_F(OrdersTest, AFirstOrLastLineThatIsNoRecord_IsItsOrdersAsWell) {
  files()["orders/a.csv"] =
      "order_id,sku,quantity\nA-1,MUG\nA-1,HAT,1\nA-2,MUG,1\nA-3,MUG,1\nA-3,\"HAT\"x,1\nA-4,MUG,1\n";
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-2", "A-4"));
}

TEST_F(OrdersTest, LinesThatAreNoRecords_AreTheSameInPagesOfEverySize) {
  // Good, too wide, torn behind the order's id, and torn in it.
  const auto line_of = [](const std::string& id, int kind) {
    if (kind == 3) return "\"" + id + "\"x,SKU,1\n";
    return id + (kind == 0 ? ",SKU,1\n" : kind == 1 ? ",SKU,1,1\n" : ",\"SKU\"x,1\n");
  };
  std::string text = "order_id,sku,quantity\n";
  // Every sequence of three lines of two orders, each line good or wrong in one of three ways.
  for (int i = 0; i < 8 * 64; ++i) {
    for (int line = 0; line < 3; ++line) {
      const std::string id = std::to_string(i) + ((i >> line) % 2 == 0 ? "-A" : "-B");
      text += line_of(id, ((i / 8) >> (2 * line)) & 3);
    }
  }
  for (const pb::PullOrdersReply& all : InPagesOf({2'000, 1, 7}, text)) EXPECT_FALSE(IdsOf(all).empty());
}

TEST_F(OrdersTest, AnOrderThatNeverEnds_PutsTheFileAside) {
  std::string text = "order_id,sku,quantity\nA-1,MUG,1\n";
  while (text.size() < (size_t{17} << 20)) text += "THE-NAME-OF-THE-SHOP-IN-A-COLUMN-THAT-WAS-MAPPED-WRONGLY,MUG,1\n";
  files()["orders/a.csv"] = text;
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), ElementsAre("A-1"));
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre("line 3: an order of more lines than a step reads"));
  EXPECT_THAT(FilesUnder("orders/errors/"), SizeIs(1));
}

TEST_F(OrdersTest, ALineIdThatIsTwiceInAnOrder_IsToldWithItsColumn) {
  // A line without an id is called by its number, which another one may have for its own.
  files()["orders/a.csv"] = "order_id,sku,line_id,quantity\nA-1,MUG,7,1\nA-1,CUP,7,1\nA-2,MUG,2,1\nA-2,CUP,,1\n";
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), IsEmpty());
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre("line 3, column 3 (line_id): '7' is twice in the order",
                                                        "line 5, column 3 (line_id): '2' is twice in the order"));
}

TEST_F(OrdersTest, ALineTooMany_IsToldWithTheColumnThatNamesItsOrder) {
  std::string text = "sku,order_id,quantity\n";
  for (int line = 0; line <= kMostOrderLines; ++line) text += "MUG,A-1,1\n";
  files()["orders/a.csv"] = text;
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(ReasonsOf(all.bad_records()),
              ElementsAre("line 1002, column 2 (order_id): the order has more than 1000 lines"));
}

TEST_F(OrdersTest, WhatNoColumnHolds_IsToldWithoutOne) {
  Set("currency", "euro");
  files()["orders/a.csv"] = "order_id,sku,quantity,unit_price\nA-1,MUG,1,2\n";
  EXPECT_THAT(ReasonsOf(PullAll().bad_records()),
              ElementsAre("line 2 (currency): must be three capitals, such as EUR"));
}

TEST_F(OrdersTest, CharactersTheCharsetLacks_MakeTheLineBad) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,M\xef\xbf\xbdG,1\n";
  EXPECT_THAT(ReasonsOf(PullAll().bad_records()),
              ElementsAre("line 2, column 2 (sku): it holds bytes that are no character of the file's charset"));
}

TEST_F(OrdersTest, EveryPageSize_GivesTheSameOrders) {
  std::string text = "order_id,line_id,sku,quantity\n";
  for (int i = 0; i < 60; ++i)
    for (int line = 1; line <= 1 + i % 3; ++line)
      text += "A-" + std::to_string(i) + "," + std::to_string(line) + ",SKU," + (i % 7 == 6 ? "x" : "1") + "\n";
  for (const pb::PullOrdersReply& all : InPagesOf({0, 1, 7, 2000}, text)) {
    EXPECT_THAT(IdsOf(all), SizeIs(52));
    for (const pb::Order& order : all.orders()) {
      const int number = std::stoi(order.external_id().substr(2));
      EXPECT_EQ(order.lines_size(), 1 + number % 3) << order.external_id();
    }
  }
}

TEST_F(OrdersTest, TheSameCursor_GivesTheSameSetAgain) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,MUG,1\nA-2,MUG,1\nA-3,MUG,1\n";
  page_size_ = 2;
  const auto first = Pull();
  ASSERT_TRUE(first.ok());
  const auto after_first = cursor_;
  const auto second = Pull();
  cursor_ = after_first;
  const auto again = Pull();
  ASSERT_TRUE(second.ok() && again.ok());
  EXPECT_EQ(second.value().SerializeAsString(), again.value().SerializeAsString());
  EXPECT_THAT(IdsOf(second.value()), ElementsAre("A-3"));
}

TEST_F(OrdersTest, ALargeFile_IsReadAPageAtATime) {
  std::string text = "order_id,sku,quantity\n";
  for (int i = 0; i < 100'000; ++i) text += "ORDER-" + std::to_string(i) + ",SKU-WITH-A-NAME,1\n";
  files()["orders/a.csv"] = text;
  page_size_ = 2'000;
  const pb::PullOrdersReply all = PullAll();
  EXPECT_EQ(all.orders_size(), 100'000);
  EXPECT_EQ(all.orders(99'999).external_id(), "ORDER-99999");
}

TEST_F(OrdersTest, AFileWithoutANeededColumn_IsPutAside) {
  files()["orders/a.csv"] = "order_id,quantity\nA-1,1\n";
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre("line 1: the header has no column 'sku'"));
  EXPECT_THAT(FilesUnder("orders/errors/"), SizeIs(1));
}

TEST_F(OrdersTest, ALineThatNeverEnds_PutsTheFileAside) {
  files()["orders/a.csv"] = "order_id,sku,quantity\n" + std::string(2 << 20, 'x');
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(ReasonsOf(all.bad_records()), ElementsAre(HasSubstr("line 2 is longer than")));
  EXPECT_THAT(FilesUnder("orders/errors/"), SizeIs(1));
}

TEST_F(OrdersTest, WithoutPersonalData_NoneIsHandedOver) {
  files()["orders/a.csv"] =
      "order_id,sku,quantity,name,buyer_email,city,country,gift_message\nA-1,MUG,1,Ada,a@b.example,Leeds,GB,Hi\n";
  pb::PullOrdersRequest request;
  request.set_without_personal_data(true);
  const auto reply = PullOrders(settings(), request, host_.step());
  ASSERT_TRUE(reply.ok());
  ASSERT_EQ(reply.value().orders_size(), 1);
  const std::string bytes = reply.value().orders(0).SerializeAsString();
  for (const char* text : {"Ada", "a@b", "Leeds", "Hi"}) EXPECT_THAT(bytes, ::testing::Not(HasSubstr(text)));
  EXPECT_EQ(reply.value().orders(0).ship_to().country_code(), "GB");
}

TEST_F(OrdersTest, ABackfill_FindsNothing) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,MUG,1\n";
  pb::PullOrdersRequest request;
  request.set_changed_from_us(1);
  request.set_changed_to_us(1000);
  const auto reply = PullOrders(settings(), request, host_.step());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().orders_size(), 0);
  EXPECT_FALSE(reply.value().has_more());
  EXPECT_EQ(reply.value().next_cursor().watermark_us(), 1000);
  EXPECT_THAT(FilesUnder("orders/"), ElementsAre("a.csv"));
}

TEST_F(OrdersTest, StatusWords_AreKnownOrHeld) {
  files()["orders/a.csv"] =
      "order_id,sku,quantity,status\nA-1,M,2,Cancelled\nA-2,M,2,SHIPPED\nA-3,M,2,unpaid\nA-4,M,2,on hold\n";
  const pb::PullOrdersReply all = PullAll();
  ASSERT_EQ(all.orders_size(), 4);
  EXPECT_EQ(all.orders(0).status(), pb::ORDER_STATUS_CANCELLED);
  EXPECT_EQ(all.orders(0).lines(0).quantity_cancelled(), 2);
  EXPECT_EQ(all.orders(1).status(), pb::ORDER_STATUS_SHIPPED);
  EXPECT_EQ(all.orders(1).lines(0).quantity_shipped(), 2);
  EXPECT_EQ(all.orders(2).status(), pb::ORDER_STATUS_PENDING);
  EXPECT_EQ(all.orders(3).status(), pb::ORDER_STATUS_UNKNOWN);
  EXPECT_EQ(all.orders(3).raw_status(), "on hold");
}

}  // namespace
}  // namespace quayside::flatfile
