// Items, locations, levels, listings.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, Items_RoundTripAndKeepTheirSkuUnique) {
  MustWrite([](Tx& tx) { return tx.PutItem({.id = 1, .sku = "MUG", .title = "Mug", .revision = 4}); });
  const ItemRecord item = MustRead([](ReadTx& tx) { return tx.GetItem(1); });
  EXPECT_EQ(item.sku, "MUG");
  EXPECT_EQ(item.title, "Mug");
  EXPECT_EQ(item.revision, 4);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindItemBySku("MUG"); })->id, 1);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindItemBySku("mug"); }).has_value()) << "SKUs are case-sensitive";
  const absl::Status second = store().Write([](Tx& tx) { return tx.PutItem({.id = 2, .sku = "MUG"}); });
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(HasReason(second, Reason::kItemExists));
  MustWrite([](Tx& tx) { return tx.PutItem({.id = 1, .sku = "CUP", .title = "Cup", .revision = 5}); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindItemBySku("MUG"); }).has_value());
}

TEST_P(StoreConformance, ListItems_PagesThroughAPrefixBySku) {
  MustWrite([](Tx& tx) -> absl::Status {
    int64_t id = 0;
    for (const char* sku : {"B-2", "A-1", "B-10", "B", "C", "b-1", "B\xC3\xBC", "A_%"}) {
      QS_RETURN_IF_ERROR(tx.PutItem({.id = ++id, .sku = sku}));
    }
    return absl::OkStatus();
  });
  const auto skus = [&](const char* prefix, const char* after, int limit) {
    return KeysOf(
        MustRead([&](ReadTx& tx) { return tx.ListItems({.sku_prefix = prefix, .after_sku = after, .limit = limit}); }),
        &ItemRecord::sku);
  };
  EXPECT_THAT(skus("", "", 3), ElementsAre("A-1", "A_%", "B"));
  EXPECT_THAT(skus("B", "", 100), ElementsAre("B", "B-10", "B-2", "B\xC3\xBC"));
  EXPECT_THAT(skus("B", "B-10", 1), ElementsAre("B-2"));
  EXPECT_THAT(skus("A_", "", 100), ElementsAre("A_%")) << "no pattern characters";
  EXPECT_THAT(skus("D", "", 100), IsEmpty());
}

TEST_P(StoreConformance, Locations_BeginWithDefault) {
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListLocations(); }), &LocationRecord::id),
              ElementsAre("default"));
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutLocation({.id = "fba", .display_name = "FBA", .fulfilment_centre = false}));
    return tx.PutLocation({.id = "fba", .display_name = "FBA UK", .fulfilment_centre = true});
  });
  const std::vector<LocationRecord> locations = MustRead([](ReadTx& tx) { return tx.ListLocations(); });
  ASSERT_EQ(locations.size(), 2u);
  EXPECT_FALSE(locations[0].fulfilment_centre);
  EXPECT_EQ(locations[1].display_name, "FBA UK");
  EXPECT_TRUE(locations[1].fulfilment_centre);
}

TEST_P(StoreConformance, Levels_NeverSetIsNotZero) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddReserved(1, "default", 3, 100));
    return tx.SetLevel(1, "north", 0, 200);
  });
  const std::vector<LevelRecord> levels = MustRead([](ReadTx& tx) { return tx.GetLevels(1); });
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].location_id, "default");
  EXPECT_EQ(levels[0].level, std::nullopt);
  EXPECT_EQ(levels[0].reserved, 3);
  EXPECT_EQ(levels[0].counted_us, 0);
  EXPECT_EQ(levels[0].updated_us, 100);
  EXPECT_EQ(levels[1].level, 0);
  EXPECT_EQ(levels[1].counted_us, 200);
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.GetLevels(2); }), IsEmpty());
}

TEST_P(StoreConformance, Levels_CountsAndChangesKeepReservations) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddReserved(1, "default", 3, 100));
    QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", 10, 200));
    QS_RETURN_IF_ERROR(tx.AddLevel(1, "default", -4, 300));
    return tx.AddReserved(1, "default", -2, 400);
  });
  const std::vector<LevelRecord> levels = MustRead([](ReadTx& tx) { return tx.GetLevels(1); });
  ASSERT_EQ(levels.size(), 1u);
  EXPECT_EQ(levels[0].level, 6);
  EXPECT_EQ(levels[0].reserved, 1);
  EXPECT_EQ(levels[0].counted_us, 200) << "a relative change is no count";
  EXPECT_EQ(levels[0].updated_us, 400);
}

TEST_P(StoreConformance, AddLevel_NeedsACountAndStaysAboveZero) {
  const auto change = [&](const char* location, int64_t delta) {
    return store().Write([&](Tx& tx) { return tx.AddLevel(1, location, delta, 1); });
  };
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.SetLevel(1, "default", 5, 1));
    return tx.AddReserved(1, "reserved-only", 5, 1);
  });
  EXPECT_TRUE(change("default", -5).ok());
  for (const absl::Status& status : {change("default", -1), change("reserved-only", 1), change("unknown", 1)}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(HasReason(status, Reason::kLevelBelowZero)) << status;
  }
}

TEST_P(StoreConformance, AddReserved_NeverFallsBelowZero) {
  MustWrite([](Tx& tx) { return tx.AddReserved(1, "default", 2, 1); });
  EXPECT_EQ(store().Write([](Tx& tx) { return tx.AddReserved(1, "default", -3, 2); }).code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(store().Write([](Tx& tx) { return tx.AddReserved(2, "default", -1, 2); }).code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].reserved, 2);
  MustWrite([](Tx& tx) { return tx.AddReserved(1, "default", -2, 3); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetLevels(1); })[0].reserved, 0);
}

TEST_P(StoreConformance, Listings_RoundTripAndReplace) {
  ListingRecord written = sample::Listing("ch-1", "A", 7);
  MustWrite([&](Tx& tx) { return tx.PutListing(written); });
  const auto expect_stored = [&] {
    const std::optional<ListingRecord> read = MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "A"); });
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->account_id, written.account_id);
    EXPECT_EQ(read->title, written.title);
    EXPECT_EQ(read->product_id, written.product_id);
    EXPECT_EQ(read->product_type, written.product_type);
    EXPECT_EQ(read->fulfilment, written.fulfilment);
    EXPECT_EQ(read->statuses, written.statuses);
    EXPECT_EQ(read->item_id, written.item_id);
    EXPECT_EQ(read->units_per_listing, written.units_per_listing);
    EXPECT_EQ(read->ignored, written.ignored);
    EXPECT_EQ(read->quantity_seen, written.quantity_seen);
    EXPECT_EQ(read->seen_us, written.seen_us);
    EXPECT_EQ(read->pass_id, written.pass_id);
    EXPECT_EQ(read->vanished, written.vanished);
    EXPECT_EQ(read->max_listed_quantity, written.max_listed_quantity);
    EXPECT_EQ(read->listed_percentage_e4, written.listed_percentage_e4);
    EXPECT_EQ(read->end_when_quantity, written.end_when_quantity);
  };
  expect_stored();
  written.pass_id = "pass-2";
  written.quantity_seen.reset();
  written.max_listed_quantity.reset();
  MustWrite([&](Tx& tx) { return tx.PutListing(written); });
  expect_stored();
  written = {.channel_id = "ch-1",
             .account_id = "acc-2",
             .sku = "A",
             .fulfilment = Fulfilment::kMarketplace,
             .vanished = true};
  MustWrite([&](Tx& tx) { return tx.PutListing(written); });
  expect_stored();
}

TEST_P(StoreConformance, ListListings_FiltersAndPagesBySku) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t n = 1; n <= 6; ++n) {
      ListingRecord listing = sample::Listing("ch-1", sample::Id(n <= 3 ? "A-" : "B-", n), n % 2 == 0 ? n : 0);
      listing.fulfilment = n % 3 == 0 ? Fulfilment::kMarketplace : Fulfilment::kMerchant;
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
    }
    return tx.PutListing(sample::Listing("ch-2", "A-0001", 1));
  });
  const auto skus = [&](ListingQuery query) {
    query.channel_id = "ch-1";
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListListings(query); }), &ListingRecord::sku);
  };
  EXPECT_THAT(skus({.limit = 2}), ElementsAre("A-0001", "A-0002"));
  EXPECT_THAT(skus({.after_sku = "A-0002", .limit = 2}), ElementsAre("A-0003", "B-0004"));
  EXPECT_THAT(skus({.sku_prefix = "B-"}), ElementsAre("B-0004", "B-0005", "B-0006"));
  EXPECT_THAT(skus({.linked = true}), ElementsAre("A-0002", "B-0004", "B-0006"));
  EXPECT_THAT(skus({.linked = false}), ElementsAre("A-0001", "A-0003", "B-0005"));
  EXPECT_THAT(skus({.fulfilment = Fulfilment::kMarketplace}), ElementsAre("A-0003", "B-0006"));
  EXPECT_THAT(skus({.after_sku = "A-0002", .sku_prefix = "A", .linked = false, .fulfilment = Fulfilment::kMarketplace}),
              ElementsAre("A-0003"));
}

TEST_P(StoreConformance, CountListings_FollowsEveryChange) {
  const auto totals = [&] {
    const ListingTotals read = MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); });
    return std::make_pair(read.total, read.linked);
  };
  EXPECT_EQ(totals(), std::make_pair(int64_t{0}, int64_t{0}));
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 0)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "B", 5)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "B", 5)));
    return tx.PutListing(sample::Listing("ch-2", "B", 5));
  });
  EXPECT_EQ(totals(), std::make_pair(int64_t{2}, int64_t{1}));
  MustWrite([](Tx& tx) { return tx.PutListing(sample::Listing("ch-1", "A", 5)); });
  EXPECT_EQ(totals(), std::make_pair(int64_t{2}, int64_t{2}));
  MustWrite([](Tx& tx) { return tx.PutListing(sample::Listing("ch-1", "A", 0)); });
  EXPECT_EQ(totals(), std::make_pair(int64_t{2}, int64_t{1}));
}

TEST_P(StoreConformance, ListListingsOfItemAndSku_SeeAllChannels) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-2", "A", 1)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "A", 1)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "B", 1)));
    QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", "C", 0)));
    ListingRecord other = sample::Listing("ch-3", "A", 2);
    other.account_id = "acc-2";
    return tx.PutListing(other);
  });
  const auto of_item = MustRead([](ReadTx& tx) { return tx.ListListingsOfItem(1); });
  EXPECT_THAT(KeysOf(of_item, &ListingRecord::channel_id), testing::UnorderedElementsAre("ch-1", "ch-1", "ch-2"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListListingsOfItem(0); }), IsEmpty()) << "0 is no item";
  const auto of_sku = MustRead([](ReadTx& tx) { return tx.ListListingsOfSku("acc-1", "A"); });
  EXPECT_THAT(KeysOf(of_sku, &ListingRecord::channel_id), ElementsAre("ch-1", "ch-2"));
}

TEST_P(StoreConformance, FindListings_AnswersThoseThereAre) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A", "B", "quote\"\xC3\xBC"}) {
      QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", sku, 1)));
    }
    return tx.PutListing(sample::Listing("ch-2", "C", 1));
  });
  const auto found = [&](const std::vector<std::string>& skus) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.FindListings("ch-1", skus); }), &ListingRecord::sku);
  };
  EXPECT_THAT(found({"quote\"\xC3\xBC", "C", "A", "none"}), testing::UnorderedElementsAre("A", "quote\"\xC3\xBC"));
  EXPECT_THAT(found({}), IsEmpty());
}

// A marketplace may call a SKU whatever a text can hold.
TEST_P(StoreConformance, SkusAreWhole_AlsoBehindANul) {
  using namespace std::string_literals;  // NOLINT: their NULs count
  const std::vector<std::string> skus = {"A", "A\0"s, "A\0B"s, "\0"s, "A\1"s, "A\0010"s, "A\0011"s, "\1\0\1"s};
  MustWrite([&](Tx& tx) -> absl::Status {
    for (const std::string& sku : skus) QS_RETURN_IF_ERROR(tx.PutListing(sample::Listing("ch-1", sku, 1)));
    return absl::OkStatus();
  });
  for (const std::string& sku : skus) {
    const auto found = MustRead([&](ReadTx& tx) { return tx.FindListings("ch-1", {sku, "none\0"s}); });
    EXPECT_THAT(KeysOf(found, &ListingRecord::sku), ElementsAre(sku));
  }
  EXPECT_THAT(KeysOf(MustRead([&](ReadTx& tx) { return tx.FindListings("ch-1", skus); }), &ListingRecord::sku),
              testing::UnorderedElementsAreArray(skus));
  MustWrite([&](Tx& tx) { return tx.TouchListings("ch-1", {"A\0B"s}, 7'000'000'000'000'000, "touched"); });
  for (const std::string& sku : skus) {
    const auto listing = MustRead([&](ReadTx& tx) { return tx.FindListings("ch-1", {sku}); });
    EXPECT_EQ(listing.at(0).seen_us == 7'000'000'000'000'000, sku == "A\0B"s);
  }
}

TEST_P(StoreConformance, AddListings_AddsAndCounts_AndRefusesWhatIsThere) {
  MustWrite([](Tx& tx) {
    return tx.AddListings(
        {sample::Listing("ch-1", "A", 1), sample::Listing("ch-1", "B", 0), sample::Listing("ch-2", "A", 0)});
  });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); }).total, 2);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountListings("ch-1"); }).linked, 1);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountListings("ch-2"); }).total, 1);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "A"); })->title, "Title of A");
  const absl::Status again = store().Write([](Tx& tx) {
    return tx.AddListings({sample::Listing("ch-1", "C", 1), sample::Listing("ch-1", "B", 1)});
  });
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "C"); }).has_value());
}

TEST_P(StoreConformance, TouchListings_MovesTimeAndPassOnly) {
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddListings(
        {sample::Listing("ch-1", "A", 1), sample::Listing("ch-1", "B", 1), sample::Listing("ch-2", "A", 1)}));
    QS_RETURN_IF_ERROR(tx.TouchListings("ch-1", {"A", "none"}, 90, "pass-2"));
    return tx.TouchListings("ch-1", {"B"}, 5, "");
  });
  const ListingRecord touched = *MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "A"); });
  EXPECT_EQ(touched.seen_us, 90);
  EXPECT_EQ(touched.pass_id, "pass-2");
  EXPECT_EQ(touched.title, "Title of A");
  EXPECT_EQ(touched.quantity_seen, 0);
  const ListingRecord older = *MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "B"); });
  EXPECT_EQ(older.seen_us, 11) << "what is known to be newer stays";
  EXPECT_EQ(older.pass_id, "pass-1");
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindListing("ch-2", "A"); })->seen_us, 11);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "none"); }).has_value());
}

TEST_P(StoreConformance, MarkVanished_NamesWhatThePassDidNotSee_Once) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A", "B", "C", "NEWER"}) {
      ListingRecord listing = sample::Listing("ch-1", sku, 1);
      listing.pass_id = sku == std::string("B") ? "pass-2" : "pass-1";
      listing.seen_us = sku == std::string("NEWER") ? 121 : 100;
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
    }
    return tx.PutListing(sample::Listing("ch-2", "A", 1));
  });
  VanishBatch batch;
  const auto mark = [&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(batch, tx.MarkVanished({.channel_id = "ch-1", .pass_id = "pass-2", .seen_by_us = 120}));
    return absl::OkStatus();
  };
  MustWrite(mark);
  EXPECT_THAT(batch.skus, testing::UnorderedElementsAre("A", "C"));
  EXPECT_TRUE(batch.last);
  const auto gone = MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "C"); });
  EXPECT_TRUE(gone->vanished);
  EXPECT_EQ(gone->seen_us, 120) << "known to be gone at that time";
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "A"); })->vanished);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "B"); })->vanished);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-1", "NEWER"); })->vanished);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindListing("ch-2", "A"); })->vanished);
  MustWrite(mark);
  EXPECT_THAT(batch.skus, IsEmpty());
}

TEST_P(StoreConformance, MarkVanished_WalksInPieces_AndGoesOnWhereItStopped) {
  constexpr int kListings = 25;
  MustWrite([](Tx& tx) -> absl::Status {
    for (int n = 0; n < kListings; ++n) {
      ListingRecord listing = sample::Listing("ch-1", sample::Id("S", n), 0);
      if (n % 2 == 0) listing.pass_id = "pass-2";
      QS_RETURN_IF_ERROR(tx.PutListing(listing));
    }
    return absl::OkStatus();
  });
  VanishQuery query{.channel_id = "ch-1", .pass_id = "pass-2", .seen_by_us = 100, .looked_at = 10};
  std::vector<size_t> found;
  VanishBatch batch;
  while (!batch.last) {
    ASSERT_LT(found.size(), 10u);
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(batch, tx.MarkVanished(query));
      return absl::OkStatus();
    });
    found.push_back(batch.skus.size());
    query.after_sku = batch.through_sku;
  }
  EXPECT_THAT(found, ElementsAre(5, 5, 2));
  EXPECT_EQ(MustRead([&](ReadTx& tx) { return tx.CountListings("ch-1"); }).total, kListings);
}

TEST_P(StoreConformance, CentreStock_RoundTripsAndReplaces_AndIsListedBySku) {
  CentreStockRecord written{.location_id = "uk-fba",
                            .sku = "B",
                            .product_id = "B0",
                            .centre_sku = "X0",
                            .title = "lamp",
                            .condition = "NewItem",
                            .fulfillable = 1,
                            .inbound = 2,
                            .reserved = 3,
                            .unfulfillable = 4,
                            .researching = 5,
                            .absent = true,
                            .changed_us = 6,
                            .seen_us = 7,
                            .pass_id = "p"};
  const auto find = [&] { return MustRead([](ReadTx& tx) { return tx.FindCentreStock("uk-fba", "B"); }); };
  EXPECT_EQ(find(), std::nullopt);
  MustWrite([&](Tx& tx) { return tx.PutCentreStock(written); });
  EXPECT_EQ(find(), written);
  written = {.location_id = "uk-fba", .sku = "B", .fulfillable = 9};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutCentreStock(written));
    for (const char* sku : {"C", "A"}) QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = "uk-fba", .sku = sku}));
    return tx.PutCentreStock({.location_id = "de-fba", .sku = "A"});
  });
  EXPECT_EQ(find(), written);
  const auto list = [&](const char* after, int limit) {
    return KeysOf(MustRead([&](ReadTx& tx) {
                    return tx.ListCentreStock({.location_id = "uk-fba", .after_sku = after, .limit = limit});
                  }),
                  &CentreStockRecord::sku);
  };
  EXPECT_THAT(list("", 9), ElementsAre("A", "B", "C"));
  EXPECT_THAT(list("A", 1), ElementsAre("B"));
}

TEST_P(StoreConformance, ForgetCentreStock_UnsetsTheLevelsThere_AndNoOthers) {
  const auto forget = [&] {
    bool known = false;
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(known, tx.ForgetCentreStock("uk-fba", 9));
      return absl::OkStatus();
    });
    return known;
  };
  EXPECT_FALSE(forget()) << "nothing is known of it";
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* location : {"uk-fba", "de-fba"}) {
      QS_RETURN_IF_ERROR(tx.PutCentreStock({.location_id = location, .sku = "A", .fulfillable = 4}));
      QS_RETURN_IF_ERROR(tx.SetLevel(1, location, 4, 7));
      QS_RETURN_IF_ERROR(tx.AddReserved(1, location, 2, 8));
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(forget());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindCentreStock("uk-fba", "A"); }), std::nullopt);
  EXPECT_NE(MustRead([](ReadTx& tx) { return tx.FindCentreStock("de-fba", "A"); }), std::nullopt);
  for (const LevelRecord& level : MustRead([](ReadTx& tx) { return tx.GetLevels(1); })) {
    EXPECT_EQ(level.level.has_value(), level.location_id == "de-fba") << level.location_id;
    EXPECT_EQ(level.reserved, 2);
  }
  EXPECT_FALSE(forget());
}

}  // namespace
}  // namespace quayside
