#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr char kTracked[] =
    "postal_method_id: 'tracked-48' postal_method { vendor: 'Royal Mail' display_name: 'Tracked 48' "
    "carrier_codes { key: 'plugins/amazon' value: 'RM' } }";

TEST(PostalMethodsTest, BeginWithTheDefault_AndAreAddedChangedAndDeleted) {
  ApiWorld world;
  const auto made = world.Ask(&Shippings::CreatePostalMethod, kTracked);
  ASSERT_TRUE(made.ok()) << made;
  EXPECT_EQ(made->postal_method().name(), "postalMethods/tracked-48");
  EXPECT_EQ(made->postal_method().carrier_codes().at("plugins/amazon"), "RM");
  EXPECT_EQ(world.Ask(&Shippings::CreatePostalMethod, kTracked).reason(), "POSTAL_METHOD_EXISTS");
  const auto all = world.Ask(&Shippings::ListPostalMethods, "");
  ASSERT_EQ(all->postal_methods_size(), 2);
  EXPECT_EQ(all->postal_methods(0).name(), "postalMethods/default");
  EXPECT_EQ(all->postal_methods(0).vendor(), "NONE");

  const auto changed = world.Ask(&Shippings::UpdatePostalMethod,
                                 "postal_method { name: 'postalMethods/tracked-48' vendor: 'DPD' display_name: 'x' } "
                                 "update_mask { paths: 'vendor' }");
  ASSERT_TRUE(changed.ok()) << changed;
  EXPECT_EQ(changed->postal_method().vendor(), "DPD");
  EXPECT_EQ(changed->postal_method().display_name(), "Tracked 48");
  EXPECT_EQ(world
                .Ask(&Shippings::UpdatePostalMethod,
                     "postal_method { name: 'postalMethods/tracked-48' vendor: 'X' display_name: 'x' etag: '1' }")
                .reason(),
            "ETAG_MISMATCH");
  EXPECT_EQ(world.Ask(&Shippings::DeletePostalMethod, "name: 'postalMethods/default'").reason(),
            "POSTAL_METHOD_IN_USE");
  ASSERT_TRUE(world.Ask(&Shippings::DeletePostalMethod, "name: 'postalMethods/tracked-48'").ok());
  EXPECT_EQ(world.Ask(&Shippings::GetPostalMethod, "name: 'postalMethods/tracked-48'").reason(),
            "POSTAL_METHOD_NOT_FOUND");
  EXPECT_THAT(world.EventTexts(), ElementsAre("postal_method.created postalMethods/tracked-48",
                                              "postal_method.updated postalMethods/tracked-48",
                                              "postal_method.deleted postalMethods/tracked-48"));
}

TEST(PostalMethodsTest, EveryMistakeIsNamed) {
  ApiWorld world;
  EXPECT_THAT(world.Ask(&Shippings::CreatePostalMethod, "postal_method_id: 'Upper'").fields(),
              ElementsAre("postal_method_id", "postal_method.vendor", "postal_method.display_name"));
  EXPECT_THAT(world
                  .Ask(&Shippings::CreatePostalMethod,
                       "postal_method_id: 'a' postal_method { carrier_codes { key: 'amazon' value: 'x' } }")
                  .fields(),
              ElementsAre("postal_method.carrier_codes.amazon", "postal_method.vendor", "postal_method.display_name"));
  EXPECT_EQ(world.Ask(&Shippings::ListPostalMethods, "")->postal_methods_size(), 1);
}

TEST(PostalMethodsTest, ValidateOnly_ChangesNothing) {
  ApiWorld world;
  EXPECT_TRUE(world.Ask(&Shippings::CreatePostalMethod, std::string(kTracked) + " validate_only: true").ok());
  EXPECT_EQ(world.Ask(&Shippings::ListPostalMethods, "")->postal_methods_size(), 1);
}

struct MappedWorld : ApiWorld {
  MappedWorld() {
    auto* service = catalog.plugin.manifest.add_shipping_services();
    service->set_tag("STANDARD");
    service->set_name("Standard");
    MakeAccount();
    MakeChannel();
    EXPECT_TRUE(Ask(&Shippings::CreatePostalMethod, kTracked).ok());
  }
  std::vector<std::string> Rows(const std::string& more = "") {
    std::vector<std::string> rows;
    const auto listed = Ask(&Shippings::ListShippingMappings, "parent: 'channels/amz-de' " + more);
    for (const auto& row : listed->shipping_mappings())
      rows.push_back(row.tag() + "/" + row.site() + " -> " + row.postal_method());
    return rows;
  }
};

TEST(ShippingMappingsTest, ShowWhatThePluginNames_WhatOrdersBore_AndWhatIsMapped) {
  MappedWorld world;
  world.Write([](Tx& tx) { return tx.AddShippingTag("amz-de", "ODD"); });
  EXPECT_THAT(world.Rows(), ElementsAre("ODD/ -> ", "STANDARD/ -> "));
  for (const char* site : {"", "A1PA6795UKMFR9"}) {
    const auto set = world.Ask(&Shippings::SetShippingMapping,
                               std::string("parent: 'channels/amz-de' tag: 'STANDARD' postal_method: "
                                           "'postalMethods/tracked-48' site: '") +
                                   site + "'");
    ASSERT_TRUE(set.ok()) << set;
  }
  EXPECT_THAT(world.Rows(), ElementsAre("ODD/ -> ", "STANDARD/ -> postalMethods/tracked-48",
                                        "STANDARD/A1PA6795UKMFR9 -> postalMethods/tracked-48"));
  EXPECT_THAT(world.Rows("page_size: 1"), ElementsAre("ODD/ -> "));
  EXPECT_THAT(world.Rows("filter { only_unmapped: true }"), ElementsAre("ODD/ -> "));
  EXPECT_EQ(world.Ask(&Shippings::DeletePostalMethod, "name: 'postalMethods/tracked-48'").reason(),
            "POSTAL_METHOD_IN_USE");
  ASSERT_TRUE(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/amz-de' tag: 'STANDARD'").ok());
  EXPECT_THAT(world.Rows(), ElementsAre("ODD/ -> ", "STANDARD/A1PA6795UKMFR9 -> postalMethods/tracked-48"));
  EXPECT_THAT(world.EventTexts(), Contains("channel.shipping_mapped channels/amz-de"));
}

TEST(ShippingMappingsTest, Pages_ShowEachOnce_ThoughOthersComeMeanwhile) {
  MappedWorld world;
  world.Write([](Tx& tx) -> absl::Status {
    for (const char* tag : {"B", "D", "Two\nlines"}) QS_RETURN_IF_ERROR(tx.AddShippingTag("amz-de", tag));
    return absl::OkStatus();
  });
  std::vector<std::string> tags;
  std::string token;
  do {
    const auto page = world.Ask(&Shippings::ListShippingMappings,
                                "parent: 'channels/amz-de' page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& row : page->shipping_mappings()) tags.push_back(row.tag());
    token = page->next_page_token();
    // Before all that was shown.
    world.Write([&](Tx& tx) { return tx.AddShippingTag("amz-de", "A" + std::to_string(tags.size())); });
  } while (!token.empty());
  EXPECT_THAT(tags, ElementsAre("B", "D", "STANDARD", "Two\nlines"));
}

TEST(ShippingMappingsTest, MistakesAreNamed) {
  MappedWorld world;
  EXPECT_THAT(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/amz-de'").fields(), ElementsAre("tag"));
  EXPECT_EQ(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/none' tag: 'A'").reason(),
            "CHANNEL_NOT_FOUND");
  EXPECT_EQ(
      world
          .Ask(&Shippings::SetShippingMapping, "parent: 'channels/amz-de' tag: 'A' postal_method: 'postalMethods/none'")
          .reason(),
      "POSTAL_METHOD_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Shippings::ListShippingMappings, "parent: 'channels/none'").reason(), "CHANNEL_NOT_FOUND");
}

}  // namespace
}  // namespace quayside
