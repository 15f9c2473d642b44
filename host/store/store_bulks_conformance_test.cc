// Documents of many quantities, quantities to be read back.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::Bulk;
using sample::Intent;
using sample::KeysOf;
using sample::Target;
using testing::ElementsAre;
using testing::IsEmpty;

IntentRecord InBulk(int64_t id, const std::string& sku, int64_t bulk_id = 12) {
  IntentRecord intent = Intent(id, IntentState::kInBulk);
  intent.target = sku;
  intent.bulk_id = bulk_id;
  return intent;
}

TEST_P(StoreConformance, Bulks_RoundTripAndReplace) {
  BulkRecord written = Bulk(5, BulkState::kStuck);
  const auto expect_stored = [&] {
    MustWrite([&](Tx& tx) { return tx.PutBulk(written); });
    const std::vector<BulkRecord> read =
        MustRead([](ReadTx& tx) { return tx.ListBulks({.account_id = "acc-1", .limit = 9}); });
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].id, written.id);
    EXPECT_EQ(read[0].account_id, written.account_id);
    EXPECT_EQ(read[0].state, written.state);
    EXPECT_EQ(read[0].handle, written.handle);
    EXPECT_EQ(read[0].items, written.items);
    EXPECT_EQ(read[0].created_us, written.created_us);
    EXPECT_EQ(read[0].sent_us, written.sent_us);
    EXPECT_EQ(read[0].sent_by_us, written.sent_by_us);
    EXPECT_EQ(read[0].ended_us, written.ended_us);
    EXPECT_EQ(read[0].next_poll_us, written.next_poll_us);
    EXPECT_EQ(read[0].progress, written.progress);
    EXPECT_EQ(read[0].done, written.done);
    EXPECT_EQ(read[0].rejected, written.rejected);
    EXPECT_EQ(read[0].unknown, written.unknown);
    EXPECT_EQ(read[0].read_back, written.read_back);
    EXPECT_EQ(read[0].mismatches, written.mismatches);
    EXPECT_EQ(read[0].freed_through, written.freed_through);
  };
  expect_stored();
  written = {.id = 5, .account_id = "acc-1", .state = BulkState::kGathering};
  expect_stored();
}

TEST_P(StoreConformance, OpenBulks_AreThoseThatHaveNotEnded) {
  MustWrite([](Tx& tx) -> absl::Status {
    int64_t id = 1;
    for (const BulkState state :
         {BulkState::kDone, BulkState::kGathering, BulkState::kSending, BulkState::kUnknown, BulkState::kInWork,
          BulkState::kStuck, BulkState::kReleasing, BulkState::kWithdrawn}) {
      QS_RETURN_IF_ERROR(tx.PutBulk(Bulk(id++, state)));
    }
    return tx.PutBulk(Bulk(100, BulkState::kInWork, "acc-2"));
  });
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListOpenBulks("acc-1"); }), &BulkRecord::id),
              ElementsAre(2, 3, 4, 5, 6, 7));
  EXPECT_THAT(
      KeysOf(MustRead([](ReadTx& tx) { return tx.ListBulks({.account_id = "acc-1", .limit = 3}); }), &BulkRecord::id),
      ElementsAre(8, 7, 6));
  EXPECT_THAT(
      KeysOf(MustRead([](ReadTx& tx) { return tx.ListBulks({.account_id = "acc-1", .before_id = 6, .limit = 3}); }),
             &BulkRecord::id),
      ElementsAre(5, 4, 3));
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListBulks({.limit = 2}); }), &BulkRecord::id),
              ElementsAre(100, 8))
      << "of every account";
  MustWrite([](Tx& tx) { return tx.TrimBulks("acc-1", 1); });
  EXPECT_THAT(
      KeysOf(MustRead([](ReadTx& tx) { return tx.ListBulks({.account_id = "acc-1", .limit = 9}); }), &BulkRecord::id),
      ElementsAre(8, 7, 6, 5, 4, 3, 2))
      << "open ones stay";
}

TEST_P(StoreConformance, AccountsWithOpenWork_HaveABulkOrAnAcceptedIntent) {
  const auto accounts = [&] { return MustRead([](ReadTx& tx) { return tx.AccountsWithOpenWork(); }); };
  EXPECT_THAT(accounts(), IsEmpty());
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutBulk(Bulk(1, BulkState::kInWork, "bulk")));
    QS_RETURN_IF_ERROR(tx.PutBulk(Bulk(2, BulkState::kDone, "over")));
    IntentRecord accepted = Intent(3, IntentState::kAccepted);
    accepted.account_id = "accepted";
    QS_RETURN_IF_ERROR(tx.PutIntent(accepted));
    return tx.PutIntent(Intent(4, IntentState::kDone));
  });
  EXPECT_THAT(accounts(), testing::UnorderedElementsAre("accepted", "bulk"));
}

TEST_P(StoreConformance, BulkItems_AreTheOpenIntentsOfTheBulk) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const int64_t id : {3, 1, 2}) QS_RETURN_IF_ERROR(tx.PutIntent(InBulk(id, sample::Id("S", id))));
    QS_RETURN_IF_ERROR(tx.PutIntent(InBulk(4, "other", 13)));
    return tx.PutIntent(InBulk(5, "S0005"));
  });
  const auto items = [&](int64_t after, int limit) {
    return MustRead([&](ReadTx& tx) { return tx.ListBulkItems(12, after, limit); });
  };
  EXPECT_THAT(KeysOf(items(0, 9), &BulkItem::intent_id), ElementsAre(1, 2, 3, 5));
  EXPECT_THAT(KeysOf(items(1, 2), &BulkItem::intent_id), ElementsAre(2, 3));
  EXPECT_EQ(items(0, 1)[0].sku, "S0001");
  EXPECT_EQ(items(0, 1)[0].quantity, 12);
  EXPECT_EQ(items(0, 1)[0].target_version, 3);
  EXPECT_EQ(items(0, 1)[0].request, Intent(1, IntentState::kSent).request);

  MustWrite([](Tx& tx) {
    return tx.SettleIntent({.id = 2,
                            .state = IntentState::kRejected,
                            .handle = "h",
                            .reference = "r",
                            .reason = "NO",
                            .message = "because",
                            .settled_us = 88});
  });
  EXPECT_THAT(KeysOf(items(0, 9), &BulkItem::intent_id), ElementsAre(1, 3, 5));
  const IntentRecord settled = MustRead([](ReadTx& tx) { return tx.GetIntent(2); });
  EXPECT_EQ(settled.state, IntentState::kRejected);
  EXPECT_EQ(settled.handle, "h");
  EXPECT_EQ(settled.reference, "r");
  EXPECT_EQ(settled.reason, "NO");
  EXPECT_EQ(settled.message, "because");
  EXPECT_EQ(settled.settled_us, 88);
  EXPECT_EQ(settled.explanation, Intent(2, IntentState::kSent).explanation) << "the rest stays";
}

TEST_P(StoreConformance, FreeBulkTargets_FreesThoseThatStillWait_InPieces) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 5; ++n) {
      QS_RETURN_IF_ERROR(tx.PutIntent(InBulk(n, sample::Id("S", n))));
      TargetRecord target = Target(sample::Id("S", n), TargetState::kInBulk, 4, 10, 20);
      if (n == 2) target.state = TargetState::kInFlight;
      if (n == 3) target.bulk_id = 13;  // in another by now
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
    }
    return absl::OkStatus();
  });
  int64_t through = 0;
  const auto free = [&] {
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(through, tx.FreeBulkTargets(12, through, 3));
      return absl::OkStatus();
    });
    std::vector<int> states;
    for (int64_t n = 1; n <= 5; ++n) {
      states.push_back(
          static_cast<int>(MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sample::Id("S", n)); })->state));
    }
    return states;
  };
  constexpr int kInBulk = static_cast<int>(TargetState::kInBulk);
  constexpr int kChanged = static_cast<int>(TargetState::kChanged);
  constexpr int kInFlight = static_cast<int>(TargetState::kInFlight);
  EXPECT_THAT(free(), ElementsAre(kChanged, kInFlight, kInBulk, kInBulk, kInBulk));
  EXPECT_EQ(through, 3);
  EXPECT_THAT(free(), ElementsAre(kChanged, kInFlight, kInBulk, kChanged, kChanged));
  EXPECT_EQ(through, 5);
  free();
  EXPECT_EQ(through, 0);
  const TargetRecord freed = *MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "S0001"); });
  EXPECT_EQ(freed.bulk_id, 12) << "the document may still come into force";
  EXPECT_EQ(freed.version, 7);
}

TEST_P(StoreConformance, ReadBacks_RoundTripByDueTime) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutReadBack({"acc-1", "late", "ch-1", 7, 90}));
    QS_RETURN_IF_ERROR(tx.PutReadBack({"acc-1", "early", "ch-2", 8, 50}));
    QS_RETURN_IF_ERROR(tx.PutReadBack({"acc-2", "other", "ch-3", 9, 1}));
    return tx.PutReadBack({"acc-1", "late", "ch-1", 7, 80});
  });
  const auto due = [&](TimeUs now) {
    return MustRead([&](ReadTx& tx) { return tx.ListDueReadBacks("acc-1", now, 9); });
  };
  EXPECT_THAT(KeysOf(due(100), &ReadBackRecord::sku), ElementsAre("early", "late"));
  EXPECT_THAT(KeysOf(due(79), &ReadBackRecord::sku), ElementsAre("early"));
  EXPECT_EQ(due(79)[0].channel_id, "ch-2");
  EXPECT_EQ(due(79)[0].bulk_id, 8);
  EXPECT_EQ(due(79)[0].due_us, 50);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.NextReadBack("acc-1"); }), 50);
  MustWrite([](Tx& tx) { return tx.DeleteReadBack("acc-1", "early"); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.NextReadBack("acc-1"); }), 80);
  MustWrite([](Tx& tx) { return tx.DeleteReadBack("acc-1", "late"); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.NextReadBack("acc-1"); }), std::nullopt);
}

}  // namespace
}  // namespace quayside
