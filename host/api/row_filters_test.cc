// Lists whose rows are looked at one after the other: what they can be filtered by, and that their pages have each row
// once however small they are.
#include "host/api/row_filters.h"

#include <functional>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// All rows of a list, read in pages of one, of two and of many.
template <class Stub, class Request, class Response>
std::vector<std::string> NamesOf(ApiWorld& world,
                                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                 const std::string& text,
                                 const std::function<void(const Response&, std::vector<std::string>&)>& read) {
  std::vector<std::string> of_many;
  for (const int size : {1000, 2, 1}) {
    std::vector<std::string> names;
    auto request = FromText<Request>(text);
    request.set_page_size(size);
    do {
      const auto page = world.Send(method, request);
      EXPECT_TRUE(page.ok()) << page;
      if (!page.ok()) return {};
      read(page.response, names);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    if (size == 1000) of_many = names;
    EXPECT_EQ(names, of_many) << "in pages of " << size << ": " << text;
  }
  return of_many;
}

class RowFiltersTest : public ::testing::Test {
 protected:
  std::vector<std::string> Items(const std::string& text) {
    return NamesOf<Inventory, api::ListItemsRequest, api::ListItemsResponse>(world_, &Inventory::ListItems, text,
                                                                             [](const auto& page, auto& names) {
                                                                               for (const auto& item : page.items())
                                                                                 names.push_back(item.sku());
                                                                             });
  }
  std::vector<std::string> Locations(const std::string& text) {
    return NamesOf<Inventory, api::ListLocationsRequest, api::ListLocationsResponse>(
        world_, &Inventory::ListLocations, text, [](const auto& page, auto& names) {
          for (const auto& location : page.locations()) names.push_back(location.name());
        });
  }
  std::vector<std::string> Reservations(const std::string& filter) {
    return NamesOf<Inventory, api::ListReservationsRequest, api::ListReservationsResponse>(
        world_, &Inventory::ListReservations, "parent: 'items/1' " + filter, [](const auto& page, auto& names) {
          for (const auto& held : page.reservations()) names.push_back(held.order() + " " + held.sku());
        });
  }
  std::vector<std::string> Drifts(const std::string& filter) {
    return NamesOf<Inventory, api::ListDriftsRequest, api::ListDriftsResponse>(
        world_, &Inventory::ListDrifts, "parent: 'channels/amz-de' " + filter, [](const auto& page, auto& names) {
          for (const auto& drift : page.drifts()) names.push_back(drift.sku());
        });
  }
  std::vector<std::string> Revisions(const std::string& filter) {
    return NamesOf<Channels, api::ListChannelRevisionsRequest, api::ListChannelRevisionsResponse>(
        world_, &Channels::ListChannelRevisions, "parent: 'channels/amz-de' " + filter,
        [](const auto& page, auto& names) {
          for (const auto& revision : page.revisions()) {
            std::string name = std::to_string(revision.config_revision());
            // What it changed is told by the one before it, which the filter may leave out.
            if (revision.changes_size() == 1)
              name += " " + revision.changes(0).before() + ">" + revision.changes(0).after();
            names.push_back(name);
          }
        });
  }
  std::vector<std::string> Tokens(const std::string& filter) {
    return NamesOf<Admin, api::ListTokensRequest, api::ListTokensResponse>(world_, &Admin::ListTokens, filter,
                                                                           [](const auto& page, auto& names) {
                                                                             for (const auto& token : page.tokens())
                                                                               names.push_back(token.name());
                                                                           });
  }
  std::vector<std::string> Methods(const std::string& filter) {
    return NamesOf<Shippings, api::ListPostalMethodsRequest, api::ListPostalMethodsResponse>(
        world_, &Shippings::ListPostalMethods, filter, [](const auto& page, auto& names) {
          for (const auto& method : page.postal_methods()) names.push_back(method.name());
        });
  }
  std::vector<std::string> Budgets(const std::string& filter) {
    return NamesOf<Syncs, api::ListRateBudgetsRequest, api::ListRateBudgetsResponse>(
        world_, &Syncs::ListRateBudgets, filter, [](const auto& page, auto& names) {
          for (const auto& budget : page.rate_budgets()) names.push_back(budget.account() + " " + budget.operation());
        });
  }
  std::vector<std::string> Problems(const std::string& filter) {
    return NamesOf<RuleImports, api::ListRuleProblemsRequest, api::ListRuleProblemsResponse>(
        world_, &RuleImports::ListRuleProblems, "parent: 'channels/amz-de' " + filter,
        [](const auto& page, auto& names) {
          for (const auto& problem : page.problems())
            names.push_back(std::to_string(problem.line()) + " " + problem.column());
        });
  }
  std::vector<std::string> Plugins(const std::string& filter) {
    return NamesOf<quayside::Plugins, api::ListPluginsRequest, api::ListPluginsResponse>(
        world_, &quayside::Plugins::ListPlugins, filter, [](const auto& page, auto& names) {
          for (const auto& plugin : page.plugins()) names.push_back(plugin.name());
        });
  }
  std::vector<std::string> History(const std::string& filter) {
    return NamesOf<Orders, api::ListOrderHistoryRequest, api::ListOrderHistoryResponse>(
        world_, &Orders::ListOrderHistory, "parent: 'orders/7' " + filter, [](const auto& page, auto& names) {
          for (const auto& entry : page.entries()) names.push_back(entry.type());
        });
  }

  ApiWorld world_;
};

TEST_F(RowFiltersTest, Items_ByTextInSkuOrTitle) {
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "A-1", .title = "Anchor"}));
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 2, .sku = "B-1", .title = "Rope"}));
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 3, .sku = "B-ANCH", .title = ""}));
    return tx.PutItem({.id = 4, .sku = "C-1", .title = "An anchor's chain"});
  });
  EXPECT_THAT(Items("filter { search: 'anch' }"), ElementsAre("A-1", "B-ANCH", "C-1"));
  EXPECT_THAT(Items("filter { search: 'ANCHOR' } order_by: 'sku desc'"), ElementsAre("C-1", "A-1"));
  EXPECT_THAT(Items("filter { search: 'anch' } sku_prefix: 'B'"), ElementsAre("B-ANCH"));
  EXPECT_THAT(Items("filter {}"), ElementsAre("A-1", "B-1", "B-ANCH", "C-1"));
  EXPECT_THAT(Items("filter { search: 'none' }"), IsEmpty());
}

TEST_F(RowFiltersTest, Items_AreLookedAtInPieces_WhichEndWithoutRows) {
  world_.Write([](Tx& tx) -> absl::Status {
    for (int i = 1; i <= kRowsLookedAt + 5; ++i)
      QS_RETURN_IF_ERROR(tx.PutItem({.id = i, .sku = std::to_string(1'000'000 + i), .title = "t"}));
    return tx.PutItem({.id = 2'000'000, .sku = "Z", .title = "the one"});
  });
  const auto first = world_.Ask(&Inventory::ListItems, "filter { search: 'the one' }");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_EQ(first->items_size(), 0);
  ASSERT_FALSE(first->next_page_token().empty());
  const auto second =
      world_.Ask(&Inventory::ListItems, "filter { search: 'the one' } page_token: '" + first->next_page_token() + "'");
  ASSERT_TRUE(second.ok()) << second;
  ASSERT_EQ(second->items_size(), 1);
  EXPECT_EQ(second->items(0).sku(), "Z");
  EXPECT_TRUE(second->next_page_token().empty());
}

TEST_F(RowFiltersTest, Locations_ByTextKindAndOwner) {
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutLocation({.id = "attic", .display_name = "Under the roof"}));
    QS_RETURN_IF_ERROR(
        tx.PutLocation({.id = "fba", .display_name = "FBA", .fulfilment_centre = true, .owner_channel = "uk"}));
    return tx.PutLocation({.id = "shed", .display_name = "", .inactive = true});
  });
  EXPECT_THAT(Locations("filter { search: 'ROOF' }"), ElementsAre("locations/attic"));
  EXPECT_THAT(Locations("filter { search: 'she' }"), ElementsAre("locations/shed"));
  EXPECT_THAT(Locations("filter { inactive: true }"), ElementsAre("locations/shed"));
  EXPECT_THAT(Locations("filter { fulfilment_centre: true owner_channel: 'channels/uk' }"),
              ElementsAre("locations/fba"));
  EXPECT_THAT(Locations("filter { fulfilment_centre: false inactive: false search: 'attic' }"),
              ElementsAre("locations/attic"));
  const auto refused = world_.Ask(&Inventory::ListLocations, "filter { owner_channel: 'uk' }");
  EXPECT_EQ(refused.reason(), "INVALID_FILTER");
  EXPECT_THAT(refused.fields(), ElementsAre("filter.owner_channel"));
}

TEST_F(RowFiltersTest, Reservations_ByLocationOrderAndSku) {
  world_.MakeAccount();
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "A"}));
    for (int64_t id = 1; id <= 4; ++id) {
      QS_RETURN_IF_ERROR(tx.PutOrder({.id = id,
                                      .account_id = "amz",
                                      .external_id = "e-" + std::to_string(id),
                                      .location_id = id % 2 == 0 ? "shed" : "default"},
                                     {{.external_id = "l1", .sku = "x", .quantity = 1, .item_id = 1, .reserved = 1},
                                      {.external_id = "l2", .sku = "y", .quantity = 1, .item_id = 1, .reserved = 1}}));
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(Reservations("filter { location: 'locations/shed' sku: 'y' }"), ElementsAre("orders/2 y", "orders/4 y"));
  EXPECT_THAT(Reservations("filter { external_id: 'e-3' }"), ElementsAre("orders/3 x", "orders/3 y"));
  EXPECT_THAT(Reservations("filter { external_id: 'e-' }"), IsEmpty());
  EXPECT_THAT(world_.Ask(&Inventory::ListReservations, "parent: 'items/1' filter { location: 'shed' }").fields(),
              ElementsAre("filter.location"));
}

TEST_F(RowFiltersTest, Drifts_BySkuAndTime) {
  world_.MakeAccount();
  world_.MakeChannel();
  world_.Write([](Tx& tx) -> absl::Status {
    for (const char* sku : {"A1", "B1", "B2", "B3", "C1"}) {
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = sku}));
      QS_RETURN_IF_ERROR(tx.PutDrift({.channel_id = "amz-de",
                                      .sku = sku,
                                      .account_id = "amz",
                                      .state = DriftState::kConfirmed,
                                      .found_us = (sku[1] - '0') * kDayUs}));
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(Drifts("filter { sku_prefix: 'B' }"), ElementsAre("B1", "B2", "B3"));
  EXPECT_THAT(Drifts("filter { find_time { end_time { seconds: 86401 } } }"), ElementsAre("A1", "B1", "C1"));
  EXPECT_THAT(Drifts("filter { sku_prefix: 'B' find_time { start_time { seconds: 172800 } } }"),
              ElementsAre("B2", "B3"));
  EXPECT_THAT(world_
                  .Ask(&Inventory::ListDrifts,
                       "parent: 'channels/amz-de' filter { find_time { start_time { seconds: 5 } end_time { seconds: "
                       "5 } } }")
                  .fields(),
              ElementsAre("filter.find_time"));
}

TEST_F(RowFiltersTest, Revisions_ByWhoAndWhen_StillTellWhatEachChanged) {
  world_.MakeAccount();
  world_.MakeChannel();
  const TimeUs begun = world_.clock.Now();
  for (const char* limit : {"9", "8", "7"}) {
    world_.clock.Advance(kHourUs);
    ASSERT_TRUE(world_
                    .Ask(&Channels::UpdateChannel,
                         std::string("channel { name: 'channels/amz-de' config { max_listed_quantity: ") + limit +
                             " } } update_mask { paths: 'config.max_listed_quantity' }")
                    .ok());
  }
  const auto second = [&](int hours) { return std::to_string((begun + hours * kHourUs) / kSecondUs); };
  EXPECT_THAT(Revisions("filter { changed_by: 'local' change_time { start_time { seconds: " + second(1) +
                        " } end_time { seconds: " + second(3) + " } } }"),
              ElementsAre("3 9>8", "2 >9"));
  EXPECT_THAT(Revisions("filter { changed_by: 'tokens/t' }"), IsEmpty());
}

TEST_F(RowFiltersTest, Tokens_ByRoleMakerAndUse) {
  world_.Write([&](Tx& tx) -> absl::Status {
    const TimeUs now = world_.clock.Now();
    const auto put = [&](const std::string& id, std::vector<std::string> roles, TimeUs expires, TimeUs revoked) {
      return tx.PutToken({.id = id,
                          .secret_sha256 = id,
                          .roles = std::move(roles),
                          .created_by = id == "c" ? "tokens/a" : "local",
                          .created_us = now - kDayUs,
                          .expires_us = expires,
                          .revoked_us = revoked});
    };
    QS_RETURN_IF_ERROR(put("a", {"viewer"}, 0, 0));
    QS_RETURN_IF_ERROR(put("b", {"viewer", "auditor"}, now - 1, 0));
    QS_RETURN_IF_ERROR(put("c", {"auditor"}, now + kDayUs, 0));
    return put("d", {"viewer"}, now + kDayUs, now - 1);
  });
  EXPECT_THAT(Tokens("filter { role: ROLE_VIEWER }"), ElementsAre("tokens/a", "tokens/b", "tokens/d"));
  EXPECT_THAT(Tokens("filter { usable: true }"), ElementsAre("tokens/a", "tokens/c"));
  EXPECT_THAT(Tokens("filter { usable: false }"), ElementsAre("tokens/b", "tokens/d"));
  EXPECT_THAT(Tokens("filter { creator: 'tokens/a' role: ROLE_AUDITOR }"), ElementsAre("tokens/c"));
  EXPECT_THAT(world_.Ask(&Admin::ListTokens, "filter { role: 77 }").fields(), ElementsAre("filter.role"));
}

TEST_F(RowFiltersTest, PostalMethods_ByText) {
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPostalMethod({.id = "first", .vendor = "Royal Mail", .name = "First class"}));
    return tx.PutPostalMethod({.id = "parcel", .vendor = "DHL", .name = "Paket"});
  });
  EXPECT_THAT(Methods("filter { search: 'dhl' }"), ElementsAre("postalMethods/parcel"));
  EXPECT_THAT(Methods("filter { search: 'CLASS' }"), ElementsAre("postalMethods/first"));
  EXPECT_THAT(Methods("filter { search: 'default' }"), ElementsAre("postalMethods/default"));
}

TEST_F(RowFiltersTest, RateBudgets_ByOperation) {
  world_.MakeAccount("a");
  world_.MakeAccount("b");
  for (const char* account : {"a", "b"}) {
    for (const char* operation : {"get", "put", "sell"}) world_.budgets.Declare(account, operation, 1, 1);
  }
  EXPECT_THAT(Budgets("filter { operation: 'put' }"), ElementsAre("accounts/a put", "accounts/b put"));
  EXPECT_THAT(Budgets("filter { operation: 'put' } account: 'accounts/b'"), ElementsAre("accounts/b put"));
  EXPECT_THAT(Budgets("filter { shared: true }"), IsEmpty());
  EXPECT_THAT(Budgets("filter { shared: false operation: 'get' }"), ElementsAre("accounts/a get", "accounts/b get"));
}

TEST_F(RowFiltersTest, RateBudgets_AreFoundBehindManyOthers) {
  world_.MakeAccount("a");
  world_.MakeAccount("b");
  for (int i = 0; i < 2'000; ++i) world_.budgets.Declare("a", "get" + std::to_string(10'000 + i), 1, 1);
  for (const char* account : {"a", "b"}) world_.budgets.Declare(account, "put", 1, 1);
  EXPECT_THAT(Budgets("filter { operation: 'put' }"), ElementsAre("accounts/a put", "accounts/b put"));
  EXPECT_THAT(Budgets("filter { operation: 'put' } account: 'accounts/a'"), ElementsAre("accounts/a put"));
  EXPECT_THAT(Budgets("filter { operation: 'get11000' }"), ElementsAre("accounts/a get11000"));
}

TEST_F(RowFiltersTest, RuleProblems_ByColumnAndWords) {
  world_.MakeAccount();
  world_.MakeChannel();
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutRuleImport({.channel_id = "amz-de", .id = 3, .rows = 3, .problems = 4}));
    QS_RETURN_IF_ERROR(tx.PutRuleProblem({.import_id = 3, .line = 1, .column = "SKU", .problem = "is unknown"}));
    QS_RETURN_IF_ERROR(tx.PutRuleProblem({.import_id = 3, .line = 2, .column = "", .problem = "has 2 columns"}));
    QS_RETURN_IF_ERROR(tx.PutRuleProblem({.import_id = 3, .line = 3, .column = "SKU", .problem = "is empty"}));
    return tx.PutRuleProblem({.import_id = 3, .line = 3, .column = "StockPercentage", .problem = "is no number"});
  });
  EXPECT_THAT(Problems("filter { column: 'SKU' }"), ElementsAre("1 SKU", "3 SKU"));
  EXPECT_THAT(Problems("filter { column: '' }"), ElementsAre("2 "));
  EXPECT_THAT(Problems("filter { search: 'NO' }"), ElementsAre("1 SKU", "3 StockPercentage"));
}

TEST_F(RowFiltersTest, Plugins_ByStateAndText) {
  const auto shown = world_.Ask(&quayside::Plugins::ListPlugins, "");
  ASSERT_EQ(shown->plugins_size(), 1);
  const api::Plugin& plugin = shown->plugins(0);
  const int state = plugin.state();
  const int other = state == api::PLUGIN_STATE_ACTIVE ? api::PLUGIN_STATE_REJECTED : api::PLUGIN_STATE_ACTIVE;
  EXPECT_THAT(Plugins("filter { state: " + std::to_string(state) + " }"), ElementsAre(plugin.name()));
  EXPECT_THAT(Plugins("filter { state: " + std::to_string(other) + " }"), IsEmpty());
  EXPECT_THAT(Plugins("filter { search: 'AMAZ' }"), ElementsAre("plugins/amazon"));
  // Not the collection's own name.
  EXPECT_THAT(Plugins("filter { search: 'plugins/' }"), IsEmpty());
  EXPECT_THAT(world_.Ask(&quayside::Plugins::ListPlugins, "filter { state: 77 }").fields(),
              ElementsAre("filter.state"));
}

TEST_F(RowFiltersTest, OrderHistory_ByTypeResourceActorAndTime) {
  world_.MakeAccount();
  world_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutOrder({.id = 7, .account_id = "amz", .external_id = "e"}, {}));
    QS_RETURN_IF_ERROR(
        tx.AppendEvent({.time_us = 10 * kSecondUs, .type = "order.received", .resource = "orders/7"}).status());
    QS_RETURN_IF_ERROR(
        tx.AppendEvent({.time_us = 20 * kSecondUs, .type = "order.updated", .resource = "orders/7"}).status());
    return tx
        .AppendAudit({.time_us = 30 * kSecondUs,
                      .actor = "tokens/t",
                      .action = "OrderService.SomeCall",
                      .resource = "orders/7",
                      .outcome = "ok"})
        .status();
  });
  EXPECT_THAT(History("filter { type_prefix: 'order.' }"), ElementsAre("order.received", "order.updated"));
  EXPECT_THAT(History("filter { type_prefix: 'order.' } order_by: 'time desc'"),
              ElementsAre("order.updated", "order.received"));
  EXPECT_THAT(History("filter { actor: 'tokens/t' }"), ElementsAre("OrderService.SomeCall"));
  EXPECT_THAT(History("filter { time { start_time { seconds: 20 } end_time { seconds: 30 } } }"),
              ElementsAre("order.updated"));
  EXPECT_THAT(History("filter { resource: 'orders/7/despatches/1' }"), IsEmpty());
}

}  // namespace
}  // namespace quayside
