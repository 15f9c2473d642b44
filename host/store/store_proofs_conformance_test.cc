// Drift of quantities, and the completeness of orders.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

DriftRecord Drift(const char* channel, const char* sku, DriftState state) {
  return {.channel_id = channel,
          .sku = sku,
          .account_id = "acc-1",
          .state = state,
          .expected = 4,
          .shown = 7,
          .held_us = 10,
          .found_us = 20,
          .times = 2};
}

TEST_P(StoreConformance, Drifts_RoundTrip_AndAreListedBySku) {
  DriftRecord nothing_shown = Drift("ch-1", "a", DriftState::kConfirmed);
  nothing_shown.shown.reset();
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDrift(Drift("ch-1", "c", DriftState::kConfirmed)));
    QS_RETURN_IF_ERROR(tx.PutDrift(Drift("ch-1", "b", DriftState::kSuspected)));
    QS_RETURN_IF_ERROR(tx.PutDrift(Drift("ch-2", "z", DriftState::kConfirmed)));
    return tx.PutDrift(nothing_shown);
  });
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindDrift("ch-1", "a"); }), nothing_shown);
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindDrift("ch-1", "b"); }),
            Drift("ch-1", "b", DriftState::kSuspected));
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindDrift("ch-2", "a"); }).has_value());
  const auto all = MustRead([](ReadTx& tx) { return tx.ListDrifts("ch-1", "", 10); });
  EXPECT_THAT(KeysOf(all, &DriftRecord::sku), ElementsAre("a", "b", "c"));
  const auto confirmed = MustRead([](ReadTx& tx) { return tx.ListConfirmedDrifts("ch-1", "a", 10); });
  EXPECT_THAT(KeysOf(confirmed, &DriftRecord::sku), ElementsAre("c"));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountConfirmedDrifts("ch-1", 10); }), 2);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountConfirmedDrifts("ch-1", 1); }), 1);
  MustWrite([](Tx& tx) { return tx.DeleteDrift("ch-1", "a"); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindDrift("ch-1", "a"); }).has_value());
}

TEST_P(StoreConformance, DriftChecks_RoundTrip_AndGoWithTheirChannel) {
  const DriftCheckRecord written{.channel_id = "ch-1",
                                 .account_id = "acc-1",
                                 .begun_us = 1,
                                 .through_sku = "S",
                                 .compared = 2,
                                 .unsettled = 3,
                                 .ended_us = 4,
                                 .last_compared = 5,
                                 .last_unsettled = 6,
                                 .found = 7,
                                 .repaired = 8,
                                 .dismissed = 9};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDrift(Drift("ch-1", "a", DriftState::kConfirmed)));
    return tx.PutDriftCheck(written);
  });
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindDriftCheck("ch-1"); }), written);
  MustWrite([](Tx& tx) { return tx.DeleteChannel("ch-1"); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindDriftCheck("ch-1"); }).has_value());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListDrifts("ch-1", "", 10); }), IsEmpty());
}

TEST_P(StoreConformance, Completeness_RoundTrips_AndGoesWithItsAccount) {
  const CompletenessRecord written{.account_id = "acc-1",
                                   .checked_to_us = 1,
                                   .from_us = 2,
                                   .to_us = 3,
                                   .begun_us = 4,
                                   .done_us = 5,
                                   .cursor = {1, std::string("\0at\xff", 4), 6},
                                   .named = 7,
                                   .missing = 8,
                                   .unreadable = 9,
                                   .checks = 10,
                                   .missing_total = 11,
                                   .recovered_total = 12};
  MustWrite([&](Tx& tx) { return tx.PutCompleteness(written); });
  EXPECT_EQ(*MustRead([](ReadTx& tx) { return tx.FindCompleteness("acc-1"); }), written);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindCompleteness("acc-2"); }).has_value());
  MustWrite([](Tx& tx) { return tx.DeleteAccount("acc-1"); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindCompleteness("acc-1"); }).has_value());
}

}  // namespace
}  // namespace quayside
