#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;

class ListingRulesTest : public testing::Test {
 protected:
  CliResult Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }
  CliWorld world_;
  FakeHost host_{world_.socket()};
};

TEST_F(ListingRulesTest, Set_NamesWhatIsSet_AndOffTakesARuleAway) {
  const std::string out =
      Run({"listings", "set", "uk", "A 1", "--max", "5", "--percentage", "33.3", "--end", "off", "--ignored", "off"})
          .out;
  EXPECT_THAT(out, HasSubstr("changed A 1 of channels/uk: max 5, percentage 33.3, end the channel's"));
  const auto sent = host_.ledger.All<v1::UpdateListingRequest>().at(0);
  EXPECT_EQ(sent.listing().name(), "channels/uk/listings/A%201");
  EXPECT_EQ(sent.listing().listed_percentage_e4(), 333000);
  EXPECT_FALSE(sent.listing().has_end_when_quantity());
  EXPECT_THAT(sent.update_mask().paths(), testing::UnorderedElementsAre("max_listed_quantity", "end_when_quantity",
                                                                        "listed_percentage_e4", "ignored"));
}

TEST_F(ListingRulesTest, Set_BringsTheEtagThatShowTold) {
  v1::Listing& listing = host_.data.listings.emplace_back();
  listing.set_name("channels/uk/listings/A");
  listing.set_etag("5f00aa");
  EXPECT_THAT(Run({"listings", "show", "uk", "A"}).out, testing::ContainsRegex("etag +5f00aa"));
  Run({"listings", "set", "uk", "A", "--max", "5", "--etag", "5f00aa"});
  Run({"listings", "set", "uk", "A", "--max", "5"});
  const auto sent = host_.ledger.All<v1::UpdateListingRequest>();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].listing().etag(), "5f00aa");
  EXPECT_EQ(sent[1].listing().etag(), "");
}

TEST_F(ListingRulesTest, Set_OfNothingOrNonsense_IsAMistake) {
  Run({"listings", "set", "uk", "A"}, 2);
  const CliResult wrong = Run({"listings", "set", "uk", "A", "--max", "many", "--percentage", "1.23456"}, 2);
  EXPECT_THAT(wrong.err, HasSubstr("'many'"));
  EXPECT_THAT(wrong.err, HasSubstr("'1.23456'"));
}

TEST_F(ListingRulesTest, Own_SaysWhatItMeans) {
  EXPECT_THAT(Run({"listings", "own", "uk", "A"}).out, HasSubstr("channels/uk decides how many of A"));
}

TEST_F(ListingRulesTest, Force_TellsHowLongItTakes_BeforeAndAfter_AndGoesOnUntilAllIsMarked) {
  v1::ForceUpdateResponse estimate;
  estimate.set_listings(12000);
  estimate.mutable_expected_duration()->set_seconds(2400);
  v1::ForceUpdateResponse part;
  part.set_listings(10000);
  part.set_next_page_token("more");
  v1::ForceUpdateResponse rest;
  rest.set_listings(2000);
  host_.data.forced_parts = {estimate};
  EXPECT_THAT(Run({"listings", "force", "uk", "--dry-run"}).out,
              HasSubstr("would send all 12000 linked listings of channels/uk again: about 40 min"));
  host_.data.forced_parts = {estimate, part, rest};
  EXPECT_THAT(Run({"listings", "force", "uk"}).out,
              HasSubstr("sends 12000 quantities of channels/uk again: about 40 min"));
  const auto asked = host_.ledger.All<v1::ForceUpdateRequest>();
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_TRUE(asked[1].validate_only());
  EXPECT_FALSE(asked[2].validate_only());
  EXPECT_EQ(asked[3].page_token(), "more");
}

TEST_F(ListingRulesTest, Force_AsksOnATerminal) {
  v1::ForceUpdateResponse estimate;
  estimate.set_listings(3);
  host_.data.forced_parts = {estimate};
  world_.terminal = true;
  world_.input = "n\n";
  EXPECT_THAT(Run({"listings", "force", "uk"}, 130).err, HasSubstr("Send all 3 linked listings"));
  EXPECT_EQ(host_.ledger.All<v1::ForceUpdateRequest>().size(), 1u);
}

TEST_F(ListingRulesTest, ClearLatency_GoesOnUntilAllIsMarked) {
  v1::ClearLatencyResponse part;
  part.set_listings(10000);
  part.set_more(true);
  v1::ClearLatencyResponse rest;
  rest.set_listings(20);
  host_.data.cleared_parts = {part, rest, rest, rest};
  EXPECT_THAT(Run({"listings", "clear-latency", "uk"}).out,
              HasSubstr("the handling time of 10020 listings of channels/uk"));
  Run({"listings", "clear-latency", "uk", "A"});
  Run({"listings", "clear-latency", "uk", "--dry-run"});
  const auto asked = host_.ledger.All<v1::ClearLatencyRequest>();
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_EQ(asked[0].skus_size(), 0);
  ASSERT_EQ(asked[2].skus_size(), 1);
  EXPECT_EQ(asked[2].skus(0), "A");
  EXPECT_TRUE(asked[3].validate_only());
}

TEST_F(ListingRulesTest, List_FiltersAndSuggests) {
  v1::Listing& listing = host_.data.listings.emplace_back();
  listing.set_sku("ANCHOR");
  listing.set_suggested_item("items/7");
  const std::string out = Run({"listings", "list", "uk", "--search", "anch", "--state", "in-flight", "--ignored"}).out;
  EXPECT_THAT(out, HasSubstr("unlinked (ANCHOR?)"));
  EXPECT_THAT(out, HasSubstr("0 active"));
  const auto asked = host_.ledger.All<v1::ListListingsRequest>().at(0);
  EXPECT_EQ(asked.filter().search(), "anch");
  EXPECT_EQ(asked.filter().quantity_state(), v1::QUANTITY_STATE_IN_FLIGHT);
  EXPECT_TRUE(asked.filter().ignored());
}

TEST_F(ListingRulesTest, Show_HasRulesOwnerDissentAndLastError) {
  v1::Listing& listing = host_.data.listings.emplace_back();
  listing.set_name("channels/uk/listings/A");
  listing.set_max_listed_quantity(5);
  listing.set_quantity_owner("channels/de");
  listing.set_last_error("8541: no such SKU");
  listing.add_dissents()->set_channel("channels/uk");
  listing.mutable_dissents(0)->set_quantity(5);
  const std::string out = Run({"listings", "show", "uk", "A"}).out;
  EXPECT_THAT(out, testing::ContainsRegex("own max +5"));
  EXPECT_THAT(out, testing::ContainsRegex("decided by +de"));
  EXPECT_THAT(out, testing::ContainsRegex("wants another +uk: 5"));
  EXPECT_THAT(out, testing::ContainsRegex("last error +8541: no such SKU"));
}

}  // namespace
}  // namespace quayside::cli
