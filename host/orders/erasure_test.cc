#include "host/orders/erasure.h"

#include "host/base/names.h"
#include "host/orders/testing/order_builder.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kCanary[] = "CANARY";

// An order of Ann's, open, that came in now.
class ErasureTest : public testing::Test {
 protected:
  ErasureTest() {
    world.AddChannel("de");
    ImportPage(world, {AnnsOrder("1", world.now())});
  }

  static pb::Order AnnsOrder(const std::string& id, TimeUs updated_us, pb::OrderStatus status = pb::ORDER_STATUS_OPEN) {
    pb::Order order = MakeOrder(id, status, updated_us, {{"l1", "S", 2}});
    order.mutable_buyer()->set_name("CANARY Ann");
    order.mutable_buyer()->set_email("CANARY@example.com");
    order.mutable_ship_to()->set_name("CANARY Ann");
    order.mutable_ship_to()->add_lines("CANARY Street 1");
    order.mutable_ship_to()->set_city("Leeds");
    order.mutable_lines(0)->set_gift_message("CANARY, with love");
    order.mutable_lines(0)->set_title("Anchor");
    return order;
  }

  OrderRecord Stored(const std::string& id = "1") { return world.Order("acc", id); }
  pb::Order Document(const std::string& id = "1") { return *OpenOrderDocument(PlainCipher(), Stored(id)); }
  ErasedPiece Sweep(int limit = 10) {
    const auto piece = ErasePiece(world.store(), PlainCipher(), world.now(), limit);
    EXPECT_TRUE(piece.ok()) << piece.status();
    return piece.value_or(ErasedPiece());
  }
  std::vector<AuditRecord> Audit() {
    return world.Read([](ReadTx& tx) { return tx.ListAudit({}); });
  }
  void PutLetter(int64_t id, const std::string& lane, const std::string& key) {
    world.Write([&](Tx& tx) {
      return tx.PutDeadLetter({.id = id, .lane_id = lane, .key = key, .raw = kCanary, .last_seen_us = world.now()});
    });
  }
  std::string Record(int64_t letter_id) {
    return world.Read([&](ReadTx& tx) { return tx.GetDeadLetter(letter_id); }).raw;
  }

  StoreWorld world;
};

TEST_F(ErasureTest, IsNotDueBefore_AndIsDoneOnItsDay_WithEvidence) {
  EXPECT_EQ(Stored().erase_due_us, world.now() + kPersonalDataKeptUs);
  world.clock.Advance(kPersonalDataKeptUs - 1);
  EXPECT_EQ(Sweep().orders, 0);
  EXPECT_FALSE(Stored().personal_erased);
  world.clock.Advance(1);
  EXPECT_EQ(Sweep().orders, 1);
  const OrderRecord order = Stored();
  EXPECT_TRUE(order.personal_erased);
  EXPECT_EQ(order.revision, 2);
  EXPECT_THAT(order.document, Not(HasSubstr(kCanary)));
  EXPECT_EQ(Document().lines(0).title(), "Anchor") << "what names nobody stays";
  EXPECT_EQ(Document().ship_to().city(), "Leeds");
  EXPECT_THAT(world.EventTypes(), ElementsAre("order.received", "order.personal_data_erased"));
  const std::vector<AuditRecord> audit = Audit();
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].actor, "host");
  EXPECT_EQ(audit[0].action, "order.personal_data_erased");
  EXPECT_EQ(audit[0].resource, "orders/" + std::to_string(order.id));
  EXPECT_EQ(audit[0].details.at("external_id"), "1");
  EXPECT_EQ(audit[0].details.at("rule"), "LAST_KNOWN_DATE");
  EXPECT_EQ(audit[0].details.at("from"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(Sweep().orders, 0) << "once";
}

TEST_F(ErasureTest, IsDoneInPieces) {
  std::vector<pb::Order> page;
  for (int n = 2; n <= 7; ++n) page.push_back(AnnsOrder(std::to_string(n), world.now()));
  ImportPage(world, page);
  world.clock.Advance(kPersonalDataKeptUs);
  int64_t orders = 0;
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    const ErasedPiece piece = Sweep(3);
    EXPECT_LE(piece.orders, 3);
    orders += piece.orders;
    more = piece.more;
  }
  EXPECT_EQ(orders, 7);
  EXPECT_EQ(pieces, 3);
}

TEST_F(ErasureTest, WhatLeftLater_IsKeptAsMuchLonger) {
  const OrderRecord order = Stored();
  world.Write([&](Tx& tx) {
    return tx.PutDespatch({.id = 5, .order_id = order.id, .number = 1, .shipped_us = world.now() + 9 * kDayUs});
  });
  world.clock.Advance(kPersonalDataKeptUs);
  EXPECT_EQ(Sweep().orders, 0);
  EXPECT_EQ(Stored().erase_due_us, world.now() + 9 * kDayUs);
  EXPECT_EQ(Stored().revision, order.revision) << "nothing changed that anybody sees";
  world.clock.Advance(9 * kDayUs);
  EXPECT_EQ(Sweep().orders, 1);
}

TEST_F(ErasureTest, AnOrderThatIsReportedLate_ComesInWithoutPersonalData_WithEvidence) {
  ImportPage(world, {AnnsOrder("old", world.now() - kPersonalDataKeptUs), AnnsOrder("young", world.now() - kDayUs)});
  EXPECT_TRUE(Stored("old").personal_erased);
  EXPECT_THAT(Stored("old").document, Not(HasSubstr(kCanary)));
  EXPECT_EQ(Document("old").lines(0).title(), "Anchor");
  EXPECT_FALSE(Stored("young").personal_erased);
  const std::vector<AuditRecord> audit = Audit();
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].details.at("external_id"), "old");
  // One that names nobody needs no evidence.
  pb::Order bare = MakeOrder("bare", pb::ORDER_STATUS_SHIPPED, world.now() - 90 * kDayUs, {{"l1", "S"}});
  ImportPage(world, {bare});
  EXPECT_TRUE(Stored("bare").personal_erased);
  EXPECT_EQ(Audit().size(), 1u);
}

TEST_F(ErasureTest, LettersOfTheOrder_LoseTheirRecords_AndLaterOnesHaveNone) {
  PutLetter(11, "acc.orders", "1");
  PutLetter(12, "acc.orders", "2");
  PutLetter(13, "other.orders", "1");
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  EXPECT_EQ(Record(11), "");
  EXPECT_EQ(Record(12), kCanary);
  EXPECT_EQ(Record(13), kCanary);
  world.Write([&](Tx& tx) {
    QS_RETURN_IF_ERROR(PutOrderLetter(tx, "acc", {.id = 14, .lane_id = "acc.x", .key = "1", .raw = kCanary}));
    return PutOrderLetter(tx, "acc", {.id = 15, .lane_id = "acc.x", .key = "3", .raw = kCanary});
  });
  EXPECT_EQ(Record(14), "");
  EXPECT_EQ(Record(15), kCanary);
}

TEST_F(ErasureTest, LettersOfItsCancellationsAndRefunds_LoseTheirRecords) {
  const int64_t order_id = Stored().id;
  world.Write(
      [&](Tx& tx) { return tx.PutPostSale({.id = 7, .order_id = order_id, .number = 2, .account_id = "acc"}); });
  PutLetter(11, "acc.post-sale", PostSaleName(order_id, 2));
  PutLetter(12, "acc.post-sale", PostSaleName(order_id + 1, 2));
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  EXPECT_EQ(Record(11), "");
  EXPECT_EQ(Record(12), kCanary);
}

TEST_F(ErasureTest, AnOrderInAWarehousesHands_StaysThere) {
  OrderRecord order = Stored();
  order.centre_hold = CentreHold::kAllocated;
  order.location_id = "uk-fba";
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(order.id));
    return tx.PutOrder(order, lines);
  });
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  EXPECT_TRUE(Stored().personal_erased);
  EXPECT_EQ(Stored().centre_hold, CentreHold::kAllocated);
  EXPECT_EQ(Stored().location_id, "uk-fba");
}

TEST_F(ErasureTest, RecordsOfOldLetters_GoOnTheirDay_WithEvidence) {
  PutLetter(11, "acc.listings", "SKU");
  world.clock.Advance(kPersonalDataKeptUs - 1);
  EXPECT_EQ(Sweep().letters, 0);
  world.clock.Advance(1);
  EXPECT_EQ(Sweep().letters, 1);
  EXPECT_EQ(Record(11), "");
  const std::vector<AuditRecord> audit = Audit();
  EXPECT_TRUE(std::any_of(audit.begin(), audit.end(), [](const AuditRecord& record) {
    return record.action == "deadletter.record_erased" && record.resource == "deadLetters/11";
  }));
}

TEST_F(ErasureTest, ALaterReport_BringsNothingBack) {
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  world.clock.Advance(kMinuteUs);
  ImportPage(world, {AnnsOrder("1", world.now(), pb::ORDER_STATUS_SHIPPED)});
  EXPECT_EQ(Stored().state, OrderState::kDespatched);
  EXPECT_TRUE(Stored().personal_erased);
  EXPECT_THAT(Stored().document, Not(HasSubstr(kCanary)));
}

TEST_F(ErasureTest, AnErasedOrder_IsNotErasedAgain) {
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  const int64_t revision = world.LastRevision();
  world.Write([&](Tx& tx) { return EraseOrder(tx, PlainCipher(), world.now(), Stored()).status(); });
  EXPECT_EQ(world.LastRevision(), revision);
}

}  // namespace
}  // namespace quayside
