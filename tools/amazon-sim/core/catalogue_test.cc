// A big catalogue: its orders and look-ups stay right through every change, and it stays small.
#include <algorithm>

#include "core/text_arena.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class CatalogueTest : public SimFixture {
 protected:
  static constexpr const char* kItems = "/listings/2021-08-01/items/SELLER?marketplaceIds=A1F83G8C2ARO7P";

  SellerBook& book() { return amazon.world().Book("SELLER"); }
  // Everything a search reaches, page by page.
  std::vector<std::string> Found(const std::string& parameters) {
    std::vector<std::string> skus;
    std::string next;
    do {
      const auto page = GetJson(kItems + ("&pageSize=20&" + parameters) + next);
      for (const auto& item : page.at("items").get_array()) skus.push_back(Text(item, "sku"));
      const auto* pagination = page.get_object().if_contains("pagination");
      next = pagination ? "&pageToken=" + PercentEncode(Text(*pagination, "nextToken")) : "";
    } while (!next.empty());
    return skus;
  }
  std::int64_t Count(const std::string& parameters) {
    return GetJson(kItems + ("&" + parameters)).at("numberOfResults").get_int64();
  }
  // The same by asking every listing.
  template <typename Wanted>
  std::vector<std::string> Expected(Wanted wanted, auto key, bool descending) {
    std::vector<const Listing*> listings;
    for (const Listing& listing : book().listings()) {
      if (!listing.deleted && wanted(listing)) listings.push_back(&listing);
    }
    std::sort(listings.begin(), listings.end(), [&](const Listing* a, const Listing* b) {
      return std::pair(key(*a), a->index) < std::pair(key(*b), b->index);
    });
    if (descending) std::reverse(listings.begin(), listings.end());
    if (listings.size() > 1000) listings.resize(1000);
    std::vector<std::string> skus;
    for (const Listing* listing : listings) skus.emplace_back(listing->sku);
    return skus;
  }
};

TEST_F(CatalogueTest, OneLine_MakesACatalogue) {
  Load(R"({"listings": {"count": 3000, "prefix": "M-", "first": 7, "fba_share": 0.5, "odd_titles": 0.5,
           "product_type": "LAMP", "in_ledger": false}})");
  EXPECT_EQ(book().listing_count(), 3000U);
  EXPECT_NE(book().FindListing("M-00007"), nullptr);
  EXPECT_NE(book().FindListing("M-03006"), nullptr);
  EXPECT_EQ(book().FindListing("M-00006"), nullptr);
  EXPECT_EQ(book().FindListing("M-00007")->product_type, "LAMP");
  EXPECT_TRUE(amazon.world().ledger.quantity_changes().empty());
  std::set<std::string> odd;
  for (const Listing& listing : book().listings()) {
    const std::string title = listing.Title();
    if (std::any_of(title.begin(), title.end(), [](char c) { return static_cast<unsigned char>(c) > 127; })) {
      odd.insert(title);
    }
  }
  EXPECT_NEAR(static_cast<double>(odd.size()), 900, 150) << "six of ten oddities are not ASCII";
  EXPECT_EQ(amazon.Handle({"POST", "/sim/v1/scenario", {}, R"({"listings": {"cuont": 3}})"}).status, 400);
}

TEST_F(CatalogueTest, SearchesAfterManyChanges_AreWhatEveryListingSays) {
  // More than are sorted at once, so that both ways of searching are taken.
  Load(R"({"settings": {"rate_limits_enabled": false}, "listings": {"count": 60000, "fba_share": 0.1}})");
  Rng rng(3);
  const auto sku = [&] { return std::string(book().listing(static_cast<std::uint32_t>(rng.Below(60'000))).sku); };
  for (int round = 0; round < 4; ++round) {
    amazon.clock().Advance(10 * kMinute);
    for (int i = 0; i < 500; ++i) {
      Control("set-listing", R"({"sku": ")" + sku() + R"(", "suppressed": )" + (i % 3 == 0 ? "true" : "false") + "}");
    }
    for (int i = 0; i < 20; ++i) {
      const std::string doomed = sku();
      if (book().FindListing(doomed)) Control("delete-listing", R"({"sku": ")" + doomed + "\"}");
      if (i % 2 == 0) Control("set-listing", R"({"sku": ")" + doomed + R"(", "quantity": 1})");
    }
  }
  const auto updated = [](const Listing& listing) { return listing.updated; };
  const auto created = [](const Listing& listing) { return listing.created; };
  const auto by_sku = [](const Listing& listing) { return listing.sku; };
  const auto any = [](const Listing&) { return true; };
  EXPECT_EQ(Found(""), Expected(any, updated, true));
  EXPECT_EQ(Found("sortOrder=ASC"), Expected(any, updated, false));
  EXPECT_EQ(Found("sortBy=sku&sortOrder=ASC"), Expected(any, by_sku, false));
  EXPECT_EQ(Found("sortBy=createdDate"), Expected(any, created, true));
  EXPECT_EQ(Count(""), static_cast<std::int64_t>(book().listing_count()));

  const Micros since = kStart + 25 * kMinute;
  const auto recent = [&](const Listing& listing) { return listing.updated >= since; };
  const std::string window = "lastUpdatedAfter=" + Iso8601(since);
  EXPECT_EQ(Found(window + "&sortBy=sku&sortOrder=ASC"), Expected(recent, by_sku, false));
  EXPECT_EQ(Found(window), Expected(recent, updated, true));

  const Micros old = kStart - 150 * kDay;
  const auto early = [&](const Listing& listing) { return listing.created <= old; };
  EXPECT_EQ(Found("createdBefore=" + Iso8601(old) + "&sortBy=createdDate"), Expected(early, created, true));

  const auto buyable = [](const Listing& listing) { return !listing.suppressed && listing.InStock(); };
  EXPECT_EQ(Found("withStatus=BUYABLE"), Expected(buyable, updated, true));
  const auto hidden = [](const Listing& listing) { return listing.suppressed; };
  EXPECT_EQ(Found("withoutStatus=DISCOVERABLE&sortBy=sku"), Expected(hidden, by_sku, true));
  const std::string asin(book().listing(77).asin);
  EXPECT_EQ(Count("identifiersType=ASIN&identifiers=" + asin), 1);
}

TEST_F(CatalogueTest, OrderByUpdate_DoesNotGrowWithEveryChange) {
  for (int i = 0; i < 5000; ++i) {
    Control("change-quantity", R"({"sku": ")" + std::string(i % 7 == 0 ? "A" : "B") + R"(", "delta": 1})");
  }
  EXPECT_LE(book().listings_by_updated().Sorted().size(), 1007U);
  Unthrottle();
  EXPECT_EQ(Found(""), (std::vector<std::string>{"B", "A", "F"}));
}

TEST_F(CatalogueTest, QuantityLines_ListTheWholeCatalogue) {
  EXPECT_EQ(amazon.Handle({"GET", "/sim/v1/quantities", {}, ""}).body,
            "sku\tquantity\tfba\nA\t10\t0\nB\t5\t0\nF\t\t1\n");
}

TEST_F(CatalogueTest, Ledger_ForgetsTheOldestAndSaysSo) {
  Control("settings", R"({"ledger": {"limit": 3}})");
  for (int i = 20; i < 25; ++i) {
    Control("change-quantity", R"({"sku": "A", "quantity": )" + std::to_string(i) + "}");
  }
  const auto ledger = Look("ledger?section=quantities");
  EXPECT_EQ(ledger.at("quantities_forgotten"), 4);
  EXPECT_EQ(ledger.at("quantities_total"), 7);
  ASSERT_EQ(ledger.at("quantities").get_array().size(), 3U);
  EXPECT_EQ(ledger.at("quantities").at(0).at("number"), 4);
  EXPECT_EQ(ledger.at("quantities").at(0).at("new"), 22);
  EXPECT_EQ(Look("ledger?section=quantities&after=6").at("quantities").at(0).at("new"), 24) << "counted from the first";
  EXPECT_EQ(Look("ledger?section=quantities&sku=A").at("quantities_total"), 3);
}

TEST(TextArena, KeepsTextsOfAnyLengthInPlace) {
  TextArena arena;
  std::vector<std::pair<std::string_view, std::string>> kept;
  for (std::size_t i = 0; i < 400; ++i) {
    std::string text(i * i % 1000 + (i == 200 ? 200'000 : 0), static_cast<char>('a' + i % 26));
    kept.emplace_back(arena.Keep(text), text);
  }
  for (const auto& [view, text] : kept) EXPECT_EQ(view, text);
  EXPECT_EQ(arena.KeepWord("LAMP").data(), arena.KeepWord("LAMP").data());
  EXPECT_NE(arena.Keep("LAMP").data(), arena.KeepWord("LAMP").data());
}

}  // namespace
}  // namespace amazon_sim
