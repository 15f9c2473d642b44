// Orders despatched over the API: form, answers, what the engine is told. What follows in stock and packages is
// host/orders/despatch_order_test.cc.
#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_document.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A paid order of two, of an enabled channel whose plugin confirms despatches.
struct PaidWorld : ApiWorld {
  PaidWorld() {
    catalog.plugin.manifest.add_contracts()->set_id("despatch/1");
    MakeAccount();
    MakeChannel();
    EXPECT_TRUE(Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
    id = ids().Next();
    Write([&](Tx& tx) {
      return tx.PutOrder({.id = id,
                          .account_id = "amz",
                          .channel_id = "amz-de",
                          .external_id = "111-1",
                          .fulfilment = Fulfilment::kMerchant,
                          .location_id = "default",
                          .revision = 3},
                         {{.external_id = "L1", .sku = "MUG", .quantity = 2}});
    });
    name = "orders/" + std::to_string(id);
  }
  Answer<api::DespatchOrderResponse> Despatch(const std::string& packages, const std::string& more = "") {
    return Ask(&Orders::DespatchOrder, "name: '" + name + "' " + packages + " " + more);
  }
  std::vector<DespatchRecord> Packages() {
    std::vector<DespatchRecord> found;
    Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(found, tx.ListDespatchesOfOrder(id));
      return absl::OkStatus();
    });
    return found;
  }
  int64_t id = 0;
  std::string name;
};

constexpr char kAll[] = "packages { carrier_name: 'Royal Mail' tracking_number: 'CANARY-1' }";

TEST(DespatchOrderTest, APackageLeaves_AndTheEngineIsTold) {
  PaidWorld world;
  const auto done = world.Despatch(kAll);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->order().state(), api::ORDER_STATE_DESPATCHED);
  EXPECT_EQ(done->order().lines(0).quantity_despatched(), 2);
  ASSERT_EQ(done->despatches_size(), 1);
  EXPECT_EQ(done->despatches(0).name(), world.name + "/despatches/1");
  EXPECT_EQ(done->despatches(0).state(), api::DESPATCH_STATE_WAITING);
  EXPECT_TRUE(done->despatches(0).tracked());
  EXPECT_EQ(world.engine.despatches_changed("amz"), 1);
  EXPECT_THAT(world.EventTexts(), Contains("despatch.waiting " + world.name + "/despatches/1"));
}

TEST(DespatchOrderTest, TrackingNumbers_AreShownInTheListOnly_AndNotKeptWithTheAnswer) {
  PaidWorld world;
  const auto done = world.Despatch(kAll, "request_id: 'r1'");
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_THAT(done->ShortDebugString(), Not(HasSubstr("CANARY")));
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto kept, tx.FindRequest("DespatchOrderRequest", "r1"));
    EXPECT_THAT(kept->response, Not(HasSubstr("CANARY")));
    return absl::OkStatus();
  });
  EXPECT_THAT(world.Packages()[0].tracking, Not(HasSubstr("CANARY"))) << "sealed";
  const auto listed = world.Ask(&Orders::ListDespatches, "parent: '" + world.name + "'");
  ASSERT_TRUE(listed.ok()) << listed;
  ASSERT_EQ(listed->despatches_size(), 1);
  EXPECT_EQ(listed->despatches(0).tracking_number(), "CANARY-1");
  ASSERT_EQ(listed->despatches(0).notes_size(), 1);
  EXPECT_EQ(listed->despatches(0).notes(0).state(), api::DESPATCH_STATE_WAITING);
}

TEST(DespatchOrderTest, Repeated_IsOnePackage) {
  PaidWorld world;
  const std::string one = "packages { lines { line: 'L1' quantity: 1 } carrier_name: 'DHL' }";
  const auto first = world.Despatch(one, "request_id: 'r1'");
  const auto again = world.Despatch(one, "request_id: 'r1'");
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->ShortDebugString(), first->ShortDebugString());
  EXPECT_EQ(world.Packages().size(), 1u);
  EXPECT_EQ(world.engine.despatches_changed("amz"), 1);
}

TEST(DespatchOrderTest, ValidateOnly_ChangesNothing) {
  PaidWorld world;
  const auto events = world.EventTexts();
  const auto checked = world.Despatch(kAll, "validate_only: true");
  ASSERT_TRUE(checked.ok()) << checked;
  EXPECT_EQ(checked->despatches_size(), 1);
  EXPECT_EQ(world.EventTexts(), events);
  EXPECT_TRUE(world.Packages().empty());
  EXPECT_EQ(world.engine.despatches_changed("amz"), 0);
}

TEST(DespatchOrderTest, EveryMistakeIsNamed) {
  PaidWorld world;
  const auto wrong = world.Despatch(
      "packages { number: -1 postal_method: 'x' carrier_name: 'a\\nb' ship_time { seconds: -5 } } packages { }");
  EXPECT_THAT(wrong.fields(), ElementsAre("packages[0].number", "packages[0].postal_method", "packages[0].carrier_name",
                                          "packages[0].ship_time"));
  EXPECT_THAT(world.Despatch("").fields(), ElementsAre("packages"));
  EXPECT_THAT(world.Despatch("packages { lines { line: 'L9' quantity: 1 } carrier_name: 'DHL' }").fields(),
              ElementsAre("packages[0].lines[0].line"));
  EXPECT_THAT(world.Despatch("packages { carrier_name: 'DHL' ship_time { seconds: 99999999999 } }").fields(),
              ElementsAre("packages[0].ship_time"));
  EXPECT_EQ(world.Despatch(kAll, "etag: '2'").reason(), "ETAG_MISMATCH");
  EXPECT_TRUE(world.Despatch(kAll, "etag: '3' validate_only: true").ok());
  EXPECT_EQ(world.Despatch("packages { }").reason(), "CARRIER_MISSING");
  EXPECT_EQ(world.Despatch("packages { postal_method: 'postalMethods/none-such' }").reason(),
            "POSTAL_METHOD_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Orders::DespatchOrder, "name: 'orders/5' packages { }").reason(), "ORDER_NOT_FOUND");
  ASSERT_TRUE(world.Despatch(kAll).ok());
  EXPECT_EQ(world.Despatch("packages { carrier_name: 'DHL' }").reason(), "ORDER_NOT_DESPATCHABLE");
}

TEST(DespatchOrderTest, AMethodThatIsMapped_NamesTheCarrier) {
  PaidWorld world;
  ASSERT_TRUE(world
                  .Ask(&Shippings::CreatePostalMethod,
                       "postal_method_id: 'tracked-48' postal_method { vendor: 'Royal Mail' display_name: 'Tracked 48' "
                       "carrier_codes { key: 'plugins/amazon' value: 'RM' } }")
                  .ok());
  const auto done = world.Despatch("packages { postal_method: 'postalMethods/tracked-48' }");
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->despatches(0).postal_method(), "postalMethods/tracked-48");
  EXPECT_EQ(done->despatches(0).carrier_code(), "RM");
  EXPECT_EQ(done->despatches(0).service_name(), "Tracked 48");
  EXPECT_FALSE(done->despatches(0).tracked());
}

TEST(DespatchOrderTest, NobodyIsTold_WhenItIsSwitchedOff_OrNotOffered) {
  PaidWorld world;
  ASSERT_TRUE(world
                  .Ask(&Channels::UpdateChannel,
                       "channel { name: 'channels/amz-de' config { mark_as_despatched: false } } "
                       "update_mask { paths: 'config.mark_as_despatched' }")
                  .ok());
  const auto off = world.Despatch("packages { lines { line: 'L1' quantity: 1 } }");
  ASSERT_TRUE(off.ok()) << off;
  EXPECT_EQ(off->despatches(0).state(), api::DESPATCH_STATE_NOT_REQUIRED);
  EXPECT_EQ(off->despatches(0).reason(), "MARK_AS_DESPATCHED_OFF");
  EXPECT_FALSE(off->despatches(0).has_next_try_time());
}

TEST(DespatchOrderTest, TimesNoClockKnows_AreMistakes) {
  PaidWorld world;
  for (const char* time :
       {"seconds: 9223372036854775807", "seconds: 9223372036855 nanos: 1", "seconds: 253402300800",
        "seconds: -9223372036854775808", "seconds: 1 nanos: 1000000000", "seconds: 1 nanos: -1", "nanos: 5"}) {
    const auto wrong =
        world.Despatch(std::string("packages { carrier_name: 'DHL' ship_time { ") + time + " } } validate_only: true");
    EXPECT_THAT(wrong.fields(), ElementsAre("packages[0].ship_time")) << time;
  }
  EXPECT_TRUE(world.Despatch("packages { carrier_name: 'DHL' ship_time { seconds: 1 } }").ok());
}

// An order that came in before its service was looked up.
TEST(DespatchOrderTest, AnOrderWithoutAMethod_GoesByWhatItsServiceIsMappedToNow) {
  PaidWorld world;
  ASSERT_TRUE(world
                  .Ask(&Shippings::CreatePostalMethod,
                       "postal_method_id: 'express' postal_method { vendor: 'DHL' display_name: 'Express' }")
                  .ok());
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OrderRecord order, tx.GetOrder(world.id));
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(world.id));
    order.service_level = "NEXT_DAY";
    return tx.PutOrder(order, lines);
  });
  EXPECT_EQ(world.Despatch("packages { } validate_only: true").reason(), "CARRIER_MISSING");
  ASSERT_TRUE(world
                  .Ask(&Shippings::SetShippingMapping,
                       "parent: 'channels/amz-de' tag: 'NEXT_DAY' postal_method: 'postalMethods/express'")
                  .ok());
  // Whoever names a carrier is not overruled.
  const auto named = world.Despatch("packages { carrier_name: 'UPS' } validate_only: true");
  ASSERT_TRUE(named.ok()) << named;
  EXPECT_EQ(named->despatches(0).carrier_name(), "UPS");
  EXPECT_EQ(named->despatches(0).postal_method(), "");
  const auto done = world.Despatch("packages { }");
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->despatches(0).postal_method(), "postalMethods/express");
  EXPECT_EQ(done->despatches(0).carrier_name(), "DHL");
}

TEST(ListDespatchesTest, ShowsWhatOthersConfirmed_OnlyWhereTheyDid) {
  PaidWorld world;
  ASSERT_TRUE(world.Despatch(kAll).ok());
  DespatchRecord package = world.Packages()[0];
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(OrderRecord order, tx.GetOrder(world.id));
    QS_ASSIGN_OR_RETURN(const auto lines, tx.GetOrderLines(world.id));
    auto document = FromText<quayside::plugin::v1::Order>(
        "external_id: '111-1' packages { external_id: '1' carrier: 'Hermes' tracking_number: 'THEIRS' shipped_us: "
        "7000000 raw_status: 'SHIPPED' lines { external_line_id: 'L1' quantity: 2 } } packages { external_id: '" +
        std::to_string(PackageNumberThere(package.id)) + "' }");
    QS_ASSIGN_OR_RETURN(order.document, SealOrderDocument(world.cipher, "amz", document));
    return tx.PutOrder(order, lines);
  });
  const std::string list = "parent: '" + world.name + "'";
  EXPECT_EQ(world.Ask(&Orders::ListDespatches, list)->despatches(0).other_packages_size(), 0);
  package.state = DespatchState::kShippedOtherwise;
  world.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  const auto listed = world.Ask(&Orders::ListDespatches, list);
  ASSERT_EQ(listed->despatches(0).other_packages_size(), 1) << "ours is not one of others";
  const api::OtherPackage& theirs = listed->despatches(0).other_packages(0);
  EXPECT_EQ(theirs.number(), "1");
  EXPECT_EQ(theirs.carrier(), "Hermes");
  EXPECT_EQ(theirs.tracking_number(), "THEIRS");
  EXPECT_EQ(theirs.ship_time().seconds(), 7);
  EXPECT_EQ(theirs.lines(0).quantity(), 2);
}

// Three orders' packages, all in one state.
struct FailedWorld : PaidWorld {
  explicit FailedWorld(DespatchState state = DespatchState::kFailed) {
    Write([&](Tx& tx) -> absl::Status {
      for (int i = 0; i < 3; ++i) {
        const int64_t order_id = ids().Next();
        QS_RETURN_IF_ERROR(tx.PutOrder({.id = order_id,
                                        .account_id = "amz",
                                        .channel_id = "amz-de",
                                        .external_id = "222-" + std::to_string(i),
                                        .fulfilment = Fulfilment::kMerchant},
                                       {{.external_id = "L1", .sku = "MUG", .quantity = 1, .shipped = 1}}));
        QS_RETURN_IF_ERROR(tx.PutDespatch({.id = ids().Next(),
                                           .order_id = order_id,
                                           .number = 1,
                                           .account_id = "amz",
                                           .channel_id = "amz-de",
                                           .state = state,
                                           .lines = {{"L1", 1}},
                                           .carrier_name = "DHL"}));
        orders.push_back(order_id);
      }
      return absl::OkStatus();
    });
  }
  int Waiting() {
    int waiting = 0;
    Write([&](Tx& tx) -> absl::Status {
      waiting = static_cast<int>(tx.ListDespatches({.state = DespatchState::kWaiting})->size());
      return absl::OkStatus();
    });
    return waiting;
  }
  std::vector<int64_t> orders;
};

TEST(RetryDespatchesTest, AllOfAState_InPieces_EachOnce) {
  FailedWorld world;
  const auto first = world.Ask(&Orders::RetryDespatches, "page_size: 2 request_id: 'r1'");
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_EQ(first->retried_size(), 2);
  EXPECT_EQ(first->retried(0), "orders/" + std::to_string(world.orders[2]) + "/despatches/1") << "newest first";
  ASSERT_NE(first->next_page_token(), "");
  EXPECT_EQ(world.Waiting(), 2);
  EXPECT_EQ(world.engine.despatches_changed("amz"), 1);
  const auto repeated = world.Ask(&Orders::RetryDespatches, "page_size: 2 request_id: 'r1'");
  EXPECT_EQ(repeated->ShortDebugString(), first->ShortDebugString());
  EXPECT_EQ(world.Waiting(), 2);
  const auto last = world.Ask(&Orders::RetryDespatches,
                              "page_size: 2 request_id: 'r2' page_token: '" + first->next_page_token() + "'");
  ASSERT_TRUE(last.ok()) << last;
  EXPECT_EQ(last->retried_size(), 1);
  EXPECT_EQ(last->next_page_token(), "");
  EXPECT_EQ(world.Waiting(), 3);
}

TEST(RetryDespatchesTest, OnlyWhatTheFilterNames) {
  FailedWorld world(DespatchState::kRejected);
  const auto none = world.Ask(&Orders::RetryDespatches, "");
  ASSERT_TRUE(none.ok()) << none;
  EXPECT_EQ(none->retried_size(), 0) << "failed ones, unless told otherwise";
  const std::string rejected = "state: DESPATCH_STATE_REJECTED ";
  EXPECT_EQ(world.Ask(&Orders::RetryDespatches, "filter { " + rejected + "channel: 'channels/uk' }")->retried_size(),
            0);
  EXPECT_EQ(world.Ask(&Orders::RetryDespatches, "filter { " + rejected + "account: 'accounts/b' }")->retried_size(), 0);
  const auto checked =
      world.Ask(&Orders::RetryDespatches, "filter { " + rejected + "channel: 'channels/amz-de' } validate_only: true");
  EXPECT_EQ(checked->retried_size(), 3);
  EXPECT_EQ(world.Waiting(), 0);
  EXPECT_EQ(world.Ask(&Orders::RetryDespatches, "filter { " + rejected + "account: 'accounts/amz' }")->retried_size(),
            3);
  EXPECT_THAT(world.Ask(&Orders::RetryDespatches, "filter { state: DESPATCH_STATE_UNKNOWN channel: 'uk' account: 'x' }")
                  .fields(),
              ElementsAre("filter.state", "filter.channel", "filter.account"));
}

TEST(RetryDespatchesTest, WhatCannotBeRetried_IsTold_AndTheRestIs) {
  FailedWorld world;
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(world.orders[1]));
    packages[0].carrier_name.clear();
    return tx.PutDespatch(packages[0]);
  });
  const auto retried = world.Ask(&Orders::RetryDespatches, "");
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(retried->retried_size(), 2);
  ASSERT_EQ(retried->refused_size(), 1);
  EXPECT_EQ(retried->refused(0).name(), "orders/" + std::to_string(world.orders[1]) + "/despatches/1");
  EXPECT_EQ(retried->refused(0).reason(), "CARRIER_MISSING");
  EXPECT_EQ(world.Waiting(), 2);
}

TEST(RetryDespatchTest, OfWhatFailed_NotOfWhatIsOnItsWay) {
  PaidWorld world;
  ASSERT_TRUE(world.Despatch(kAll).ok());
  const std::string request = "name: '" + world.name + "/despatches/1'";
  const auto set = [&](DespatchState state) {
    DespatchRecord package = world.Packages()[0];
    package.state = state;
    world.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  };
  set(DespatchState::kUnknown);
  EXPECT_EQ(world.Ask(&Orders::RetryDespatch, request).reason(), "DESPATCH_NOT_RETRYABLE");
  set(DespatchState::kFailed);
  EXPECT_TRUE(world.Ask(&Orders::RetryDespatch, request + " validate_only: true").ok());
  EXPECT_EQ(world.Packages()[0].state, DespatchState::kFailed);
  const auto retried = world.Ask(&Orders::RetryDespatch, request);
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(retried->despatch().state(), api::DESPATCH_STATE_WAITING);
  EXPECT_EQ(world.engine.despatches_changed("amz"), 2);
  EXPECT_EQ(world.Ask(&Orders::RetryDespatch, "name: '" + world.name + "/despatches/7'").reason(),
            "DESPATCH_NOT_FOUND");
  EXPECT_EQ(world.Ask(&Orders::RetryDespatch, "name: '" + world.name + "'").reason(), "INVALID_NAME");
}

TEST(ListDespatchesTest, HasPages) {
  PaidWorld world;
  for (const char* line : {"packages { lines { line: 'L1' quantity: 1 } carrier_name: 'A' }",
                           "packages { lines { line: 'L1' quantity: 1 } carrier_name: 'B' }"}) {
    ASSERT_TRUE(world.Despatch(line).ok());
  }
  const std::string parent = "parent: '" + world.name + "' page_size: 1";
  const auto first = world.Ask(&Orders::ListDespatches, parent);
  ASSERT_EQ(first->despatches_size(), 1);
  const auto second = world.Ask(&Orders::ListDespatches, parent + " page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->despatches_size(), 1);
  EXPECT_EQ(second->despatches(0).number(), 2);
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(world.Ask(&Orders::ListDespatches, "parent: 'orders/5'").reason(), "ORDER_NOT_FOUND");
}

TEST(ListDespatchesTest, OfAllOrders_ByState) {
  PaidWorld world;
  for (const char* line : {"packages { lines { line: 'L1' quantity: 1 } carrier_name: 'A' }",
                           "packages { lines { line: 'L1' quantity: 1 } carrier_name: 'B' }"}) {
    ASSERT_TRUE(world.Despatch(line).ok());
  }
  DespatchRecord package = world.Packages()[0];
  package.state = DespatchState::kFailed;
  world.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  const auto failed = world.Ask(&Orders::ListDespatches, "parent: 'orders/-' state: DESPATCH_STATE_FAILED");
  ASSERT_EQ(failed->despatches_size(), 1);
  EXPECT_EQ(failed->despatches(0).name(), world.name + "/despatches/1");
  EXPECT_EQ(
      world.Ask(&Orders::ListDespatches, "parent: 'orders/-' state: DESPATCH_STATE_FAILED account: 'accounts/other'")
          ->despatches_size(),
      0);
  EXPECT_EQ(world.Ask(&Orders::ListDespatches, "parent: '" + world.name + "' state: DESPATCH_STATE_WAITING")
                ->despatches_size(),
            1);
  EXPECT_THAT(world.Ask(&Orders::ListDespatches, "parent: 'orders/-'").fields(), ElementsAre("state"));
}

TEST(DeleteChannelTest, WaitsForTheFateOfWhatWasHandedOver) {
  PaidWorld world;
  ASSERT_TRUE(world.Despatch(kAll).ok());
  DespatchRecord package = world.Packages()[0];
  package.state = DespatchState::kUnknown;
  world.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());
  EXPECT_EQ(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").reason(), "OUTCOMES_UNKNOWN");
  package.state = DespatchState::kConfirmed;
  world.Write([&](Tx& tx) { return tx.PutDespatch(package); });
  EXPECT_TRUE(world.Ask(&Channels::DeleteChannel, "name: 'channels/amz-de'").ok());
}

}  // namespace
}  // namespace quayside
