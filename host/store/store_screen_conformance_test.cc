// What the screens show beyond the lanes: revisions, properties, reservations, submissions, dead letters by id.
#include "host/base/errors.h"
#include "host/store/forced_note.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST_P(StoreConformance, ChannelRevisions_ListNewestFirst_AndOutliveTheChannel) {
  MustWrite([](Tx& tx) -> absl::Status {
    ChannelRecord channel = sample::Channel("acc-1", 1);
    QS_RETURN_IF_ERROR(tx.PutChannel(channel, "ann"));
    channel.display_name = "No revision of the configuration";
    QS_RETURN_IF_ERROR(tx.PutChannel(channel, "bob"));
    channel.config.max_listed_quantity = 11;
    channel.config_revision = 2;
    channel.updated_us = 77;
    QS_RETURN_IF_ERROR(tx.PutChannel(channel, "cid"));
    QS_RETURN_IF_ERROR(tx.PutChannel(sample::Channel("acc-1", 2), "ann"));
    return tx.DeleteChannel(channel.id);
  });
  const auto all = MustRead([](ReadTx& tx) { return tx.ListChannelRevisions("ch-0001", 0, 9); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].config_revision, 2);
  EXPECT_EQ(all[0].config.max_listed_quantity, 11);
  EXPECT_EQ(all[0].changed_by, "cid");
  EXPECT_EQ(all[0].changed_us, 77);
  EXPECT_EQ(all[0].channel_id, "ch-0001");
  EXPECT_EQ(all[1].config, sample::Channel("acc-1", 1).config);
  EXPECT_EQ(MustRead([&](ReadTx& tx) { return tx.ListChannelRevisions("ch-0001", all[0].id, 9); }).size(), 1u);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListChannelRevisions("ch-0001", 0, 1); }).size(), 1u);
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListChannelRevisions("nobody", 0, 9); }), IsEmpty());
}

TEST_P(StoreConformance, ItemProperties_AreReplacedAsAWhole_AndGoWithTheItem) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "MUG"}));
    QS_RETURN_IF_ERROR(tx.PutItemProperties(1, {{"Despatch Time", "2"}, {"gone", "x"}}));
    QS_RETURN_IF_ERROR(tx.PutItemProperties(1, {{"Despatch Time", "3"}, {"", "no name"}}));
    return tx.PutItemProperties(2, {{"other", "y"}});
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetItemProperties(1); }),
              ElementsAre(Pair("", "no name"), Pair("Despatch Time", "3")));
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", 4, 1));
    return tx.DeleteItem(1);
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetItemProperties(1); }), IsEmpty());
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetLevels(1); }), IsEmpty());
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindItemBySku("MUG"); }).has_value());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetItemProperties(2); }).size(), 1u);
}

TEST_P(StoreConformance, Reservations_AreTheLinesThatHoldUnits_ByOrderAndLine) {
  MustWrite([](Tx& tx) -> absl::Status {
    const auto line = [](const std::string& sku, int64_t item, int64_t reserved) {
      OrderLineRecord record;
      record.external_id = sku;
      record.sku = sku;
      record.item_id = item;
      record.reserved = reserved;
      return record;
    };
    OrderRecord second = sample::Order(2);
    second.location_id = "north";
    QS_RETURN_IF_ERROR(tx.PutOrder(second, {line("A", 7, 2), line("B", 7, 0), line("C", 8, 1), line("D", 7, 3)}));
    return tx.PutOrder(sample::Order(1), {line("A", 7, 1)});
  });
  const auto list = [&](int64_t order, int64_t line, int limit) {
    return MustRead([&](ReadTx& tx) { return tx.ListReservations(7, order, line, limit); });
  };
  const std::vector<ReservationRecord> all = list(0, -1, 9);
  EXPECT_THAT(KeysOf(all, &ReservationRecord::sku), ElementsAre("A", "A", "D"));
  EXPECT_THAT(KeysOf(all, &ReservationRecord::units), ElementsAre(1, 2, 3));
  EXPECT_EQ(all[0].order_id, 1);
  EXPECT_EQ(all[0].external_id, sample::Order(1).external_id);
  EXPECT_EQ(all[1].location_id, "north");
  EXPECT_EQ(list(0, -1, 2).size(), 2u);
  EXPECT_THAT(KeysOf(list(all[1].order_id, all[1].line, 9), &ReservationRecord::sku), ElementsAre("D"));
  MustWrite([](Tx& tx) { return tx.PutOrder(sample::Order(1), {}); });
  EXPECT_EQ(list(0, -1, 9).size(), 2u);
}

TEST_P(StoreConformance, TrimIntents_KeepsTheNewest_AndWhatHasNoOutcome) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 6; ++n) {
      IntentRecord intent = sample::Intent(n, n == 2 ? IntentState::kAccepted : IntentState::kDone);
      intent.account_id = "acc-1";
      intent.target = "S";
      intent.settled_us = n == 1 ? 0 : 5;
      QS_RETURN_IF_ERROR(tx.PutIntent(intent));
      intent.id += 100;
      intent.target = "T";
      QS_RETURN_IF_ERROR(tx.PutIntent(intent));
    }
    return tx.TrimIntents("acc-1", "S", 2, INT64_MAX);
  });
  const auto ids = [&](const char* target, int limit, int64_t before = 0) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListIntentsOfTarget("acc-1", target, before, limit); }),
                  &IntentRecord::id);
  };
  EXPECT_THAT(ids("S", 9), ElementsAre(6, 5, 2, 1));
  EXPECT_THAT(ids("T", 3), ElementsAre(106, 105, 104));
  EXPECT_EQ(ids("T", 9).size(), 6u);
  EXPECT_THAT(ids("T", 2, 104), ElementsAre(103, 102)) << "older ones";
  MustWrite([](Tx& tx) { return tx.TrimIntents("acc-1", "T", 6, INT64_MAX); });
  EXPECT_EQ(ids("T", 9).size(), 6u);
}

TEST_P(StoreConformance, TrimIntents_KeepsWhatIsYoungEnough_AndTakesTheOldestFirst) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 60; ++n) {
      IntentRecord intent = sample::Intent(n, IntentState::kDone);
      intent.account_id = "acc-1";
      intent.target = "S";
      intent.created_us = n;
      intent.settled_us = n + 1;
      QS_RETURN_IF_ERROR(tx.PutIntent(intent));
    }
    return tx.TrimIntents("acc-1", "S", 10, 45);
  });
  const auto ids = [&] {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListIntentsOfTarget("acc-1", "S", 0, 100); }),
                  &IntentRecord::id);
  };
  EXPECT_EQ(ids().back(), 21) << "a piece";
  for (int n = 0; n < 3; ++n) MustWrite([](Tx& tx) { return tx.TrimIntents("acc-1", "S", 10, 45); });
  EXPECT_EQ(ids().back(), 45) << "made then or later";
  MustWrite([](Tx& tx) { return tx.TrimIntents("acc-1", "S", 10, INT64_MAX); });
  EXPECT_THAT(ids(), testing::SizeIs(10));
}

TEST_P(StoreConformance, TrimIntents_KeepsNoRowForEveryAttemptOfAnOutage) {
  const auto add = [&](int64_t id, IntentState state) {
    MustWrite([&](Tx& tx) -> absl::Status {
      IntentRecord intent = sample::Intent(id, state);
      intent.account_id = "acc-1";
      intent.target = "S";
      intent.created_us = id;
      intent.settled_us = id + 1;
      QS_RETURN_IF_ERROR(tx.TrimIntents("acc-1", "S", 9, 0));
      return tx.PutIntent(intent);
    });
  };
  add(1, IntentState::kDone);
  add(2, IntentState::kUnknown);
  for (int64_t n = 3; n <= 40; ++n) add(n, IntentState::kRetried);
  for (int64_t n = 41; n <= 80; ++n) add(n, IntentState::kSuperseded);
  const auto kept =
      KeysOf(MustRead([&](ReadTx& tx) { return tx.ListIntentsOfTarget("acc-1", "S", 0, 100); }), &IntentRecord::id);
  EXPECT_THAT(kept, ElementsAre(80, 79, 78, 77, 76, 75, 74, 73, 72, 71, 41, 40, 3, 2, 1))
      << "the first and the last of each kind";
}

TEST_P(StoreConformance, TrimIntents_KeepsEveryAttemptThatSaysSomethingElse) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 40; ++n) {
      IntentRecord intent = sample::Intent(n, IntentState::kSuperseded);
      intent.account_id = "acc-1";
      intent.target = "S";
      if (n % 2 == 0) ++intent.quantity;
      if (n > 30) intent.quantity = 5;
      if (n > 30 && n % 2 == 0) intent.explanation = "another way to the same number";
      QS_RETURN_IF_ERROR(tx.TrimIntents("acc-1", "S", 9, 0));
      QS_RETURN_IF_ERROR(tx.PutIntent(intent));
    }
    return tx.TrimIntents("acc-1", "S", 1, 0);
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListIntentsOfTarget("acc-1", "S", 0, 100); }), testing::SizeIs(40));
}

TEST_P(StoreConformance, DeadLetters_AreFoundById_AndKeepWhatPeopleDid) {
  DeadLetterRecord letter = sample::DeadLetter(5, "lane", "key");
  letter.form = DeadLetterForm::kOrder;
  letter.edited = true;
  letter.note = "asked again";
  letter.state = DeadLetterState::kRetrying;
  MustWrite([&](Tx& tx) { return tx.PutDeadLetter(letter); });
  const DeadLetterRecord read = MustRead([](ReadTx& tx) { return tx.GetDeadLetter(5); });
  EXPECT_EQ(read.form, DeadLetterForm::kOrder);
  EXPECT_TRUE(read.edited);
  EXPECT_EQ(read.note, "asked again");
  EXPECT_EQ(read.state, DeadLetterState::kRetrying);
  EXPECT_EQ(read.raw, letter.raw);
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetDeadLetter(6); }), Reason::kDeadLetterNotFound));
  // One that comes again while it is being asked for is a letter of its own.
  MustWrite([](Tx& tx) { return tx.PutDeadLetter(sample::DeadLetter(6, "lane", "key")); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "lane"}); }).size(), 2u);
}

TEST_P(StoreConformance, AnEditOfADeadLetter_IsGone_WhenTheRecordFailsAgain) {
  DeadLetterRecord edited = sample::DeadLetter(5, "lane", "key");
  edited.form = DeadLetterForm::kOrder;
  edited.edited = true;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(edited));
    return tx.PutDeadLetter(sample::DeadLetter(6, "lane", "key"));
  });
  const DeadLetterRecord read = MustRead([](ReadTx& tx) { return tx.GetDeadLetter(5); });
  EXPECT_EQ(read.times_seen, 2);
  EXPECT_FALSE(read.edited);
  EXPECT_EQ(read.form, DeadLetterForm::kRaw);
}

TEST_P(StoreConformance, ListingTotals_CountWhatTheChannelHas) {
  const auto totals = [&] { return MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); }); };
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 1)));
    std::vector<ListingRecord> more = {sample::Listing("ch-1", "B", 0), sample::Listing("ch-1", "C", 2)};
    more[0].vanished = false;
    more[1].vanished = true;
    return tx.AddListings(more);
  });
  const bool a_vanished = sample::Listing("ch-1", "A", 1).vanished;
  EXPECT_EQ(totals().total, 3);
  EXPECT_EQ(totals().linked, 2);
  EXPECT_EQ(totals().active, a_vanished ? 1 : 2);
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A", "B", "C"}) {
      ListingRecord listing = sample::Listing("ch-1", sku, 0);
      listing.vanished = false;
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(totals().active, 3);
  EXPECT_EQ(totals().linked, 0);
  MustWrite([](Tx& tx) {
    return tx.MarkVanished({.channel_id = "ch-1", .pass_id = "another", .seen_by_us = 1'000'000, .looked_at = 2})
        .status();
  });
  EXPECT_EQ(totals().active, 1);
  MustWrite([](Tx& tx) {
    return tx.MarkVanished({.channel_id = "ch-1", .pass_id = "another", .seen_by_us = 1'000'000}).status();
  });
  EXPECT_EQ(totals().active, 0);
  EXPECT_EQ(totals().total, 3);
}

TEST_P(StoreConformance, ForceTargets_MarkLinkedListingsOfTheChannel_InPieces) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A", "B", "C", "D"}) {
      ListingRecord listing = sample::Listing("ch-1", sku, std::string(sku) == "B" ? 0 : 1);
      listing.account_id = "acc-1";
      listing.vanished = std::string(sku) == "C";
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
    }
    ListingRecord other = sample::Listing("ch-2", "E", 1);
    other.account_id = "acc-1";
    QS_RETURN_IF_ERROR(tx.PutListing(other));
    TargetRecord parked = sample::Target("A", TargetState::kParked, 1, 1);
    parked.account_id = "acc-1";
    parked.accepted_stale = false;
    parked.version = 4;
    parked.note = "refused: NO: ";
    return tx.PutTarget(parked);
  });
  ForcedPiece first;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(first, tx.ForceTargets({.channel_id = "ch-1", .looked_at = 2}, 500));
    return absl::OkStatus();
  });
  EXPECT_EQ(first.marked, 1) << "B is unlinked, C is gone";
  EXPECT_FALSE(first.last);
  EXPECT_EQ(first.through_sku, "C");
  const auto target = [&](const char* sku) {
    return MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); });
  };
  EXPECT_EQ(target("A")->state, TargetState::kChanged);
  EXPECT_TRUE(target("A")->accepted_stale);
  EXPECT_EQ(target("A")->version, 5);
  EXPECT_EQ(target("A")->note, "") << "what was refused is tried again";
  EXPECT_FALSE(target("D").has_value());
  ForcedPiece second;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(second, tx.ForceTargets({.channel_id = "ch-1", .after_sku = "C", .looked_at = 2}, 500));
    return absl::OkStatus();
  });
  EXPECT_EQ(second.marked, 1);
  EXPECT_TRUE(second.last);
  EXPECT_EQ(target("D")->state, TargetState::kChanged);
  EXPECT_FALSE(target("E").has_value());
}

TEST_P(StoreConformance, ForceTargets_OfWhatIsInFlight_IsRemembered_UntilItsOutcome) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A", "B", "C"}) {
      ListingRecord listing = sample::Listing("ch-1", sku, 1);
      listing.account_id = "acc-1";
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
      TargetRecord target = sample::Target(sku, TargetState::kInFlight, 1, 1);
      target.account_id = "acc-1";
      if (std::string(sku) == "B") target.state = TargetState::kInBulk;
      target.note = "";
      QS_RETURN_IF_ERROR(tx.PutTarget(target));
    }
    return absl::OkStatus();
  });
  MustWrite(
      [&](Tx& tx) -> absl::Status { return tx.ForceTargets({.channel_id = "ch-1", .looked_at = 2}, 500).status(); });
  const auto target = [&](const char* sku) {
    return MustRead([&](ReadTx& tx) { return tx.FindTarget("acc-1", sku); }).value();
  };
  EXPECT_EQ(target("A").state, TargetState::kInFlight);
  EXPECT_EQ(target("A").note, kForcedInFlightNote);
  EXPECT_EQ(target("B").note, "") << "it is decided again at once";
  EXPECT_EQ(target("C").note, "") << "of the next piece";
  MustWrite([&](Tx& tx) -> absl::Status {
    return tx.ForceTargets({.channel_id = "ch-1", .after_sku = "B", .looked_at = 2}, 500).status();
  });
  EXPECT_EQ(target("C").note, kForcedInFlightNote);
}

TEST_P(StoreConformance, Locations_KeepWhoseTheyAre) {
  const LocationRecord fba{.id = "fba",
                           .display_name = "Warehouse",
                           .fulfilment_centre = true,
                           .owner_channel = "uk",
                           .inactive = true,
                           .revision = 3};
  MustWrite([&](Tx& tx) { return tx.PutLocation(fba); });
  const std::vector<LocationRecord> all = MustRead([](ReadTx& tx) { return tx.ListLocations(); });
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, "default");
  EXPECT_EQ(all[0].revision, 1);
  EXPECT_FALSE(all[0].inactive);
  EXPECT_EQ(all[1], fba);
}

}  // namespace
}  // namespace quayside
