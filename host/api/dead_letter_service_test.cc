#include <algorithm>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/orders/order_document.h"
#include "host/sync/letter_record.h"
#include "quayside/plugin/v1/listing_sync.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kJsonOrder[] =
    R"({"externalId": "1", "marketplace": "A1PA6795UKMFR9", "status": "ORDER_STATUS_OPEN", "rawStatus": "Unshipped",)"
    R"( "updatedUs": "1767225500000000", "buyer": {"name": "CANARY Ann"}, "lines": [{"externalId": "l1", "sku": "MUG", "quantity": 1}]})";

// A channel with the rows of its lanes.
struct LetterWorld : ApiWorld {
  LetterWorld() {
    catalog.plugin.manifest.mutable_contracts(0)->add_methods("get");
    MakeAccount();
    MakeChannel();
    Write([](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutLaneControl({.id = "amz.orders", .account_id = "amz", .job = Job::kOrders}));
      return tx.PutLaneControl(
          {.id = "amz.amz-de.listings", .account_id = "amz", .channel_id = "amz-de", .job = Job::kListings});
    });
  }
  std::string Add(const std::string& lane, const std::string& key, const std::string& reason,
                  const std::string& record = "raw", DeadLetterForm form = DeadLetterForm::kRaw) {
    DeadLetterRecord letter{
        .id = ids().Next(), .lane_id = lane, .key = key, .reason = reason, .created_us = clock.Now()};
    letter.form = form;
    letter.raw = SealLetterRecord(cipher, letter, record).value();
    Write([&](Tx& tx) { return tx.PutDeadLetter(letter); });
    return "deadLetters/" + std::to_string(letter.id);
  }
  api::DeadLetter Get(const std::string& name) {
    return Ask(&Letters::GetDeadLetter, "name: '" + name + "'")->dead_letter();
  }
  std::vector<std::string> Keys(const std::string& filter) {
    std::vector<std::string> keys;
    const auto listed = Ask(&Letters::ListDeadLetters, "filter { " + filter + " }");
    EXPECT_TRUE(listed.ok()) << listed;
    for (const auto& letter : listed->dead_letters()) keys.push_back(letter.key());
    return keys;
  }
  std::string EditRequest(const std::string& name, const std::string& json) {
    api::EditDeadLetterRequest request;
    request.set_name(name);
    request.set_record(json);
    return request.ShortDebugString();
  }
};

TEST(DeadLetterServiceTest, Lists_NewestFirst_ByEveryPartOfTheFilter) {
  LetterWorld world;
  world.Add("amz.orders", "1", "Two lines have the same id");
  world.Add("amz.amz-de.listings", "MUG", "no title");
  const std::string discarded = world.Add("amz.orders", "2", "no title");
  ASSERT_TRUE(world.Ask(&Letters::DiscardDeadLetter, "name: '" + discarded + "' note: 'a test order'").ok());
  EXPECT_THAT(world.Keys(""), ElementsAre("2", "MUG", "1"));
  EXPECT_THAT(world.Keys("lane: 'lanes/amz.orders'"), ElementsAre("2", "1"));
  EXPECT_THAT(world.Keys("state: DEAD_LETTER_STATE_OPEN"), ElementsAre("MUG", "1"));
  EXPECT_THAT(world.Keys("reason: 'SAME ID'"), ElementsAre("1"));
  EXPECT_THAT(world.Keys("key: 'MUG'"), ElementsAre("MUG"));
  EXPECT_THAT(world.Keys("account: 'accounts/am'"), ElementsAre()) << "not a prefix of an id";
  EXPECT_THAT(world.Keys("account: 'accounts/amz' reason: 'title'"), ElementsAre("2", "MUG"));
  EXPECT_EQ(world.Ask(&Letters::ListDeadLetters, "filter { lane: 'x' account: 'y' }").fields().size(), 2u);
  const auto first = world.Ask(&Letters::ListDeadLetters, "page_size: 2");
  ASSERT_EQ(first->dead_letters_size(), 2);
  const auto second =
      world.Ask(&Letters::ListDeadLetters, "page_size: 2 page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->dead_letters_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST(DeadLetterServiceTest, TheRecord_IsShownByGetOnly_AsJsonOrText) {
  LetterWorld world;
  pb::Order order;
  order.set_external_id("1");
  order.mutable_buyer()->set_name("CANARY Ann");
  const std::string message = world.Add("amz.orders", "1", "bad", order.SerializeAsString(), DeadLetterForm::kOrder);
  const std::string raw = world.Add("amz.orders", "2", "bad", "{\"a\": 1}");
  const std::string bytes = world.Add("amz.orders", "3", "bad", "\xff\x01");
  EXPECT_THAT(world.Get(message).record(), HasSubstr("\"name\": \"CANARY Ann\""));
  EXPECT_EQ(world.Get(raw).record(), "{\"a\": 1}");
  EXPECT_EQ(world.Get(bytes).record(), "base64:/wE=");
  EXPECT_EQ(world.Get(raw).form(), api::DEAD_LETTER_FORM_RAW);
  EXPECT_THAT(world.Ask(&Letters::ListDeadLetters, "")->ShortDebugString(), Not(HasSubstr("CANARY")));
  EXPECT_EQ(world.Ask(&Letters::GetDeadLetter, "name: 'deadLetters/1'").reason(), "DEAD_LETTER_NOT_FOUND");
}

TEST(DeadLetterServiceTest, AnOrder_IsAskedForByItsLane) {
  LetterWorld world;
  const std::string name = world.Add("amz.orders", "1", "bad");
  const auto retried = world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'");
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(retried->dead_letter().state(), api::DEAD_LETTER_STATE_RETRYING);
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
  EXPECT_THAT(world.EventTexts(), Contains("deadletter.retried lanes/amz.orders"));
  EXPECT_TRUE(world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'").ok()) << "again: it is being asked for";
  const auto audit = world.Ask(&Audits::ListAuditRecords, "resource: '" + name + "'");
  ASSERT_EQ(audit->records_size(), 2) << "one for each call";
  EXPECT_EQ(audit->records(0).action(), "DeadLetterService.RetryDeadLetter");
  EXPECT_EQ(audit->records(0).actor(), "local");
  EXPECT_EQ(audit->records(0).details().at("key"), "1");
}

TEST(DeadLetterServiceTest, WhatCannotBeAskedFor_IsRefused_AndStaysOpen) {
  LetterWorld world;
  world.catalog.plugin.manifest.mutable_contracts(0)->clear_methods();
  const std::string no_get = world.Add("amz.orders", "1", "bad");
  const std::string no_lane = world.Add("gone.orders", "1", "bad");
  for (const std::string& name : {no_get, no_lane}) {
    EXPECT_EQ(world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'").reason(), "DEAD_LETTER_NOT_RETRYABLE");
    EXPECT_EQ(world.Get(name).state(), api::DEAD_LETTER_STATE_OPEN);
  }
}

TEST(DeadLetterServiceTest, AnEditedOrder_IsTakenInByARetry) {
  LetterWorld world;
  const std::string name = world.Add("amz.orders", "1", "a line has no id");
  const auto edited = world.Ask(&Letters::EditDeadLetter, world.EditRequest(name, kJsonOrder));
  ASSERT_TRUE(edited.ok()) << edited;
  EXPECT_TRUE(edited->dead_letter().edited());
  EXPECT_EQ(edited->dead_letter().record(), "");
  EXPECT_THAT(world.Get(name).record(), HasSubstr("CANARY Ann"));
  const auto retried = world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'");
  ASSERT_TRUE(retried.ok()) << retried;
  EXPECT_EQ(retried->dead_letter().state(), api::DEAD_LETTER_STATE_RETRIED);
  EXPECT_EQ(retried->dead_letter().note(), "taken in");
  world.Write([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto order, tx.FindOrder("amz", "1"));
    EXPECT_TRUE(order.has_value());
    if (!order.has_value()) return absl::OkStatus();
    EXPECT_EQ(order->channel_id, "amz-de");
    EXPECT_EQ(OpenOrderDocument(world.cipher, *order)->buyer().name(), "CANARY Ann");
    return absl::OkStatus();
  });
  EXPECT_EQ(world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'").reason(), "DEAD_LETTER_CLOSED");
  EXPECT_EQ(world.Ask(&Letters::EditDeadLetter, world.EditRequest(name, kJsonOrder)).reason(), "DEAD_LETTER_CLOSED");
}

TEST(DeadLetterServiceTest, AnEdit_ThatIsStillWrong_IsRefused_WithoutQuotingIt) {
  LetterWorld world;
  const std::string name = world.Add("amz.orders", "1", "bad");
  const auto broken = world.Ask(&Letters::EditDeadLetter, world.EditRequest(name, "{\"CANARY\": "));
  EXPECT_EQ(broken.reason(), "INVALID_ARGUMENT");
  EXPECT_THAT(broken.status.error_message(), Not(HasSubstr("CANARY")));
  EXPECT_THAT(broken.fields(), ElementsAre("record"));
  EXPECT_EQ(world.Ask(&Letters::EditDeadLetter, world.EditRequest(name, "{\"externalId\": \"1\"}")).reason(),
            "INVALID_ARGUMENT");
  EXPECT_FALSE(world.Get(name).edited());
  const std::string package = world.Add("amz.despatch", "orders/1/despatches/1", "bad", "x", DeadLetterForm::kDespatch);
  EXPECT_EQ(world.Ask(&Letters::EditDeadLetter, world.EditRequest(package, kJsonOrder)).reason(),
            "DEAD_LETTER_NOT_EDITABLE");
}

TEST(DeadLetterServiceTest, AListing_IsReadWithTheNextPass_AnEditedOneAtOnce) {
  LetterWorld world;
  const std::string waits = world.Add("amz.amz-de.listings", "MUG", "bad");
  const std::string edited = world.Add("amz.amz-de.listings", "CUP", "bad");
  ASSERT_TRUE(world.Ask(&Letters::RetryDeadLetter, "name: '" + waits + "'").ok());
  EXPECT_EQ(world.engine.lanes_changed("amz.amz-de.listings"), 1);
  EXPECT_EQ(world.Get(waits).note(), "it is read with the next complete pass");
  ASSERT_TRUE(
      world.Ask(&Letters::EditDeadLetter, world.EditRequest(edited, "{\"sku\": \"CUP\", \"title\": \"Cup\"}")).ok());
  ASSERT_TRUE(world.Ask(&Letters::RetryDeadLetter, "name: '" + edited + "'").ok());
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto lane, tx.FindLane("amz.amz-de.listings"));
    EXPECT_GT(lane->want_pass_us, 0);
    QS_ASSIGN_OR_RETURN(const auto listing, tx.FindListing("amz-de", "CUP"));
    EXPECT_TRUE(listing.has_value());
    return absl::OkStatus();
  });
}

TEST(DeadLetterServiceTest, RetryAll_TakesWhatTheFilterFinds_AndCountsTheRest) {
  LetterWorld world;
  world.Add("amz.orders", "1", "bad");
  world.Add("amz.orders", "2", "bad");
  world.Add("gone.orders", "3", "bad");
  world.Add("amz.orders", "4", "another reason");
  const auto tried = world.Ask(&Letters::RetryDeadLetters, "filter { reason: 'BAD' } validate_only: true");
  ASSERT_TRUE(tried.ok()) << tried;
  EXPECT_EQ(tried->retried(), 2);
  EXPECT_EQ(world.Keys("state: DEAD_LETTER_STATE_RETRYING").size(), 0u);
  const auto all = world.Ask(&Letters::RetryDeadLetters, "filter { reason: 'BAD' } request_id: 'r'");
  EXPECT_EQ(all->retried(), 2);
  EXPECT_EQ(all->not_retryable(), 1);
  EXPECT_EQ(all->next_page_token(), "");
  EXPECT_THAT(world.Keys("state: DEAD_LETTER_STATE_RETRYING"), ElementsAre("2", "1"));
  EXPECT_THAT(world.Keys("state: DEAD_LETTER_STATE_OPEN"), ElementsAre("4", "3"));
  const auto audit = world.Ask(&Audits::ListAuditRecords, "");
  const auto retries = std::count_if(audit->records().begin(), audit->records().end(), [](const auto& record) {
    return record.action() == "DeadLetterService.RetryDeadLetters";
  });
  ASSERT_EQ(retries, 3) << "the dry run none, each letter one, the call one";
  EXPECT_EQ(audit->records(0).details().at("retried"), "2");
  EXPECT_EQ(audit->records(1).details().at("key"), "1");
  const auto again = world.Ask(&Letters::RetryDeadLetters, "filter { reason: 'BAD' } request_id: 'r'");
  EXPECT_EQ(again->retried(), 2) << "the stored answer";
  EXPECT_EQ(world.Ask(&Letters::RetryDeadLetters, "filter { state: DEAD_LETTER_STATE_DISCARDED }").reason(),
            "INVALID_FILTER");
}

TEST(DeadLetterServiceTest, Discard_NeedsAReason_AndIsForGood) {
  LetterWorld world;
  const std::string name = world.Add("amz.orders", "1", "bad");
  EXPECT_EQ(world.Ask(&Letters::DiscardDeadLetter, "name: '" + name + "'").reason(), "INVALID_ARGUMENT");
  const auto done = world.Ask(&Letters::DiscardDeadLetter, "name: '" + name + "' note: 'a test order'");
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->dead_letter().note(), "a test order");
  EXPECT_EQ(world.Ask(&Letters::RetryDeadLetter, "name: '" + name + "'").reason(), "DEAD_LETTER_CLOSED");
  EXPECT_EQ(world.Ask(&Letters::DiscardDeadLetter, "name: '" + name + "' note: 'x'").reason(), "DEAD_LETTER_CLOSED");
}

}  // namespace
}  // namespace quayside
