// Cancellations and refunds with their audit trail.
#include <limits>

#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using sample::PostSale;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeUs kAtAnyTime = std::numeric_limits<TimeUs>::max();

TEST_P(StoreConformance, PostSales_RoundTripAndReplace_WithTheirLines) {
  PostSaleRecord written = PostSale(5, 42, 1);
  const auto read = [&] { return MustRead([](ReadTx& tx) { return tx.ListPostSalesOfOrder(42); }); };
  MustWrite([&](Tx& tx) { return tx.PutPostSale(written); });
  EXPECT_THAT(read(), ElementsAre(written));
  written = {.id = 5, .order_id = 42, .number = 1, .account_id = "acc-1", .lines = {{"other", 7}}};
  MustWrite([&](Tx& tx) { return tx.PutPostSale(written); });
  EXPECT_THAT(read(), ElementsAre(written));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.FindPostSales({5, 6}); }), ElementsAre(written));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.FindPostSales({}); }), IsEmpty());
}

TEST_P(StoreConformance, PostSalesOfAnOrder_AreByNumber_AndEachNumberOnce) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int32_t number : {3, 1, 2}) QS_RETURN_IF_ERROR(tx.PutPostSale(PostSale(10 + number, 42, number)));
    return tx.PutPostSale(PostSale(20, 43, 1));
  });
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListPostSalesOfOrder(42); }), &PostSaleRecord::number),
              ElementsAre(1, 2, 3));
  const absl::Status second = store().Write([](Tx& tx) { return tx.PutPostSale(PostSale(99, 42, 2)); });
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreConformance, OpenPostSales_AreByTheirTime_OfOneStateAndAccount) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 8; ++n) {
      PostSaleRecord action = PostSale(n, 42, n);
      action.state = static_cast<PostSaleState>(n);
      action.due_us = 100 - n;
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
    }
    PostSaleRecord waiting = PostSale(20, 43, 1);
    waiting.state = PostSaleState::kWaiting;
    waiting.due_us = 50;
    QS_RETURN_IF_ERROR(tx.PutPostSale(waiting));
    waiting = PostSale(21, 44, 1);
    waiting.state = PostSaleState::kUnclear;
    waiting.account_id = "acc-2";
    return tx.PutPostSale(waiting);
  });
  const auto open = [&](PostSaleState state, TimeUs due_by, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOpenPostSales("acc-1", state, due_by, limit); }),
                  &PostSaleRecord::id);
  };
  EXPECT_THAT(open(PostSaleState::kWaiting, kAtAnyTime, 9), ElementsAre(20, 1));
  EXPECT_THAT(open(PostSaleState::kWaiting, kAtAnyTime, 1), ElementsAre(20));
  EXPECT_THAT(open(PostSaleState::kWaiting, 50, 9), ElementsAre(20));
  EXPECT_THAT(open(PostSaleState::kUnclear, kAtAnyTime, 9), ElementsAre(5));
  EXPECT_THAT(
      MustRead([](ReadTx& tx) { return tx.CountOpenPostSales("acc-1"); }),
      ElementsAre(PostSaleBacklog{PostSaleState::kWaiting, 2, 50}, PostSaleBacklog{PostSaleState::kSending, 1, 98},
                  PostSaleBacklog{PostSaleState::kUnknown, 1, 97}, PostSaleBacklog{PostSaleState::kAccepted, 1, 96},
                  PostSaleBacklog{PostSaleState::kUnclear, 1, 95}));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.AccountsWithOpenPostSales(); }),
              testing::UnorderedElementsAre("acc-1", "acc-2"));
}

TEST_P(StoreConformance, PostSalesInAState_AreListedNewestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 6; ++n) {
      PostSaleRecord action = PostSale(n, 40 + n, 1);
      action.state = n == 3 ? PostSaleState::kDone : PostSaleState::kFailed;
      if (n == 5) action.account_id = "acc-2";
      QS_RETURN_IF_ERROR(tx.PutPostSale(action));
    }
    return absl::OkStatus();
  });
  const auto listed = [&](PostSaleState state, const char* account, int64_t before_id, int limit) {
    return KeysOf(
        MustRead([&](ReadTx& tx) {
          return tx.ListPostSales({.state = state, .account_id = account, .before_id = before_id, .limit = limit});
        }),
        &PostSaleRecord::id);
  };
  EXPECT_THAT(listed(PostSaleState::kFailed, "", 0, 9), ElementsAre(6, 5, 4, 2, 1));
  EXPECT_THAT(listed(PostSaleState::kFailed, "acc-1", 6, 2), ElementsAre(4, 2));
  EXPECT_THAT(listed(PostSaleState::kDone, "", 0, 9), ElementsAre(3));
}

TEST_P(StoreConformance, PostSaleHandles_AreOfWhatWasSentSince_EachOnce) {
  MustWrite([](Tx& tx) -> absl::Status {
    const auto put = [&](int64_t id, const char* handle, TimeUs sent_us, const char* account = "acc-1") {
      PostSaleRecord action = PostSale(id, id, 1);
      action.handle = handle;
      action.sent_us = sent_us;
      action.account_id = account;
      return tx.PutPostSale(action);
    };
    QS_RETURN_IF_ERROR(put(1, "old", 10));
    QS_RETURN_IF_ERROR(put(2, "feed-1", 20));
    QS_RETURN_IF_ERROR(put(3, "feed-1", 20));
    QS_RETURN_IF_ERROR(put(4, "", 30));
    return put(5, "other", 30, "acc-2");
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListPostSaleHandles("acc-1", 20); }), ElementsAre("feed-1"));
}

TEST_P(StoreConformance, PostSaleNotes_AreNumberedInOrder) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = 5, .number = 9, .time_us = 1}));
    QS_RETURN_IF_ERROR(tx.AddPostSaleNote({.post_sale_id = 6}));
    return tx.AddPostSaleNote(
        {.post_sale_id = 5, .time_us = 2, .state = PostSaleState::kFailed, .reason = "R", .message = "m"});
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListPostSaleNotes(5); }),
              ElementsAre(PostSaleNote{5, 1, 1, PostSaleState::kWaiting, "", ""},
                          PostSaleNote{5, 2, 2, PostSaleState::kFailed, "R", "m"}));
}

}  // namespace
}  // namespace quayside
