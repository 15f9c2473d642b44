#include "host/base/names.h"

#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

TEST(Names, AreReadBackAsTheyWereMade) {
  EXPECT_EQ(ParsePluginName(PluginName("no_such-1")).value(), "no_such-1");
  EXPECT_EQ(ParseAccountName(AccountName("amz-2")).value(), "amz-2");
  EXPECT_EQ(ParseChannelName(ChannelName("amz-de")).value(), "amz-de");
  EXPECT_EQ(ParseLocationName(LocationName("default")).value(), "default");
  EXPECT_EQ(ParseRunName(RunName(INT64_MAX)).value(), INT64_MAX);
  EXPECT_EQ(ParseOrderName(OrderName(7)).value(), 7);
  EXPECT_EQ(ParseItemName(ItemName(1)).value(), 1);
}

TEST(Names, PlanNames_HaveAChannelAndAHexadecimalHash) {
  const auto key = ParsePlanName(PlanName("uk", "0a1b2c"));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->channel_id, "uk");
  EXPECT_EQ(key->hash, "0a1b2c");
  for (const char* name : {"channels/uk", "channels/uk/plans/", "channels/uk/plans/xyz", "channels/UK/plans/0a",
                           "channels/uk/plans/0a/b", "plans/0a"}) {
    EXPECT_FALSE(ParsePlanName(name).ok()) << name;
  }
}

TEST(Names, DespatchNames_HaveTwoNumbers) {
  const auto key = ParseDespatchName(DespatchName(42, 3));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->order_id, 42);
  EXPECT_EQ(key->number, 3);
  EXPECT_EQ(ParsePostalMethodName(PostalMethodName("tracked-48")).value(), "tracked-48");
  EXPECT_EQ(ParseDeadLetterName(DeadLetterName(7)).value(), 7);
  for (const char* name : {"orders/42", "orders/42/despatches/", "orders/42/despatches/0", "orders/42/despatches/01",
                           "orders/x/despatches/1", "orders/42/despatches/3000000000", "orders/42/despatches/1/2"}) {
    EXPECT_FALSE(ParseDespatchName(name).ok()) << name;
  }
}

TEST(Names, ListingNamesCarryAnySku) {
  for (const std::string sku : {"A-1", "a b/c%d", "M\xc3\xbctze", "..", "\xf0\x9f\x98\x80"}) {
    const auto key = ParseListingName(ListingName("amz-de", sku));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->sku, sku);
    EXPECT_EQ(key->channel_id, "amz-de");
  }
  EXPECT_EQ(ListingName("c", "a b/\xc3\xbc"), "channels/c/listings/a%20b%2F%C3%BC");
  for (const char* name :
       {"channels/c/listings/", "channels/c/listings/a/b", "channels/c/listings/%", "channels/c/listings/%4",
        "channels/c/listings/%zz", "channels/c/listings/%ff", "channels/c/listings/%c0%80", "channels/C/listings/a"}) {
    EXPECT_FALSE(ParseListingName(name).ok()) << name;
  }
}

TEST(Names, LanesAreOfAnAccountOrOfAChannelOfIt) {
  EXPECT_EQ(ParseLaneName(LaneName("shop.orders")).value(), "shop.orders");
  EXPECT_EQ(ParseLaneName(LaneName("shop.uk.listings")).value(), "shop.uk.listings");
  for (const char* name : {"lanes/", "lanes/shop", "lanes/.orders", "lanes/shop.", "lanes/shop..orders",
                           "lanes/a.b.c.orders", "lanes/Shop.orders", "lanes/a/b.orders", "shop.orders"}) {
    EXPECT_FALSE(ParseLaneName(name).ok()) << name;
  }
}

TEST(Names, ARefusal_NamesTheFieldThatHeldTheName) {
  const absl::Status refused = ParseAccountName("accounts/A", "account.name").status();
  EXPECT_TRUE(HasReason(refused, Reason::kInvalidName)) << refused;
  EXPECT_EQ(ViolationsOf(refused).at(0).field, "account.name");
}

}  // namespace
}  // namespace quayside
