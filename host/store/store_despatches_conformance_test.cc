// Packages that left with their audit trail, postal methods and shipping mappings.
#include <limits>

#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::Despatch;
using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeUs kAnyTime = std::numeric_limits<TimeUs>::max();

TEST_P(StoreConformance, Despatches_RoundTripAndReplace_WithTheirLines) {
  DespatchRecord written = Despatch(5, 42, 1);
  const auto read = [&] { return MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(42); }); };
  MustWrite([&](Tx& tx) { return tx.PutDespatch(written); });
  EXPECT_THAT(read(), ElementsAre(written));
  written = {.id = 5, .order_id = 42, .number = 1, .account_id = "acc-1", .lines = {{"other", 7}}};
  MustWrite([&](Tx& tx) { return tx.PutDespatch(written); });
  EXPECT_THAT(read(), ElementsAre(written)) << "lines that were more are gone";
}

TEST_P(StoreConformance, DespatchesOfAnOrder_AreByNumber_AndEachNumberOnce) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int32_t number : {3, 1, 2}) QS_RETURN_IF_ERROR(tx.PutDespatch(Despatch(10 + number, 42, number)));
    return tx.PutDespatch(Despatch(20, 43, 1));
  });
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(42); }), &DespatchRecord::number),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(44); }), IsEmpty());
  const absl::Status second = store().Write([](Tx& tx) { return tx.PutDespatch(Despatch(99, 42, 2)); });
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreConformance, OpenDespatches_AreByTheirTime_OfOneStateAndAccount) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 9; ++n) {
      DespatchRecord package = Despatch(n, 42, n);
      package.state = static_cast<DespatchState>(n);
      package.due_us = 100 - n;
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
    }
    DespatchRecord waiting = Despatch(20, 43, 1);
    waiting.state = DespatchState::kWaiting;
    waiting.due_us = 50;
    QS_RETURN_IF_ERROR(tx.PutDespatch(waiting));
    waiting = Despatch(21, 44, 1);
    waiting.state = DespatchState::kWaiting;
    waiting.account_id = "acc-2";
    return tx.PutDespatch(waiting);
  });
  const auto open = [&](DespatchState state, TimeUs due_by, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOpenDespatches("acc-1", state, due_by, limit); }),
                  &DespatchRecord::id);
  };
  EXPECT_THAT(open(DespatchState::kWaiting, kAnyTime, 9), ElementsAre(20, 1));
  EXPECT_THAT(open(DespatchState::kWaiting, kAnyTime, 1), ElementsAre(20));
  EXPECT_THAT(open(DespatchState::kWaiting, 50, 9), ElementsAre(20));
  EXPECT_THAT(open(DespatchState::kAccepted, kAnyTime, 9), ElementsAre(4));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.AccountsWithOpenDespatches(); }),
              testing::UnorderedElementsAre("acc-1", "acc-2"));
}

TEST_P(StoreConformance, DespatchesOfSeveralOrders_ComeTogether_EachWithItsOwnLines) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int64_t order : {44, 43, 42}) {
      for (const int32_t number : {2, 1}) {
        DespatchRecord package = Despatch(order * 10 + number, order, number);
        package.lines = {{"of " + std::to_string(order), number}, {"second", 7}};
        QS_RETURN_IF_ERROR(tx.PutDespatch(package));
      }
    }
    return absl::OkStatus();
  });
  const auto found = MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrders({44, 42, 99}); });
  EXPECT_THAT(KeysOf(found, &DespatchRecord::id), ElementsAre(421, 422, 441, 442));
  EXPECT_THAT(found[2].lines, ElementsAre(DespatchLine{"of 44", 1}, DespatchLine{"second", 7}));
  EXPECT_THAT(found[1].lines, ElementsAre(DespatchLine{"of 42", 2}, DespatchLine{"second", 7}));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrders({}); }), IsEmpty());
}

TEST_P(StoreConformance, SendableDespatches_WaitInOrder_UnlessAnotherOfTheirOrderIsUnknown) {
  MustWrite([](Tx& tx) -> absl::Status {
    const auto put = [&](int64_t id, int64_t order, DespatchState state, TimeUs due_us, const char* account = "acc-1") {
      DespatchRecord package = Despatch(id, order, static_cast<int32_t>(id));
      package.state = state;
      package.due_us = due_us;
      package.account_id = account;
      return tx.PutDespatch(package);
    };
    QS_RETURN_IF_ERROR(put(1, 41, DespatchState::kWaiting, 300));
    QS_RETURN_IF_ERROR(put(2, 41, DespatchState::kAccepted, 1));
    QS_RETURN_IF_ERROR(put(3, 42, DespatchState::kWaiting, 100));
    QS_RETURN_IF_ERROR(put(4, 43, DespatchState::kWaiting, 50));
    QS_RETURN_IF_ERROR(put(5, 43, DespatchState::kUnknown, 60));
    QS_RETURN_IF_ERROR(put(6, 44, DespatchState::kWaiting, 10, "acc-2"));
    return put(7, 45, DespatchState::kConfirmed, 10);
  });
  const auto sendable = [&](int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListSendableDespatches("acc-1", limit); }), &DespatchRecord::id);
  };
  EXPECT_THAT(sendable(9), ElementsAre(3, 1));
  EXPECT_THAT(sendable(1), ElementsAre(3));
  EXPECT_THAT(
      MustRead([](ReadTx& tx) { return tx.CountOpenDespatches("acc-1"); }),
      ElementsAre(DespatchBacklog{DespatchState::kWaiting, 3, 50}, DespatchBacklog{DespatchState::kUnknown, 1, 60},
                  DespatchBacklog{DespatchState::kAccepted, 1, 1}));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.CountOpenDespatches("acc-3"); }), IsEmpty());
}

TEST_P(StoreConformance, TrackingNumbers_AreErasedWithTheOrdersPersonalData_OfWhatIsOver) {
  OrderRecord order = sample::Order(42);
  order.personal_erased = false;
  DespatchRecord waiting = Despatch(6, 42, 2);
  waiting.state = DespatchState::kWaiting;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder(order, {}));
    QS_RETURN_IF_ERROR(tx.PutDespatch(Despatch(5, 42, 1)));
    QS_RETURN_IF_ERROR(tx.PutDespatch(waiting));
    QS_RETURN_IF_ERROR(tx.PutDespatch(Despatch(7, 43, 1)));
    order.personal_erased = true;
    return tx.PutOrder(order, {});
  });
  const auto of_order = MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(42); });
  EXPECT_EQ(of_order[0].tracking, "");
  EXPECT_EQ(of_order[0].request, "");
  EXPECT_EQ(of_order[0].carrier_name, "Royal Mail");
  EXPECT_EQ(of_order[1], waiting) << "the marketplace is yet to be told it";
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListDespatchesOfOrder(43); })[0], Despatch(7, 43, 1));
}

TEST_P(StoreConformance, DespatchesInAState_AreListedNewestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 6; ++n) {
      DespatchRecord package = Despatch(n, 40 + n, 1);
      package.state = n == 3 ? DespatchState::kConfirmed : DespatchState::kFailed;
      if (n == 4) package.account_id = "acc-2";
      QS_RETURN_IF_ERROR(tx.PutDespatch(package));
    }
    return absl::OkStatus();
  });
  const auto failed = [&](const char* account, int64_t before, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) {
                    return tx.ListDespatches(
                        {.state = DespatchState::kFailed, .account_id = account, .before_id = before, .limit = limit});
                  }),
                  &DespatchRecord::id);
  };
  EXPECT_THAT(failed("", 0, 9), ElementsAre(6, 5, 4, 2, 1));
  EXPECT_THAT(failed("", 5, 2), ElementsAre(4, 2));
  EXPECT_THAT(failed("acc-2", 0, 9), ElementsAre(4));
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListDespatches({.state = DespatchState::kConfirmed}); }),
                     &DespatchRecord::id),
              ElementsAre(3));
}

TEST_P(StoreConformance, DespatchNotes_AreNumberedInOrder) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const DespatchState state : {DespatchState::kWaiting, DespatchState::kConfirmed}) {
      QS_RETURN_IF_ERROR(
          tx.AddDespatchNote({.despatch_id = 5, .time_us = 9, .state = state, .reason = "R", .message = "m"}));
    }
    return tx.AddDespatchNote({.despatch_id = 6});
  });
  const auto notes = MustRead([](ReadTx& tx) { return tx.ListDespatchNotes(5); });
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], (DespatchNote{5, 1, 9, DespatchState::kWaiting, "R", "m"}));
  EXPECT_EQ(notes[1], (DespatchNote{5, 2, 9, DespatchState::kConfirmed, "R", "m"}));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListDespatchNotes(6); })[0].number, 1);
}

TEST_P(StoreConformance, PostalMethods_BeginWithTheDefault_AndPageById) {
  const PostalMethodRecord method{.id = "tracked",
                                  .vendor = "Royal Mail",
                                  .name = "Tracked",
                                  .carrier_codes = {{"plugins/amazon", "RM \"x\""}},
                                  .revision = 3};
  MustWrite([&](Tx& tx) { return tx.PutPostalMethod(method); });
  const auto page = [&](const char* after, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListPostalMethods(after, limit); }), &PostalMethodRecord::id);
  };
  EXPECT_THAT(page("", 9), ElementsAre(kDefaultPostalMethod, "tracked"));
  EXPECT_THAT(page("", 1), ElementsAre(kDefaultPostalMethod));
  EXPECT_THAT(page("default", 9), ElementsAre("tracked"));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetPostalMethod("tracked"); }), method);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetPostalMethod(kDefaultPostalMethod); }).vendor, kNoVendor);
  MustWrite([](Tx& tx) { return tx.DeletePostalMethod("tracked"); });
  EXPECT_TRUE(
      HasReason(ReadStatus([](ReadTx& tx) { return tx.GetPostalMethod("tracked"); }), Reason::kPostalMethodNotFound));
}

TEST_P(StoreConformance, ShippingMappings_AreOneForEachTagAndSite_AndGoWithTheirChannel) {
  const ShippingMappingRecord any{"ch-1", "STANDARD", "", "tracked"};
  const ShippingMappingRecord site{"ch-1", "STANDARD", "M1", "courier"};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutShippingMapping(site));
    QS_RETURN_IF_ERROR(tx.PutShippingMapping({"ch-1", "STANDARD", "", "before"}));
    QS_RETURN_IF_ERROR(tx.PutShippingMapping(any));
    QS_RETURN_IF_ERROR(tx.PutShippingMapping({"ch-2", "STANDARD", "", "tracked"}));
    for (const char* tag : {"B", "A", "B"}) QS_RETURN_IF_ERROR(tx.AddShippingTag("ch-1", tag));
    return absl::OkStatus();
  });
  const auto mappings = [&] { return MustRead([](ReadTx& tx) { return tx.ListShippingMappings("ch-1"); }); };
  EXPECT_THAT(mappings(), ElementsAre(any, site));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListShippingTags("ch-1"); }), ElementsAre("A", "B"));
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.IsPostalMethodMapped("courier"); }));
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.IsPostalMethodMapped("before"); }));
  MustWrite([&](Tx& tx) { return tx.PutShippingMapping({"ch-1", "STANDARD", "M1", ""}); });
  EXPECT_THAT(mappings(), ElementsAre(any)) << "an empty method takes it away";
  MustWrite([](Tx& tx) { return tx.DeleteChannel("ch-1"); });
  EXPECT_THAT(mappings(), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListShippingTags("ch-1"); }), IsEmpty());
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.IsPostalMethodMapped("tracked"); })) << "of the other channel";
}

}  // namespace
}  // namespace quayside
