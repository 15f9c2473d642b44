// Lists over the API: what they can be filtered by, the orders they can be had in, and that a page token is of one
// filter and order. The store's part, with its indexes, is host/store/store_lists_conformance_test.cc.
#include <functional>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The world's first day, and what an IdSource would have given out on the others.
constexpr TimeUs kFirstDay = 1'767'225'600 * kSecondUs;
constexpr TimeUs OnDay(int64_t day) { return kFirstDay + day * kDayUs; }
constexpr int64_t IdOnDay(int64_t day) { return FirstIdAt(OnDay(day)) + 5; }

// "orders/{id}/despatches/1" -> the day of the id.
int64_t DayOfName(const std::string& name) {
  return ((std::stoll(name.substr(name.find('/') + 1)) >> 20) * kMillisecondUs - kFirstDay) / kDayUs;
}

std::string Range(const std::string& field, int64_t from, int64_t before) {
  std::string text = field + " {";
  if (from >= 0) text += " start_time { seconds: " + std::to_string(OnDay(from) / kSecondUs) + " }";
  if (before >= 0) text += " end_time { seconds: " + std::to_string(OnDay(before) / kSecondUs) + " }";
  return text + " } ";
}

// Days 1 to 5 with one row of each kind; even ones are of the channel "amz-de", odd ones of "amz-gb".
struct DaysWorld : ApiWorld {
  DaysWorld() {
    MakeAccount();
    MakeChannel();
    MakeChannel("amz-gb", "A1F83G8C2ARO7P");
    Write([](Tx& tx) -> absl::Status {
      for (int64_t day = 1; day <= 5; ++day) QS_RETURN_IF_ERROR(Put(tx, day));
      return absl::OkStatus();
    });
  }

  static absl::Status Put(Tx& tx, int64_t day) {
    const int64_t id = IdOnDay(day);
    const std::string channel = day % 2 == 0 ? "amz-de" : "amz-gb";
    QS_RETURN_IF_ERROR(tx.PutOrder({.id = id,
                                    .account_id = "amz",
                                    .channel_id = channel,
                                    .external_id = "e-" + std::to_string(day),
                                    .received_us = OnDay(day)},
                                   {}));
    QS_RETURN_IF_ERROR(tx.PutDespatch({.id = id,
                                       .order_id = id,
                                       .number = 1,
                                       .account_id = "amz",
                                       .channel_id = channel,
                                       .state = DespatchState::kFailed,
                                       .created_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.PutPostSale({.id = id,
                                       .order_id = id,
                                       .number = 1,
                                       .account_id = "amz",
                                       .channel_id = channel,
                                       .state = PostSaleState::kFailed,
                                       .created_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.PutOutbound({.id = id,
                                       .order_id = id,
                                       .number = 1,
                                       .account_id = "amz",
                                       .channel_id = channel,
                                       .location_id = channel + "-fba",
                                       .phase = OutboundPhase::kFailed,
                                       .created_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.PutDeadLetter({.id = id,
                                         .lane_id = "amz." + channel + ".listings",
                                         .key = std::to_string(day),
                                         .reason = "NO PRICE",
                                         .created_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.PutRun({.id = id,
                                  .lane_id = "amz.orders",
                                  .state = day % 2 == 0 ? RunState::kFailed : RunState::kSucceeded,
                                  .started_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.PutBulk({.id = id,
                                   .account_id = "amz",
                                   .state = day % 2 == 0 ? BulkState::kDone : BulkState::kWithdrawn,
                                   .created_us = OnDay(day)}));
    QS_RETURN_IF_ERROR(tx.AppendAudit({.time_us = OnDay(day),
                                       .actor = "tokens/t",
                                       .action = day % 2 == 0 ? "Test.Even" : "Test.Odd",
                                       .outcome = day == 3 ? "PERMISSION_DENIED" : "ok"})
                           .status());
    return tx.AppendEvent({.time_us = OnDay(day), .type = "test.day", .resource = "channels/" + channel}).status();
  }

  // All pages of one row each; `read` appends what is in one.
  template <class Stub, class Request, class Response>
  std::vector<int64_t> Walk(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                            const std::string& text,
                            const std::function<void(const Response&, std::vector<int64_t>&)>& read) {
    std::vector<int64_t> days;
    auto request = FromText<Request>(text);
    request.set_page_size(1);
    do {
      const auto page = Send(method, request);
      EXPECT_TRUE(page.ok()) << page;
      if (!page.ok()) break;
      read(page.response, days);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return days;
  }

  std::vector<int64_t> OrderDays(const std::string& text) {
    return Walk<Orders, api::ListOrdersRequest, api::ListOrdersResponse>(&Orders::ListOrders, text,
                                                                         [](const auto& page, auto& days) {
                                                                           for (const auto& order : page.orders())
                                                                             days.push_back(DayOfName(order.name()));
                                                                         });
  }
  std::vector<int64_t> PackageDays(const std::string& text) {
    return Walk<Orders, api::ListDespatchesRequest, api::ListDespatchesResponse>(
        &Orders::ListDespatches, text, [](const auto& page, auto& days) {
          for (const auto& package : page.despatches()) days.push_back(DayOfName(package.name()));
        });
  }
  std::vector<int64_t> ActionDays(const std::string& text) {
    return Walk<Orders, api::ListPostSaleActionsRequest, api::ListPostSaleActionsResponse>(
        &Orders::ListPostSaleActions, text, [](const auto& page, auto& days) {
          for (const auto& action : page.post_sale_actions()) days.push_back(DayOfName(action.name()));
        });
  }
  std::vector<int64_t> AllocationDays(const std::string& text) {
    return Walk<Orders, api::ListAllocationsRequest, api::ListAllocationsResponse>(
        &Orders::ListAllocations, text, [](const auto& page, auto& days) {
          for (const auto& allocation : page.allocations()) days.push_back(DayOfName(allocation.name()));
        });
  }
  std::vector<int64_t> LetterDays(const std::string& text) {
    return Walk<Letters, api::ListDeadLettersRequest, api::ListDeadLettersResponse>(
        &Letters::ListDeadLetters, text, [](const auto& page, auto& days) {
          for (const auto& letter : page.dead_letters()) days.push_back(DayOfName(letter.name()));
        });
  }
  std::vector<int64_t> RunDays(const std::string& text) {
    return Walk<Syncs, api::ListRunsRequest, api::ListRunsResponse>(&Syncs::ListRuns, text,
                                                                    [](const auto& page, auto& days) {
                                                                      for (const auto& run : page.runs())
                                                                        days.push_back(DayOfName(run.name()));
                                                                    });
  }
  std::vector<int64_t> DocumentDays(const std::string& text) {
    return Walk<Syncs, api::ListDocumentsRequest, api::ListDocumentsResponse>(
        &Syncs::ListDocuments, text, [](const auto& page, auto& days) {
          for (const auto& document : page.documents()) days.push_back(DayOfName(document.name()));
        });
  }
  std::vector<int64_t> AuditDays(const std::string& text) {
    return Walk<Audits, api::ListAuditRecordsRequest, api::ListAuditRecordsResponse>(
        &Audits::ListAuditRecords, "actor: 'tokens/t' " + text, [](const auto& page, auto& days) {
          for (const auto& record : page.records())
            days.push_back((record.time().seconds() * kSecondUs - kFirstDay) / kDayUs);
        });
  }
  std::vector<int64_t> EventDays(const std::string& text) {
    return Walk<Events, api::ListEventsRequest, api::ListEventsResponse>(
        &Events::ListEvents, "type_prefixes: 'test.' " + text, [](const auto& page, auto& days) {
          for (const auto& event : page.events())
            days.push_back((event.time().seconds() * kSecondUs - kFirstDay) / kDayUs);
        });
  }
};

class ListsTest : public ::testing::Test {
 protected:
  DaysWorld world_;
};

TEST_F(ListsTest, Orders) {
  EXPECT_THAT(world_.OrderDays(""), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.OrderDays("order_by: 'receive_time'"), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(world_.OrderDays("filter { " + Range("receive_time", 2, 4) + "}"), ElementsAre(3, 2));
  EXPECT_THAT(world_.OrderDays("order_by: 'receive_time' filter { channel: 'channels/amz-gb' " +
                               Range("receive_time", 2, -1) + "}"),
              ElementsAre(3, 5));
}

TEST_F(ListsTest, WorkOfAllOrders) {
  const std::string all = "parent: 'orders/-' state: ";
  EXPECT_THAT(world_.PackageDays(all + "DESPATCH_STATE_FAILED"), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.PackageDays(all + "DESPATCH_STATE_FAILED order_by: 'number'"), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.PackageDays(all + "DESPATCH_STATE_FAILED order_by: 'create_time' filter { channel: "
                                       "'channels/amz-gb' }"),
              ElementsAre(1, 3, 5));
  EXPECT_THAT(world_.PackageDays(all + "DESPATCH_STATE_FAILED filter { " + Range("create_time", 2, 4) + "}"),
              ElementsAre(3, 2));
  EXPECT_THAT(world_.ActionDays(all + "POST_SALE_STATE_FAILED order_by: 'create_time' filter { channel: "
                                      "'channels/amz-de' }"),
              ElementsAre(2, 4));
  EXPECT_THAT(world_.ActionDays(all + "POST_SALE_STATE_FAILED filter { " + Range("create_time", -1, 3) + "}"),
              ElementsAre(2, 1));
  EXPECT_THAT(world_.AllocationDays(all + "ALLOCATION_STATE_FAILED filter { location: 'locations/amz-gb-fba' }"),
              ElementsAre(5, 3, 1));
  EXPECT_THAT(world_.AllocationDays(all +
                                    "ALLOCATION_STATE_FAILED order_by: 'create_time' filter { account: "
                                    "'accounts/amz' " +
                                    Range("create_time", 4, -1) + "}"),
              ElementsAre(4, 5));
  EXPECT_THAT(world_.AllocationDays(all + "ALLOCATION_STATE_FAILED filter { account: 'accounts/other' }"), IsEmpty());
}

TEST_F(ListsTest, WorkOfOneOrder_InBothDirections) {
  const int64_t order = IdOnDay(2);
  world_.Write([&](Tx& tx) -> absl::Status {
    for (int32_t number = 2; number <= 4; ++number) {
      QS_RETURN_IF_ERROR(tx.PutDespatch({.id = order + number,
                                         .order_id = order,
                                         .number = number,
                                         .account_id = "amz",
                                         .channel_id = number == 3 ? "amz-gb" : "amz-de",
                                         .state = DespatchState::kConfirmed,
                                         .created_us = OnDay(2) + number}));
    }
    return absl::OkStatus();
  });
  const auto numbers = [&](const std::string& text) {
    return world_.Walk<Orders, api::ListDespatchesRequest, api::ListDespatchesResponse>(
        &Orders::ListDespatches, "parent: 'orders/" + std::to_string(order) + "' " + text,
        [](const auto& page, auto& found) {
          for (const auto& package : page.despatches()) found.push_back(package.number());
        });
  };
  EXPECT_THAT(numbers(""), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers("order_by: 'create_time desc'"), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(numbers("order_by: 'create_time desc' filter { channel: 'channels/amz-de' }"), ElementsAre(4, 2, 1));
  EXPECT_THAT(numbers("state: DESPATCH_STATE_CONFIRMED filter { " + Range("create_time", 3, -1) + "}"), IsEmpty());
}

TEST_F(ListsTest, DeadLetters) {
  EXPECT_THAT(world_.LetterDays(""), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.LetterDays("order_by: 'create_time' filter { account: 'accounts/amz' reason: 'no price' }"),
              ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(world_.LetterDays("filter { account: 'accounts/am' }"), IsEmpty());
  EXPECT_THAT(world_.LetterDays("filter { lane: 'lanes/amz.amz-gb.listings' " + Range("create_time", 2, -1) + "}"),
              ElementsAre(5, 3));
}

TEST_F(ListsTest, RunsAndDocuments) {
  EXPECT_THAT(world_.RunDays("filter { state: RUN_STATE_FAILED }"), ElementsAre(4, 2));
  EXPECT_THAT(world_.RunDays("lane: 'lanes/amz.orders' order_by: 'name' filter { " + Range("start_time", 2, 5) + "}"),
              ElementsAre(2, 3, 4));
  EXPECT_THAT(world_.DocumentDays("order_by: 'name' filter { state: DOCUMENT_STATE_WITHDRAWN }"), ElementsAre(1, 3, 5));
  EXPECT_THAT(world_.DocumentDays("account: 'accounts/amz' filter { " + Range("create_time", -1, 3) + "}"),
              ElementsAre(2, 1));
}

TEST_F(ListsTest, Audit) {
  EXPECT_THAT(world_.AuditDays(""), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.AuditDays("filter { action: 'Test.Odd' } order_by: 'sequence'"), ElementsAre(1, 3, 5));
  EXPECT_THAT(world_.AuditDays("filter { outcome: 'PERMISSION_DENIED' }"), ElementsAre(3));
  EXPECT_THAT(world_.AuditDays("filter { action: 'Test.Odd' outcome: 'ok' " + Range("time", 2, -1) + "}"),
              ElementsAre(5));
}

TEST_F(ListsTest, Events) {
  EXPECT_THAT(world_.EventDays(""), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(world_.EventDays("order_by: 'revision desc'"), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(world_.EventDays("order_by: 'revision desc' filter { resource: 'channels/amz-de' }"), ElementsAre(4, 2));
  EXPECT_THAT(world_.EventDays("filter { " + Range("time", 2, 4) + "}"), ElementsAre(2, 3));
}

TEST_F(ListsTest, Lanes_ByJobAndState) {
  world_.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  world_.engine.AddLane("amz.inventory", "amz", "", Job::kInventory);
  world_.engine.AddLane("amz.amz-de.listings", "amz", "amz-de", Job::kListings);
  world_.engine.AddLane("amz.amz-gb.listings", "amz", "amz-gb", Job::kListings);
  world_.engine.SetActivity("amz.amz-gb.listings", LaneActivity::kPaused);
  const auto names = [&](const std::string& filter, int size) {
    std::vector<std::string> found;
    auto request = FromText<api::ListLanesRequest>("filter { " + filter + " }");
    request.set_page_size(size);
    do {
      const auto page = world_.Send(&Syncs::ListLanes, request);
      EXPECT_TRUE(page.ok()) << page;
      for (const auto& lane : page->lanes()) found.push_back(lane.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return found;
  };
  for (const int size : {1, 9}) {
    EXPECT_THAT(names("job: 'listings'", size), ElementsAre("lanes/amz.amz-de.listings", "lanes/amz.amz-gb.listings"));
    EXPECT_THAT(names("state: LANE_STATE_PAUSED", size), ElementsAre("lanes/amz.amz-gb.listings"));
    EXPECT_THAT(names("job: 'orders' state: LANE_STATE_PAUSED", size), IsEmpty());
  }
  EXPECT_THAT(world_.Ask(&Syncs::ListLanes, "filter { job: 'nonsense' }").fields(), ElementsAre("filter.job"));
}

TEST_F(ListsTest, ChannelsAccountsAndRowsBySku) {
  ASSERT_TRUE(world_.Ask(&Channels::EnableChannel, "name: 'channels/amz-gb'").ok());
  const auto channels = [&](const std::string& text) {
    std::vector<std::string> names;
    const auto shown = world_.Ask(&Channels::ListChannels, text);
    for (const auto& channel : shown->channels()) names.push_back(channel.name());
    return names;
  };
  EXPECT_THAT(channels("filter { enabled: true }"), ElementsAre("channels/amz-gb"));
  EXPECT_THAT(channels("filter { enabled: false }"), ElementsAre("channels/amz-de"));
  EXPECT_THAT(channels("account: 'accounts/amz' filter { marketplace: 'A1F83G8C2ARO7P' }"),
              ElementsAre("channels/amz-gb"));
  world_.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccount({.id = "another", .plugin_id = "echo"}));
    int64_t id = 0;
    for (const char* sku : {"A", "B1", "B2"}) {
      QS_RETURN_IF_ERROR(tx.PutItem({.id = ++id, .sku = sku}));
      QS_RETURN_IF_ERROR(tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = sku}));
    }
    return absl::OkStatus();
  });
  const auto accounts = world_.Ask(&Accounts::ListAccounts, "filter { plugin: 'plugins/echo' }");
  ASSERT_EQ(accounts->accounts_size(), 1);
  EXPECT_EQ(accounts->accounts(0).name(), "accounts/another");
  EXPECT_EQ(world_.Ask(&Accounts::ListAccounts, "filter { plugin: 'echo' }").reason(), "INVALID_FILTER");
  const auto items = world_.Ask(&Inventory::ListItems, "sku_prefix: 'B' order_by: 'sku desc'");
  ASSERT_EQ(items->items_size(), 2);
  EXPECT_EQ(items->items(0).sku(), "B2");
  const auto first = world_.Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 2 order_by: 'sku desc'");
  ASSERT_EQ(first->listings_size(), 2);
  EXPECT_EQ(first->listings(1).sku(), "B1");
  const auto second =
      world_.Ask(&Listings::ListListings, "parent: 'channels/amz-de' page_size: 2 order_by: 'sku desc' page_token: '" +
                                              first->next_page_token() + "'");
  ASSERT_EQ(second->listings_size(), 1);
  EXPECT_EQ(second->listings(0).sku(), "A");
}

TEST_F(ListsTest, ATokenIsOfOneFilterAndOrder) {
  const auto token = [&](const std::string& text) {
    return " page_token: '" + world_.Ask(&Orders::ListOrders, "page_size: 1 " + text)->next_page_token() + "'";
  };
  const std::string filter = "filter { " + Range("receive_time", 2, -1) + "}";
  EXPECT_TRUE(world_.Ask(&Orders::ListOrders, filter + token(filter)).ok());
  EXPECT_EQ(world_.Ask(&Orders::ListOrders, token(filter)).reason(), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(world_.Ask(&Orders::ListOrders, "filter { " + Range("receive_time", 3, -1) + "}" + token(filter)).reason(),
            "INVALID_PAGE_TOKEN");
  EXPECT_EQ(world_.Ask(&Orders::ListOrders, "order_by: 'receive_time' " + token("")).reason(), "INVALID_PAGE_TOKEN");
  const std::string audit =
      world_.Ask(&Audits::ListAuditRecords, "page_size: 1 filter { outcome: 'ok' }")->next_page_token();
  ASSERT_FALSE(audit.empty());
  EXPECT_EQ(world_.Ask(&Audits::ListAuditRecords, "page_token: '" + audit + "'").reason(), "INVALID_PAGE_TOKEN");
}

TEST_F(ListsTest, WhatCannotBeMeant_IsAnInvalidFilter_WithEachViolation) {
  const auto refused = world_.Ask(&Orders::ListOrders,
                                  "filter { channel: 'x' account: 'y' receive_time { start_time { seconds: "
                                  "9000000000000 } end_time { nanos: -1 } } }");
  EXPECT_EQ(refused.reason(), "INVALID_FILTER");
  EXPECT_THAT(refused.fields(), ElementsAre("filter.channel", "filter.account", "filter.receive_time.start_time",
                                            "filter.receive_time.end_time"));
  EXPECT_THAT(world_.Ask(&Orders::ListOrders, "filter { " + Range("receive_time", 4, 4) + "}").fields(),
              ElementsAre("filter.receive_time"));
  EXPECT_THAT(world_.Ask(&Syncs::ListRuns, "filter { state: 77 }").fields(), ElementsAre("filter.state"));
  EXPECT_THAT(world_.Ask(&Syncs::ListDocuments, "filter { state: 77 }").fields(), ElementsAre("filter.state"));
  // Of the years before the first row and after the last one, without a bound that is too large to count with.
  EXPECT_THAT(world_.OrderDays("filter { receive_time { end_time { seconds: -62135596800 } } }"), IsEmpty());
  EXPECT_THAT(world_.OrderDays("filter { receive_time { start_time { seconds: 253402300799 } } }"), IsEmpty());
  EXPECT_THAT(world_.OrderDays("filter { receive_time { end_time { seconds: 253402300799 } } }"),
              ElementsAre(5, 4, 3, 2, 1));
}

}  // namespace
}  // namespace quayside
