// Orders, their lines, and lists of them.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<OrderLineRecord> ThreeLines() {
  return {sample::Line("Z", 1, 10), sample::Line("A", 2, 0), sample::Line("M", 3, 20)};
}

void ExpectSameOrder(const OrderRecord& read, const OrderRecord& written) {
  EXPECT_EQ(read.id, written.id);
  EXPECT_EQ(read.account_id, written.account_id);
  EXPECT_EQ(read.channel_id, written.channel_id);
  EXPECT_EQ(read.marketplace, written.marketplace);
  EXPECT_EQ(read.external_id, written.external_id);
  EXPECT_EQ(read.state, written.state);
  EXPECT_EQ(read.raw_status, written.raw_status);
  EXPECT_EQ(read.fulfilment, written.fulfilment);
  EXPECT_EQ(read.location_id, written.location_id);
  EXPECT_EQ(read.created_us, written.created_us);
  EXPECT_EQ(read.updated_us, written.updated_us);
  EXPECT_EQ(read.received_us, written.received_us);
  EXPECT_EQ(read.ship_by_us, written.ship_by_us);
  EXPECT_EQ(read.service_level, written.service_level);
  EXPECT_EQ(read.currency, written.currency);
  EXPECT_EQ(read.total_units, written.total_units);
  EXPECT_EQ(read.total_nanos, written.total_nanos);
  EXPECT_EQ(read.unlinked_lines, written.unlinked_lines);
  EXPECT_EQ(read.personal_erased, written.personal_erased);
  EXPECT_EQ(read.revision, written.revision);
  EXPECT_EQ(read.document, written.document);
  EXPECT_EQ(read.postal_method, written.postal_method);
  EXPECT_EQ(read.erase_due_us, written.erase_due_us);
  EXPECT_EQ(read.centre_hold, written.centre_hold);
}

// Puts the order over a stored one and expects exactly it back.
void ExpectStored(Store& store, const OrderRecord& order, const std::vector<OrderLineRecord>& lines) {
  const absl::Status written = store.Write([&](Tx& tx) { return tx.PutOrder(order, lines); });
  ASSERT_TRUE(written.ok()) << written;
  const absl::Status read = store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const OrderRecord stored, tx.GetOrder(order.id));
    ExpectSameOrder(stored, order);
    QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> found, tx.FindOrder(order.account_id, order.external_id));
    EXPECT_TRUE(found.has_value());
    QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> stored_lines, tx.GetOrderLines(order.id));
    EXPECT_EQ(stored_lines, lines);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_P(StoreConformance, Orders_RoundTripWithLinesInTheirOrder) {
  ExpectStored(store(), sample::Order(1), ThreeLines());
  ExpectStored(store(), sample::Order(2), ThreeLines());
  const auto found = MustRead([](ReadTx& tx) { return tx.FindOrders({2, 99}); });
  ASSERT_EQ(found.size(), 1u);
  ExpectSameOrder(found[0], sample::Order(2));
}

TEST_P(StoreConformance, PutOrder_ReplacesEveryField) {
  OrderRecord order = sample::Order(1);
  ExpectStored(store(), order, ThreeLines());
  order.document = "only the document";
  ExpectStored(store(), order, ThreeLines());
  order.state = OrderState::kDespatched;
  order.unlinked_lines = 1;
  ExpectStored(store(), order, ThreeLines());
  order.centre_hold = CentreHold::kAllocated;
  ExpectStored(store(), order, ThreeLines());
  order.personal_erased = false;
  ExpectStored(store(), order, ThreeLines());
  order.erase_due_us = 99;
  order.state = OrderState::kCancelled;
  ExpectStored(store(), order, ThreeLines());
  order = {.id = 1, .account_id = "acc-9", .channel_id = "", .external_id = "another"};
  ExpectStored(store(), order, {});
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindOrder("acc-1", "ext-0001"); }).has_value());
}

TEST_P(StoreConformance, PutOrder_ReplacesLinesWhenTheyChangeGrowAndShrink) {
  const OrderRecord order = sample::Order(1);
  std::vector<OrderLineRecord> lines = ThreeLines();
  ExpectStored(store(), order, lines);
  lines[1].reserved = 77;
  ExpectStored(store(), order, lines);
  lines.push_back(sample::Line("NEW", 1, 0));
  ExpectStored(store(), order, lines);
  std::swap(lines[0], lines[3]);
  ExpectStored(store(), order, lines);
  lines.resize(1);
  ExpectStored(store(), order, lines);
  ExpectStored(store(), order, {});
}

TEST_P(StoreConformance, PutOrder_RefusesASecondIdForTheSameOrder) {
  OrderRecord order = sample::Order(1);
  OrderRecord other = sample::Order(3);
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(order, ThreeLines()));
    return tx.PutOrder(other, {});
  });
  OrderRecord again = order;
  again.id = 2;
  EXPECT_EQ(store().Write([&](Tx& tx) { return tx.PutOrder(again, {}); }).code(), absl::StatusCode::kAlreadyExists);
  other.external_id = order.external_id;
  EXPECT_EQ(store().Write([&](Tx& tx) { return tx.PutOrder(other, {}); }).code(), absl::StatusCode::kAlreadyExists);
  again.account_id = "acc-2";
  ExpectStored(store(), again, {});  // another account's order of the same number is another order
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetOrderLines(1); }), ThreeLines());
}

TEST_P(StoreConformance, ListOrders_FiltersAndPagesFromTheNewest) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 12; ++id) {
      OrderRecord order = sample::Order(id);
      order.account_id = id % 2 == 0 ? "even" : "odd";
      order.channel_id = id % 3 == 0 ? "three" : "";
      order.state = id <= 4 ? OrderState::kDespatched : OrderState::kOpen;
      order.unlinked_lines = id > 10 ? 2 : 0;
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {}));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const OrderQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOrders(query); }), &OrderRecord::id);
  };
  EXPECT_THAT(ids({.limit = 3}), ElementsAre(12, 11, 10));
  EXPECT_THAT(ids({.before_id = 10, .limit = 2}), ElementsAre(9, 8));
  EXPECT_THAT(ids({.account_id = "even"}), ElementsAre(12, 10, 8, 6, 4, 2));
  EXPECT_THAT(ids({.account_id = "even", .before_id = 8, .limit = 2}), ElementsAre(6, 4));
  EXPECT_THAT(ids({.channel_id = "three"}), ElementsAre(12, 9, 6, 3));
  EXPECT_THAT(ids({.account_id = "odd", .channel_id = "three"}), ElementsAre(9, 3));
  EXPECT_THAT(ids({.state = OrderState::kDespatched}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids({.account_id = "odd", .state = OrderState::kDespatched}), ElementsAre(3, 1));
  EXPECT_THAT(ids({.channel_id = "three", .state = OrderState::kOpen, .before_id = 12}), ElementsAre(9, 6));
  EXPECT_THAT(ids({.only_unlinked = true}), ElementsAre(12, 11));
  EXPECT_THAT(ids({.account_id = "odd", .only_unlinked = true}), ElementsAre(11));
  EXPECT_THAT(ids({.channel_id = "three", .only_unlinked = true}), ElementsAre(12));
  EXPECT_THAT(ids({.state = OrderState::kDespatched, .only_unlinked = true}), IsEmpty());
  EXPECT_THAT(ids({.external_id = "ext-0007"}), ElementsAre(7));
  EXPECT_THAT(ids({.account_id = "even", .external_id = "ext-0007"}), IsEmpty());
  EXPECT_THAT(ids({.limit = 0}), IsEmpty());
}

TEST_P(StoreConformance, ListUnlinkedLines_NamesWaitingLinesOfTheAccountInOrder) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(2), {sample::Line("A", 1, 0), sample::Line("B", 2, 0)}));
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {sample::Line("B", 3, 0), sample::Line("B", 4, 0)}));
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(3), {sample::Line("B", 5, 9)}));
    return tx.PutOrder(sample::Order(4, "acc-2"), {sample::Line("B", 6, 0)});
  });
  const std::vector<UnlinkedLine> lines = MustRead([](ReadTx& tx) { return tx.ListUnlinkedLines("acc-1", "B"); });
  EXPECT_THAT(KeysOf(lines, &UnlinkedLine::order_id), ElementsAre(1, 1, 2));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].line, sample::Line("B", 3, 0));
  EXPECT_EQ(lines[1].line, sample::Line("B", 4, 0));
  EXPECT_EQ(lines[2].line, sample::Line("B", 2, 0));
  MustWrite([](Tx& tx) { return tx.PutOrder(sample::Order(1), {sample::Line("B", 3, 8), sample::Line("B", 4, 8)}); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListUnlinkedLines("acc-1", "B"); }).size(), 1u);
}

TEST_P(StoreConformance, ListOrdersToErase_NamesThoseWithPersonalData_TheLongestDueFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 5; ++id) {
      OrderRecord order = sample::Order(id);
      order.personal_erased = id == 2;
      order.erase_due_us = 100 - id;
      QS_RETURN_IF_ERROR(tx.PutOrder(order, {}));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](TimeUs due_by, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOrdersToErase(due_by, limit); }), &OrderRecord::id);
  };
  EXPECT_THAT(ids(97, 9), ElementsAre(5, 4, 3));
  EXPECT_THAT(ids(200, 2), ElementsAre(5, 4));
  EXPECT_THAT(ids(94, 9), IsEmpty());
}

TEST_P(StoreConformance, APackageThatIsOver_KeepsNothingOfAnErasedOrder) {
  DespatchRecord package = sample::Despatch(7, 1, 1);
  package.state = DespatchState::kWaiting;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(sample::Order(1), {}));  // erased
    return tx.PutDespatch(package);
  });
  const auto stored = [&] { return MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(1); }).at(0); };
  EXPECT_EQ(stored().tracking, package.tracking) << "the marketplace is yet to be told";
  package.state = DespatchState::kConfirmed;
  MustWrite([&](Tx& tx) { return tx.PutDespatch(package); });
  EXPECT_EQ(stored().tracking, "");
  EXPECT_EQ(stored().request, "");
  EXPECT_EQ(stored().carrier_name, package.carrier_name);
}

TEST_P(StoreConformance, LettersLoseTheirRecords_OldOnesAndThoseOfAKey_AndStay) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 4; ++id) {
      DeadLetterRecord letter = sample::DeadLetter(id, "lane", id == 4 ? "k1" : sample::Id("k", id));
      letter.state = id == 1 ? DeadLetterState::kOpen : DeadLetterState::kDiscarded;
      letter.edited = true;
      if (id == 3) letter.raw.clear();
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
    }
    return tx.PutDeadLetter(sample::DeadLetter(9, "other", "k1"));
  });
  const auto old = [&](TimeUs seen_by) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListLettersToErase(seen_by, 9); }), &DeadLetterRecord::id);
  };
  EXPECT_THAT(old(23), ElementsAre(1, 2)) << "number 3 has none";
  EXPECT_THAT(old(20), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "lane", .key = "k1"}); }).size(), 1u);
  int64_t erased = -1;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(erased, tx.EraseLetters("lane", "k1"));
    return absl::OkStatus();
  });
  EXPECT_EQ(erased, 1);
  const DeadLetterRecord letter = MustRead([](ReadTx& tx) { return tx.GetDeadLetter(4); });
  EXPECT_EQ(letter.raw, "");
  EXPECT_FALSE(letter.edited);
  EXPECT_EQ(letter.state, DeadLetterState::kDiscarded);
  EXPECT_THAT(old(100), ElementsAre(1, 2, 9));
}

}  // namespace
}  // namespace quayside
