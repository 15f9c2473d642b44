// Quantity targets and intents: the work lists of the inventory lanes.
#include <array>

#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using sample::Target;
using testing::ElementsAre;
using testing::IsEmpty;

absl::Status PutTargets(Tx& tx, const std::vector<TargetRecord>& targets) {
  for (const TargetRecord& target : targets) QS_RETURN_IF_ERROR(tx.PutTarget(target));
  return absl::OkStatus();
}

TEST_P(StoreConformance, Targets_RoundTripAndReplace) {
  TargetRecord written = Target("A", TargetState::kParked, 0, 55, 66);
  const auto expect_stored = [&] {
    MustWrite([&](Tx& tx) { return tx.PutTarget(written); });
    const std::optional<TargetRecord> read = MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); });
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->owner_channel_id, written.owner_channel_id);
    EXPECT_EQ(read->state, written.state);
    EXPECT_EQ(read->wanted, written.wanted);
    EXPECT_EQ(read->accepted, written.accepted);
    EXPECT_EQ(read->accepted_us, written.accepted_us);
    EXPECT_EQ(read->accepted_stale, written.accepted_stale);
    EXPECT_EQ(read->changed_us, written.changed_us);
    EXPECT_EQ(read->due_us, written.due_us);
    EXPECT_EQ(read->failures, written.failures);
    EXPECT_EQ(read->intent_id, written.intent_id);
    EXPECT_EQ(read->note, written.note);
    EXPECT_EQ(read->version, written.version);
    EXPECT_EQ(read->shown, written.shown);
    EXPECT_EQ(read->bulk_id, written.bulk_id);
    EXPECT_EQ(read->bulk_quantity, written.bulk_quantity);
    EXPECT_EQ(read->passed_bulk, written.passed_bulk);
    EXPECT_EQ(read->zeroing, written.zeroing);
    EXPECT_EQ(read->braked_batch, written.braked_batch);
    EXPECT_EQ(read->let_go, written.let_go);
    EXPECT_EQ(read->latency, written.latency);
    EXPECT_EQ(read->clear_latency, written.clear_latency);
    EXPECT_EQ(read->marked_us, written.marked_us);
    EXPECT_EQ(read->lowered_us, written.lowered_us);
    EXPECT_EQ(read->lowered_later_us, written.lowered_later_us);
    EXPECT_EQ(read->may_show, written.may_show);
    EXPECT_EQ(read->chosen_channel_id, written.chosen_channel_id);
  };
  expect_stored();
  written = {.account_id = "acc-1", .sku = "A", .state = TargetState::kDirty, .wanted = 9};
  expect_stored();
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-2", "A"); }).has_value());
}

TEST_P(StoreConformance, ListDueTargets_FewBeforeMany_AndTheListOfSkusAgrees) {
  MustWrite([](Tx& tx) {
    return PutTargets(
        tx, {Target("many", TargetState::kDirty, kFewUnits + 1, 1), Target("few", TargetState::kDirty, kFewUnits, 40),
             Target("zero", TargetState::kDirty, 0, 50), Target("unset", TargetState::kDirty, std::nullopt, 1),
             Target("later", TargetState::kDirty, 0, 1, 101)});
  });
  const auto skus = [&](int64_t skip, int limit) {
    return MustRead([&](ReadTx& tx) { return tx.ListDueSkus("acc-1", 100, skip, limit); });
  };
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListDueTargets("acc-1", 100, 9); }), &TargetRecord::sku),
              ElementsAre("zero", "few", "many", "unset"));
  EXPECT_THAT(skus(0, 9), ElementsAre("zero", "few", "many", "unset"));
  EXPECT_THAT(skus(1, 2), ElementsAre("few", "many"));
  EXPECT_THAT(skus(4, 9), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDueTargets("acc-1", 100, 99); }), 4);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDueTargets("acc-1", 100, 3); }), 3);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDueTargets("acc-2", 100, 3); }), 0);
}

TEST_P(StoreConformance, ClearLatencies_MarksWhatTheMarketplaceKeeps_PieceByPiece_AndNothingTwice) {
  MustWrite([](Tx& tx) {
    TargetRecord kept = Target("a", TargetState::kCurrent, 5, 1);
    kept.latency = 3;
    kept.clear_latency = false;
    kept.owner_channel_id = "uk";
    TargetRecord parked = kept;
    parked.sku = "b";
    parked.state = TargetState::kParked;
    TargetRecord none = kept;
    none.sku = "c";
    none.latency.reset();
    TargetRecord elsewhere = kept;
    elsewhere.sku = "d";
    elsewhere.owner_channel_id = "de";
    return PutTargets(tx, {kept, parked, none, elsewhere});
  });
  const auto kept = [&] { return MustRead([](ReadTx& tx) { return tx.CountKeptLatencies("uk", 9); }); };
  const auto clear = [&] {
    int64_t marked = 0;
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(marked, tx.ClearLatencies("uk", 70, 1));
      return absl::OkStatus();
    });
    return marked;
  };
  EXPECT_EQ(kept(), 2);
  EXPECT_EQ(clear(), 1);
  EXPECT_EQ(kept(), 1);
  EXPECT_EQ(clear(), 1);
  EXPECT_EQ(clear(), 0);
  EXPECT_EQ(kept(), 0);
  for (const char* sku : {"a", "b"}) {
    const auto target = MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); });
    EXPECT_EQ(target->state, TargetState::kChanged) << sku;
    EXPECT_EQ(target->changed_us, 70);
    EXPECT_TRUE(target->clear_latency);
    EXPECT_EQ(target->latency, 3) << "until the marketplace has forgotten it";
  }
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "c"); })->clear_latency);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "d"); })->state, TargetState::kCurrent);
}

TEST_P(StoreConformance, AMark_KeepsTheTimeOfTheFirst_UntilADecisionForgetsIt) {
  const auto marked = [&](const char* sku) {
    return MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); })->marked_us;
  };
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "a", 5)));
    QS_RETURN_IF_ERROR(tx.MarkTargetsOfItem(5, 10, 70).status());
    return tx.MarkTargetsOfItem(5, 11, 80).status();
  });
  EXPECT_EQ(marked("a"), 70);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "a"); })->changed_us, 11);
  MustWrite([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::optional<TargetRecord> target, tx.FindTarget("acc-1", "a"));
    target->marked_us = 0;
    QS_RETURN_IF_ERROR(tx.PutTarget(*target));
    QS_RETURN_IF_ERROR(tx.MarkTarget("acc-1", "a", 90));
    return tx.MarkKnownTargets("acc-1", {"a"}, 95).status();
  });
  EXPECT_EQ(marked("a"), 90);
}

TEST_P(StoreConformance, OversellHours_AreReplacedListedAndTrimmed) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const TimeUs hour : {10, 20, 30}) {
      for (const char* channel : {"uk", "de"})
        QS_RETURN_IF_ERROR(tx.PutOversellHour({"acc-1", channel, hour, "0 1:1"}));
    }
    QS_RETURN_IF_ERROR(tx.PutOversellHour({"acc-2", "uk2", 20, "0 1:1"}));
    QS_RETURN_IF_ERROR(tx.PutOversellHour({"acc-1", "uk", 20, "0 1:2"}));
    return tx.TrimOversellHours("acc-1", "uk", 20);
  });
  const auto hours = MustRead([](ReadTx& tx) { return tx.ListOversellHours("acc-1", 20); });
  std::string all;
  for (const OversellHourRecord& hour : hours)
    all += hour.channel_id + std::to_string(hour.begin_us) + "=" + hour.windows + ";";
  EXPECT_EQ(all, "de20=0 1:1;de30=0 1:1;uk20=0 1:2;uk30=0 1:1;");
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListOversellHours("acc-1", 0); }).size(), 5u);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindOversellHour("acc-1", "uk", 10); }).has_value());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindOversellHour("acc-1", "uk", 20); })->windows, "0 1:2");
}

TEST_P(StoreConformance, OpenOversells_AreCountedByChannel_TheOldestFirst) {
  MustWrite([](Tx& tx) {
    std::vector<TargetRecord> targets;
    for (int n = 1; n <= 5; ++n) {
      TargetRecord target = Target(sample::Id("S", n), TargetState::kDirty, 1, 1);
      target.owner_channel_id = n == 3 ? "de" : "uk";
      target.lowered_us = n == 5 ? 0 : 100 + n;
      target.lowered_later_us = 7;
      targets.push_back(target);
    }
    return PutTargets(tx, targets);
  });
  const auto open = [&](int64_t at_most) {
    std::string all;
    for (const OpenOversell& one : MustRead([&](ReadTx& tx) { return tx.CountOpenOversells("acc-1", at_most); }))
      all += one.channel_id + std::to_string(one.count) + "@" + std::to_string(one.oldest_us) + ";";
    return all;
  };
  EXPECT_EQ(open(9), "de1@103;uk3@101;");
  EXPECT_EQ(open(2), "uk2@101;");
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountOpenOversells("acc-2", 9); }).size(), 0u);
}

TEST_P(StoreConformance, BeginOversellsAt_MovesWhatTheChannelHasOpen_AndWhatIsMarked) {
  const auto target = [](const char* sku, const char* channel, TargetState state) {
    TargetRecord made = Target(sku, state, 1, 1);
    made.owner_channel_id = channel;
    made.marked_us = 10;
    made.lowered_us = 20;
    made.lowered_later_us = 0;
    return made;
  };
  MustWrite([&](Tx& tx) -> absl::Status {
    TargetRecord shut = target("shut", "uk", TargetState::kCurrent);
    shut.lowered_us = 0;
    QS_RETURN_IF_ERROR(
        PutTargets(tx, {target("open", "uk", TargetState::kDirty), target("changed", "uk", TargetState::kChanged),
                        target("other", "de", TargetState::kChanged), shut}));
    return tx.BeginOversellsAt("acc-1", "uk", 77);
  });
  const auto times = [&](const char* sku) {
    const auto found = MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); });
    return std::array<TimeUs, 3>{found->marked_us, found->lowered_us, found->lowered_later_us};
  };
  EXPECT_THAT(times("open"), ElementsAre(10, 77, 0));
  EXPECT_THAT(times("changed"), ElementsAre(77, 77, 0));
  EXPECT_THAT(times("other"), ElementsAre(10, 20, 0));
  EXPECT_THAT(times("shut"), ElementsAre(10, 0, 0));
}

TEST_P(StoreConformance, CountChangedTargets_CountsThemAlone_AndNoFurtherThanAsked) {
  MustWrite([](Tx& tx) {
    return PutTargets(tx, {Target("a", TargetState::kChanged, 1, 1), Target("b", TargetState::kChanged, 1, 1),
                           Target("dirty", TargetState::kDirty, 1, 1), Target("held", TargetState::kHeld, 1, 1)});
  });
  const auto count = [&](const char* account, int64_t at_most) {
    return MustRead([&](ReadTx& tx) { return tx.CountChangedTargets(account, at_most); });
  };
  EXPECT_EQ(count("acc-1", 9), 2);
  EXPECT_EQ(count("acc-1", 1), 1);
  EXPECT_EQ(count("acc-2", 9), 0);
}

TEST_P(StoreConformance, CountHeldTargets_CountsThemAlone_AndNoFurtherThanAsked) {
  MustWrite([](Tx& tx) {
    return PutTargets(tx, {Target("a", TargetState::kHeld, 1, 1), Target("b", TargetState::kHeld, 1, 1),
                           Target("dirty", TargetState::kDirty, 1, 1), Target("changed", TargetState::kChanged, 1, 1)});
  });
  const auto count = [&](const char* account, int64_t at_most) {
    return MustRead([&](ReadTx& tx) { return tx.CountHeldTargets(account, at_most); });
  };
  EXPECT_EQ(count("acc-1", 9), 2);
  EXPECT_EQ(count("acc-1", 1), 1);
  EXPECT_EQ(count("acc-2", 9), 0);
}

TEST_P(StoreConformance, ListDueTargets_ZeroFirstThenOldestChange) {
  MustWrite([](Tx& tx) {
    return PutTargets(
        tx, {Target("some-late", TargetState::kDirty, 4, 20), Target("some-early", TargetState::kDirty, 4, 10),
             Target("zero-late", TargetState::kDirty, 0, 40), Target("zero-early", TargetState::kDirty, 0, 30),
             Target("unset", TargetState::kDirty, std::nullopt, 1), Target("not-due", TargetState::kDirty, 0, 1, 101),
             Target("just-due", TargetState::kDirty, 1, 50, 100), Target("held", TargetState::kHeld, 0, 1),
             Target("changed", TargetState::kChanged, 0, 1), Target("current", TargetState::kCurrent, 0, 1),
             Target("flying", TargetState::kInFlight, 0, 1)});
  });
  const auto skus = [&](const char* account, TimeUs now, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListDueTargets(account, now, limit); }), &TargetRecord::sku);
  };
  EXPECT_THAT(skus("acc-1", 100, 100),
              ElementsAre("zero-early", "zero-late", "some-early", "some-late", "just-due", "unset"));
  EXPECT_THAT(skus("acc-1", 99, 3), ElementsAre("zero-early", "zero-late", "some-early"));
  EXPECT_THAT(skus("acc-2", 100, 100), IsEmpty());
}

TEST_P(StoreConformance, ListDueTargets_KeepsItsOrder_WhenThousandsAreDue) {
  constexpr int kTargets = 5000;
  MustWrite([](Tx& tx) -> absl::Status {
    for (int n = 0; n < kTargets; ++n) {
      const std::optional<int32_t> wanted = n % 3 == 2 ? std::nullopt : std::optional<int32_t>(n % 3);
      QS_RETURN_IF_ERROR(tx.PutTarget(Target(sample::Id("S", n), TargetState::kDirty, wanted, kTargets - n, n % 2)));
    }
    return absl::OkStatus();
  });
  for (const TimeUs now : {0, 1}) {
    const std::vector<TargetRecord> due =
        MustRead([&](ReadTx& tx) { return tx.ListDueTargets("acc-1", now, kTargets); });
    ASSERT_EQ(due.size(), static_cast<size_t>(now == 0 ? kTargets / 2 : kTargets));
    const auto rank = [](const TargetRecord& target) { return target.wanted.value_or(2); };
    for (size_t i = 1; i < due.size(); ++i) {
      ASSERT_LE(std::make_pair(rank(due[i - 1]), due[i - 1].changed_us),
                std::make_pair(rank(due[i]), due[i].changed_us));
    }
  }
}

TEST_P(StoreConformance, ListUndecidedTargets_ChangedAndDueHeldByChange) {
  MustWrite([](Tx& tx) {
    return PutTargets(
        tx, {Target("held-2", TargetState::kHeld, 4, 20, 5), Target("changed-1", TargetState::kChanged, 4, 10),
             Target("changed-3", TargetState::kChanged, 0, 30, 999), Target("held-4", TargetState::kHeld, 0, 40, 100),
             Target("held-not-due", TargetState::kHeld, 4, 1, 101), Target("dirty", TargetState::kDirty, 4, 1)});
  });
  const auto skus = [&](int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListUndecidedTargets("acc-1", 100, limit); }),
                  &TargetRecord::sku);
  };
  EXPECT_THAT(skus(100), ElementsAre("changed-1", "held-2", "changed-3", "held-4"));
  EXPECT_THAT(skus(2), ElementsAre("changed-1", "held-2"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListUndecidedTargets("acc-2", 100, 10); }), IsEmpty());
}

TEST_P(StoreConformance, NextTargetTime_IsTheEarliestWork) {
  const auto next = [&] { return MustRead([](ReadTx& tx) { return tx.NextTargetTime("acc-1"); }); };
  EXPECT_EQ(next(), std::nullopt);
  MustWrite([](Tx& tx) { return tx.PutTarget(Target("current", TargetState::kCurrent, 1, 1, 1)); });
  EXPECT_EQ(next(), std::nullopt);
  MustWrite([](Tx& tx) { return tx.PutTarget(Target("held", TargetState::kHeld, 1, 1, 70)); });
  EXPECT_EQ(next(), 70);
  MustWrite([](Tx& tx) { return tx.PutTarget(Target("dirty", TargetState::kDirty, 1, 1, 60)); });
  EXPECT_EQ(next(), 60);
  for (const TargetState state : {TargetState::kChanged, TargetState::kUnread}) {
    MustWrite([&](Tx& tx) { return tx.PutTarget(Target("now", state, 1, 1, 65)); });
    EXPECT_EQ(next(), 0);
    MustWrite([](Tx& tx) { return tx.PutTarget(Target("now", TargetState::kInBulk, 1, 1, 65)); });
    EXPECT_EQ(next(), 60) << "a document ends when it ends";
  }
}

TEST_P(StoreConformance, ListUnreadTargets_OldestChangeFirst) {
  MustWrite([](Tx& tx) {
    return PutTargets(tx, {Target("late", TargetState::kUnread, 4, 20), Target("early", TargetState::kUnread, 4, 10),
                           Target("changed", TargetState::kChanged, 4, 1)});
  });
  const auto skus = [&](const char* account, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListUnreadTargets(account, limit); }), &TargetRecord::sku);
  };
  EXPECT_THAT(skus("acc-1", 9), ElementsAre("early", "late"));
  EXPECT_THAT(skus("acc-1", 1), ElementsAre("early"));
  EXPECT_THAT(skus("acc-2", 9), IsEmpty());
}

TEST_P(StoreConformance, MarkTargetsOfItem_TouchesEveryAccountThatSellsIt) {
  std::vector<std::string> accounts;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 5)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-2", "A", 5)));  // the same target
    ListingRecord other = sample::Listing("ch-3", "X", 5);
    other.account_id = "acc-2";
    QS_RETURN_IF_ERROR(tx.PutListing(other));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "B", 6)));
    QS_RETURN_IF_ERROR(
        PutTargets(tx, {Target("A", TargetState::kParked, 4, 10, 20), Target("B", TargetState::kCurrent, 4, 10)}));
    QS_ASSIGN_OR_RETURN(accounts, tx.MarkTargetsOfItem(5, 77));
    return absl::OkStatus();
  });
  EXPECT_THAT(accounts, testing::UnorderedElementsAre("acc-1", "acc-2"));
  const TargetRecord marked = *MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); });
  EXPECT_EQ(marked.state, TargetState::kChanged);
  EXPECT_EQ(marked.version, 8);
  EXPECT_EQ(marked.changed_us, 77);
  EXPECT_EQ(marked.due_us, 0);
  EXPECT_EQ(marked.wanted, 4);
  EXPECT_EQ(marked.accepted, 3);
  const std::optional<TargetRecord> made = MustRead([](ReadTx& tx) { return tx.FindTarget("acc-2", "X"); });
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->state, TargetState::kChanged);
  EXPECT_EQ(made->version, 1);
  EXPECT_EQ(made->changed_us, 77);
  EXPECT_EQ(made->wanted, std::nullopt);
  EXPECT_EQ(made->accepted, std::nullopt);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "B"); })->state, TargetState::kCurrent);
}

TEST_P(StoreConformance, MarkTargets_LeavesWhatIsInFlightThere) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutTarget(Target("A", TargetState::kInFlight, 4, 10, 20)));
    return tx.MarkTarget("acc-1", "A", 77);
  });
  const TargetRecord marked = *MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); });
  EXPECT_EQ(marked.state, TargetState::kInFlight);
  EXPECT_EQ(marked.version, 8) << "so that its outcome does not settle it";
  EXPECT_EQ(marked.changed_us, 77);
}

TEST_P(StoreConformance, MarkTargetsOfChannelAndMarkTarget) {
  std::vector<std::string> accounts;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 5)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "B", 0)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-2", "C", 5)));
    QS_ASSIGN_OR_RETURN(accounts, tx.MarkTargetsOfChannel("ch-1", 77));
    return tx.MarkTarget("acc-9", "Q", 88);
  });
  EXPECT_THAT(accounts, ElementsAre("acc-1"));
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListUndecidedTargets("acc-1", 0, 10); }), &TargetRecord::sku),
              testing::UnorderedElementsAre("A", "B"));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-9", "Q"); })->changed_us, 88);
}

TEST_P(StoreConformance, MarkTargets_TakesBackWhatWasDecidedAboutZero_AndLeavesTheDocument) {
  for (const TargetState state : {TargetState::kBraked, TargetState::kInBulk, TargetState::kUnread}) {
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutTarget(Target("A", state, 0, 10, 20)));
      return tx.MarkTarget("acc-1", "A", 77);
    });
    const TargetRecord marked = *MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); });
    EXPECT_EQ(marked.state, TargetState::kChanged);
    EXPECT_FALSE(marked.zeroing);
    EXPECT_EQ(marked.bulk_id, 12);
    EXPECT_EQ(marked.bulk_quantity, 6);
    EXPECT_TRUE(marked.passed_bulk);
  }
}

TEST_P(StoreConformance, MarkKnownTargets_MakesNone) {
  int64_t known = -1;
  int64_t cut = -1;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(
        PutTargets(tx, {Target("A", TargetState::kCurrent, 4, 10, 20), Target("fly", TargetState::kInFlight, 4, 10),
                        Target("B", TargetState::kNone, 4, 10)}));
    QS_ASSIGN_OR_RETURN(known, tx.MarkKnownTargets("acc-1", {"A", "fly", "none"}, 77));
    QS_ASSIGN_OR_RETURN(cut, tx.MarkKnownTargets("acc-1", {std::string("A\0B", 3)}, 78));
    return absl::OkStatus();
  });
  EXPECT_EQ(known, 2);
  EXPECT_EQ(cut, 0) << "what stands behind a NUL is of the SKU";
  const auto target = [&](const char* sku) {
    return MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); });
  };
  EXPECT_EQ(target("A")->state, TargetState::kChanged);
  EXPECT_EQ(target("A")->version, 8);
  EXPECT_EQ(target("A")->changed_us, 77);
  EXPECT_EQ(target("A")->due_us, 0);
  EXPECT_EQ(target("fly")->state, TargetState::kInFlight);
  EXPECT_EQ(target("fly")->version, 8);
  EXPECT_EQ(target("B")->state, TargetState::kNone);
  EXPECT_FALSE(target("none").has_value());
}

TEST_P(StoreConformance, HurryTargets_MakesDueWhatWaitsAfterFailures_AndNothingElse) {
  const auto failed = [](const char* sku, TargetState state, TimeUs due_us) {
    TargetRecord target = Target(sku, state, 4, 10, due_us);
    target.failures = 3;
    return target;
  };
  TargetRecord patient = Target("patient", TargetState::kDirty, 4, 10, 900);
  patient.failures = 0;
  MustWrite([&](Tx& tx) {
    return PutTargets(tx,
                      {failed("later", TargetState::kDirty, 900), failed("due", TargetState::kDirty, 50),
                       failed("held", TargetState::kHeld, 900), failed("parked", TargetState::kParked, 900), patient});
  });
  const auto hurry = [&](const char* account) {
    int64_t hurried = 0;
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(hurried, tx.HurryTargets(account, 100));
      return absl::OkStatus();
    });
    return hurried;
  };
  EXPECT_EQ(hurry("acc-2"), 0);
  EXPECT_EQ(hurry("acc-1"), 1);
  const auto target = [&](const char* sku) {
    return MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); }).value();
  };
  EXPECT_EQ(target("later").due_us, 100);
  EXPECT_EQ(target("later").failures, 3) << "the next failure waits longer still";
  EXPECT_EQ(target("due").due_us, 50);
  for (const char* sku : {"held", "parked", "patient"}) EXPECT_EQ(target(sku).due_us, 900) << sku;
}

TEST_P(StoreConformance, MarkTargetSold_OnlyMarksWhatExists) {
  TargetRecord target = Target("A", TargetState::kCurrent, 4, 10);
  target.accepted_stale = false;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutTarget(target));
    QS_RETURN_IF_ERROR(tx.MarkTargetSold("acc-1", "none"));
    return tx.MarkTargetSold("acc-1", "A");
  });
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); })->accepted_stale);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "A"); })->version, 7);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindTarget("acc-1", "none"); }).has_value());
}

TEST_P(StoreConformance, Intents_RoundTripAndListOldestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutIntent(sample::Intent(5, IntentState::kSent)));
    QS_RETURN_IF_ERROR(tx.PutIntent(sample::Intent(3, IntentState::kUnknown)));
    QS_RETURN_IF_ERROR(tx.PutIntent(sample::Intent(4, IntentState::kDone)));
    QS_RETURN_IF_ERROR(tx.PutIntent(sample::Intent(2, IntentState::kSent)));
    IntentRecord other = sample::Intent(1, IntentState::kSent);
    other.account_id = "acc-2";
    return tx.PutIntent(other);
  });
  const IntentRecord read = MustRead([](ReadTx& tx) { return tx.GetIntent(5); });
  const IntentRecord written = sample::Intent(5, IntentState::kSent);
  EXPECT_EQ(read.account_id, written.account_id);
  EXPECT_EQ(read.job, written.job);
  EXPECT_EQ(read.target, written.target);
  EXPECT_EQ(read.state, written.state);
  EXPECT_EQ(read.quantity, written.quantity);
  EXPECT_EQ(read.target_version, written.target_version);
  EXPECT_EQ(read.handle, written.handle);
  EXPECT_EQ(read.reference, written.reference);
  EXPECT_EQ(read.reason, written.reason);
  EXPECT_EQ(read.message, written.message);
  EXPECT_EQ(read.explanation, written.explanation);
  EXPECT_EQ(read.created_us, written.created_us);
  EXPECT_EQ(read.settled_us, written.settled_us);
  EXPECT_EQ(read.bulk_id, written.bulk_id);
  EXPECT_EQ(read.request, written.request);
  const auto ids = [&](const std::vector<IntentState>& states, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListIntents("acc-1", states, limit); }), &IntentRecord::id);
  };
  EXPECT_THAT(ids({IntentState::kSent, IntentState::kUnknown}, 10), ElementsAre(2, 3, 5));
  EXPECT_THAT(ids({IntentState::kSent, IntentState::kUnknown, IntentState::kSent}, 2), ElementsAre(2, 3));
  EXPECT_THAT(ids({}, 10), IsEmpty());
  MustWrite([](Tx& tx) { return tx.PutIntent(sample::Intent(2, IntentState::kDone)); });
  EXPECT_THAT(ids({IntentState::kDone}, 10), ElementsAre(2, 4));
}

}  // namespace
}  // namespace quayside
