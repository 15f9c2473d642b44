// Orders that a marketplace's warehouse ships.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using sample::Outbound;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, Outbounds_RoundTripAndReplace_WithTheirParts) {
  OutboundRecord written = Outbound(5, 42, 1);
  const auto read = [&] { return MustRead([](ReadTx& tx) { return tx.ListOutboundsOfOrder(42); }); };
  MustWrite([&](Tx& tx) { return tx.PutOutbound(written); });
  EXPECT_THAT(read(), ElementsAre(written));
  written = {.id = 5, .order_id = 42, .number = 1, .account_id = "acc-1", .parts = {{"other", "S", 7}}};
  MustWrite([&](Tx& tx) { return tx.PutOutbound(written); });
  EXPECT_THAT(read(), ElementsAre(written));
}

TEST_P(StoreConformance, OutboundsOfAnOrder_AreByNumber_AndEachNumberOnce) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int32_t number : {3, 1, 2}) QS_RETURN_IF_ERROR(tx.PutOutbound(Outbound(10 + number, 42, number)));
    return tx.PutOutbound(Outbound(20, 43, 1));
  });
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListOutboundsOfOrder(42); }), &OutboundRecord::number),
              ElementsAre(1, 2, 3));
  const absl::Status second = store().Write([](Tx& tx) { return tx.PutOutbound(Outbound(99, 42, 2)); });
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreConformance, OpenOutbounds_AreOfTheWarehousesAccount_ByTheirTime_AndCounted) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 8; ++n) {
      OutboundRecord outbound = Outbound(n, 42, n);
      outbound.phase = static_cast<OutboundPhase>(n);
      outbound.due_us = 100 - n;
      QS_RETURN_IF_ERROR(tx.PutOutbound(outbound));
    }
    OutboundRecord another = Outbound(20, 43, 1);
    another.phase = OutboundPhase::kWaiting;
    another.due_us = 50;
    QS_RETURN_IF_ERROR(tx.PutOutbound(another));
    another = Outbound(21, 44, 1);
    another.phase = OutboundPhase::kUnknown;
    another.account_id = "acc-2";
    return tx.PutOutbound(another);
  });
  const auto open = [&](int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOpenOutbounds("acc-1", limit); }), &OutboundRecord::id);
  };
  EXPECT_THAT(open(9), ElementsAre(20, 5, 4, 3, 2, 1));
  EXPECT_THAT(open(2), ElementsAre(20, 5));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.CountOpenOutbounds("acc-1"); }),
              ElementsAre(OutboundBacklog{OutboundPhase::kWaiting, 2}, OutboundBacklog{OutboundPhase::kSending, 1},
                          OutboundBacklog{OutboundPhase::kUnknown, 1}, OutboundBacklog{OutboundPhase::kAccepted, 1},
                          OutboundBacklog{OutboundPhase::kCancelling, 1}));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.CountOpenOutbounds("acc-9"); }), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.AccountsWithOpenOutbounds(); }),
              testing::UnorderedElementsAre("acc-1", "acc-2"));
}

TEST_P(StoreConformance, OutboundsInAPhase_AreListedNewestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int32_t n = 1; n <= 5; ++n) {
      OutboundRecord outbound = Outbound(n, 40 + n, 1);
      outbound.phase = n == 3 ? OutboundPhase::kDone : OutboundPhase::kFailed;
      QS_RETURN_IF_ERROR(tx.PutOutbound(outbound));
    }
    return absl::OkStatus();
  });
  const auto failed = [&](int64_t before_id, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) {
                    return tx.ListOutbounds({.phase = OutboundPhase::kFailed, .before_id = before_id, .limit = limit});
                  }),
                  &OutboundRecord::id);
  };
  EXPECT_THAT(failed(0, 9), ElementsAre(5, 4, 2, 1));
  EXPECT_THAT(failed(5, 2), ElementsAre(4, 2));
}

}  // namespace
}  // namespace quayside
