// What every method promises: request_id, validate_only, pages, error details, deadlines.
#include <future>
#include <thread>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr char kNewAccount[] = "account_id: 'amz' request_id: 'r1' account { plugin: 'plugins/amazon' }";

TEST(RequestIdTest, RepetitionGetsTheSameAnswerAndChangesNothing) {
  ApiWorld world;
  const auto first = world.Ask(&Accounts::CreateAccount, kNewAccount);
  ASSERT_TRUE(first.ok()) << first;
  world.clock.Advance(kHourUs);
  const auto again = world.Ask(&Accounts::CreateAccount, kNewAccount);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->ShortDebugString(), first->ShortDebugString());
  EXPECT_THAT(world.EventTexts(), SizeIs(1));
  EXPECT_EQ(world.engine.accounts_changed("amz"), 1);
}

TEST(RequestIdTest, RepetitionIsAnsweredEvenWhenTheChangeIsImpossibleNow) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
  world.engine.validate = [](const AccountRecord&) {
    return MakeFieldError(Reason::kInvalidConfiguration, {{"a", "b"}});
  };
  EXPECT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
}

TEST(RequestIdTest, OtherBodyIsRefused) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
  const auto other =
      world.Ask(&Accounts::CreateAccount, "account_id: 'b' request_id: 'r1' account { plugin: 'plugins/amazon' }");
  EXPECT_EQ(other.reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(other.code(), grpc::StatusCode::INVALID_ARGUMENT);
  // Of another method it is another id.
  EXPECT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' request_id: 'r1'").ok());
}

TEST(RequestIdTest, IsForgottenAfterADay) {
  ApiWorld world;
  ASSERT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
  world.clock.Advance(kDayUs + kMinuteUs);
  EXPECT_EQ(world.Ask(&Accounts::CreateAccount, kNewAccount).reason(), "ACCOUNT_EXISTS");
  ASSERT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' request_id: 'r2'").ok());
  world.Write([](Tx& tx) -> absl::Status {
    EXPECT_FALSE(tx.FindRequest("CreateAccountRequest", "r1")->has_value());
    EXPECT_TRUE(tx.FindRequest("DeleteAccountRequest", "r2")->has_value());
    return absl::OkStatus();
  });
}

TEST(RequestIdTest, FailedChangeIsNotRemembered) {
  ApiWorld world;
  EXPECT_EQ(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' request_id: 'r'").reason(), "ACCOUNT_NOT_FOUND");
  world.MakeAccount();
  EXPECT_TRUE(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/amz' request_id: 'r'").ok());
}

TEST(RequestIdTest, ConcurrentRepetitionsMakeOneChange) {
  ApiWorld world;
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      EXPECT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
      EXPECT_TRUE(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' request_id: 'r1'").ok());
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(world.EventTexts(), ElementsAre("account.created accounts/amz"));
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 1);
}

TEST(RequestIdTest, ARepetitionWaits_WhileItsFirstCallIsAtWork) {
  ApiWorld world;
  std::promise<void> release;
  std::shared_future<void> released(release.get_future());
  std::atomic<int> looks{0};
  world.engine.validate = [&, released](const AccountRecord&) {
    looks.fetch_add(1);
    released.wait();
    return absl::OkStatus();
  };
  auto first = std::async(std::launch::async, [&] { return world.Ask(&Accounts::CreateAccount, kNewAccount).ok(); });
  while (looks == 0) std::this_thread::yield();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  api::CreateAccountResponse response;
  const grpc::Status late =
      world.stub<Accounts>().CreateAccount(&context, FromText<api::CreateAccountRequest>(kNewAccount), &response);
  EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(looks, 1) << "what its first call is looking at is nobody else's to look at";
  release.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_EQ(world.Ask(&Accounts::CreateAccount, kNewAccount)->account().name(), "accounts/amz");
  EXPECT_EQ(looks, 1);
  world.StopServer();  // its threads use what is above
}

TEST(RequestIdTest, MustBePlainText) {
  ApiWorld world;
  const auto refused = world.Ask(&Accounts::DeleteAccount, "name: 'accounts/a' request_id: 'with space'");
  EXPECT_THAT(refused.fields(), ElementsAre("request_id"));
}

TEST(RequestIdTest, ThatIsNone_IsToldWithAllElseThatIsWrong) {
  ApiWorld world;
  world.MakeAccount();
  const auto expect_both = [&](auto method, const std::string& request) {
    std::vector<std::string> fields = world.Ask(method, request).fields();
    EXPECT_FALSE(fields.empty()) << request;
    fields.emplace_back("request_id");
    EXPECT_THAT(world.Ask(method, request + " request_id: 'with space'").fields(), UnorderedElementsAreArray(fields))
        << request;
  };
  // Found before the change is begun, by what prepares it, and in its transaction.
  expect_both(&Accounts::DeleteAccount, "name: 'amz'");
  expect_both(&Accounts::CreateAccount, "account_id: 'Bad Id' account { plugin: 'amazon' }");
  expect_both(&Inventory::CreateItem, "item { sku: '' }");
  expect_both(&Inventory::SetLevels, "changes { sku: 'NOT-THERE' level: 1 } changes { sku: 'MUG' level: -1 }");
  // What is no matter of the request's fields is looked at afterwards.
  EXPECT_THAT(world.Ask(&Accounts::DeleteAccount, "name: 'accounts/none' request_id: 'with space'").fields(),
              ElementsAre("request_id"));
  const size_t before = world.EventTexts().size();
  EXPECT_THAT(world.Ask(&Inventory::CreateItem, "item { sku: 'MUG' } request_id: 'with space'").fields(),
              ElementsAre("request_id"));
  EXPECT_EQ(world.EventTexts().size(), before);
}

TEST(ValidateOnlyTest, ChecksEverythingAndChangesNothing) {
  ApiWorld world;
  const std::string dry = std::string(kNewAccount) + " validate_only: true";
  const auto checked = world.Ask(&Accounts::CreateAccount, dry);
  ASSERT_TRUE(checked.ok()) << checked;
  EXPECT_EQ(checked->account().name(), "accounts/amz");
  EXPECT_THAT(world.EventTexts(), SizeIs(0));
  EXPECT_EQ(world.engine.accounts_changed("amz"), 0);
  EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: 'accounts/amz'").reason(), "ACCOUNT_NOT_FOUND");
  // The id is still free, the real call may take it, and a dry run of the same then answers what a repetition would.
  ASSERT_TRUE(world.Ask(&Accounts::CreateAccount, kNewAccount).ok());
  EXPECT_TRUE(world.Ask(&Accounts::CreateAccount, dry).ok());
  EXPECT_EQ(
      world.Ask(&Accounts::CreateAccount, "account_id: 'amz' account { plugin: 'plugins/amazon' } validate_only: true")
          .reason(),
      "ACCOUNT_EXISTS");
}

// Also of those that are made in parts, and whose dry run only counts.
TEST(ValidateOnlyTest, OfAChangeThatWasMade_AnswersAsItsRepetitionWould) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  ASSERT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/amz-de'").ok());
  const std::string force = "parent: 'channels/amz-de' request_id: 'f'";
  const std::string dry = " validate_only: true";
  ASSERT_TRUE(world.Ask(&Listings::ForceUpdate, force).ok());
  ASSERT_TRUE(world.Ask(&Listings::ClearLatency, force).ok());
  ASSERT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/amz-de'").ok());
  EXPECT_TRUE(world.Ask(&Listings::ForceUpdate, force + dry).ok()) << "it is not possible any more, but was done";
  EXPECT_TRUE(world.Ask(&Listings::ClearLatency, force + dry).ok());
  const std::string other = "parent: 'channels/other' request_id: 'f'" + dry;
  EXPECT_EQ(world.Ask(&Listings::ForceUpdate, other).reason(), "REQUEST_ID_REUSED");
  EXPECT_EQ(world.Ask(&Listings::ClearLatency, other).reason(), "REQUEST_ID_REUSED");
  const std::string wrong = " request_id: 'with space'" + dry;
  EXPECT_THAT(world.Ask(&Listings::ForceUpdate, "parent: 'channels/amz-de'" + wrong).fields(),
              ElementsAre("request_id"));
  EXPECT_THAT(world.Ask(&RuleImports::ApplyRuleImport, "parent: 'channels/amz-de' hash: 'x'" + wrong).fields(),
              ElementsAre("request_id"));
}

TEST(PagesTest, WalkEveryRowOnce) {
  ApiWorld world;
  for (const char* id : {"a", "b", "c", "d", "e"}) world.MakeAccount(id);
  std::vector<std::string> names;
  api::ListAccountsRequest request;
  request.set_page_size(2);
  int pages = 0;
  do {
    const auto page = world.Send(&Accounts::ListAccounts, request);
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& account : page->accounts()) names.push_back(account.name());
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("accounts/a", "accounts/b", "accounts/c", "accounts/d", "accounts/e"));
  EXPECT_EQ(pages, 3);
}

TEST(PagesTest, SizeIsBounded) {
  ApiWorld world;
  world.Write([](Tx& tx) -> absl::Status {
    for (int i = 0; i < 1100; ++i) {
      QS_RETURN_IF_ERROR(tx.PutItem({.id = i + 1, .sku = "S" + std::to_string(10000 + i)}));
    }
    return absl::OkStatus();
  });
  EXPECT_EQ(world.Ask(&Inventory::ListItems, "")->items_size(), 100);
  EXPECT_EQ(world.Ask(&Inventory::ListItems, "page_size: 5000")->items_size(), 1000);
  EXPECT_THAT(world.Ask(&Inventory::ListItems, "page_size: -1").fields(), ElementsAre("page_size"));
}

TEST(PagesTest, TokenIsBoundToMethodAndFilter) {
  ApiWorld world;
  world.Write([](Tx& tx) -> absl::Status {
    for (int i = 1; i <= 3; ++i) QS_RETURN_IF_ERROR(tx.PutItem({.id = i, .sku = "S" + std::to_string(i)}));
    return absl::OkStatus();
  });
  const std::string token = world.Ask(&Inventory::ListItems, "page_size: 1 sku_prefix: 'S'")->next_page_token();
  ASSERT_FALSE(token.empty());
  const std::string with_token = " page_token: '" + token + "'";
  EXPECT_TRUE(world.Ask(&Inventory::ListItems, "page_size: 2 sku_prefix: 'S'" + with_token).ok());
  EXPECT_EQ(world.Ask(&Inventory::ListItems, with_token).reason(), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(world.Ask(&Accounts::ListAccounts, with_token).reason(), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(world.Ask(&Inventory::ListItems, "page_token: 'nonsense'").reason(), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "page_token: '####'").reason(), "INVALID_PAGE_TOKEN");
}

TEST(ErrorsTest, ManyViolationsStillReachTheClient) {
  ApiWorld world;
  api::SetLevelsRequest request;
  for (int i = 0; i < 1000; ++i) {
    auto* change = request.add_changes();
    change->set_sku("S");
    change->set_location("wrong\xc3\xa9");
  }
  const auto refused = world.Send(&Inventory::SetLevels, request);
  EXPECT_EQ(refused.code(), grpc::StatusCode::INVALID_ARGUMENT);
  const Refusal refusal(refused.status);
  EXPECT_GT(refusal.bad_request.field_violations_size(), 10);
  EXPECT_EQ(refusal.info.metadata().at("violations"), "1000");
}

// Names, bounds and what only another part knows: a client corrects all of it at once.
TEST(ErrorsTest, WhatIsWrong_IsToldAtOnce_WhoeverFindsIt) {
  ApiWorld world;
  EXPECT_THAT(world
                  .Ask(&Inventory::SetLevels,
                       "changes { sku: 'A' level: -1 } changes { sku: '' location: 'shed' } changes { sku: 'C' }")
                  .fields(),
              ElementsAre("changes[1].location", "changes[0].level", "changes[1].sku"));
  EXPECT_THAT(world.Ask(&Inventory::AdjustLevel, "sku: 'A' location: 'shed' delta: 2000000000").fields(),
              ElementsAre("location", "delta"));
  EXPECT_THAT(world.Ask(&Inventory::CreateItem, "item { properties { key: '' value: 'x' } }").fields(),
              ElementsAre("item.sku", "item.properties"));
  EXPECT_THAT(world
                  .Ask(&Listings::LinkListing,
                       "name: 'channels/uk/listings/A' item: 'MUG' item_sku: 'MUG' units_per_listing: -1")
                  .fields(),
              ElementsAre("item", "units_per_listing", "item"));
  EXPECT_THAT(world.Ask(&Shippings::SetShippingMapping, "parent: 'channels/uk' postal_method: 'post'").fields(),
              ElementsAre("tag", "postal_method"));
  // One by itself keeps its reason.
  EXPECT_EQ(world.Ask(&Inventory::SetLevels, "changes { sku: 'A' level: -1 }").reason(), "INVALID_LEVEL");
  EXPECT_EQ(world.Ask(&Listings::LinkListing, "name: 'channels/uk/listings/A' item: 'MUG'").reason(), "INVALID_NAME");
}

TEST(ErrorsTest, FaultWithoutReasonIsInternalAndKeepsItsTextToItself) {
  ApiWorld world;
  world.MakeAccount();
  for (const char* secret : {"client_secret", "refresh_token"}) {
    world.Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
  }
  world.engine.test_account = [](const std::string&, DurationUs) {
    return absl::NotFoundError("canary of buyer@example.com");
  };
  const auto failed = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
  EXPECT_EQ(failed.code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(failed.reason(), "INTERNAL");
  EXPECT_EQ(failed.status.error_details().find("canary"), std::string::npos);

  world.engine.test_account = [&](const std::string&, DurationUs) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kRateLimited, "wait",
                     {{"retry_at_us", std::to_string(world.clock.Now() + 90 * kSecondUs)}});
  };
  const Refusal limited(world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'").status);
  EXPECT_TRUE(limited.has_retry);
  EXPECT_EQ(limited.retry.retry_delay().seconds(), 90);
}

// What plugins and host services answer, as the API promises it. Inside the host these codes say what a lane does next.
TEST(ErrorsTest, CodesOfTheHostsInside_AreTranslatedForClients) {
  struct Case {
    absl::StatusCode inside;
    Reason reason;
    grpc::StatusCode told;
  };
  const std::vector<Case> cases = {
      {absl::StatusCode::kUnavailable, Reason::kRateLimited, grpc::StatusCode::RESOURCE_EXHAUSTED},
      {absl::StatusCode::kUnavailable, Reason::kThrottled, grpc::StatusCode::RESOURCE_EXHAUSTED},
      {absl::StatusCode::kUnavailable, Reason::kPluginCrashed, grpc::StatusCode::INTERNAL},
      {absl::StatusCode::kCancelled, Reason::kShuttingDown, grpc::StatusCode::UNAVAILABLE},
      {absl::StatusCode::kUnavailable, Reason::kChannelUnavailable, grpc::StatusCode::UNAVAILABLE},
      // Not the caller's: he is signed in, and may call.
      {absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused, grpc::StatusCode::FAILED_PRECONDITION},
      {absl::StatusCode::kUnauthenticated, Reason::kSecretMissing, grpc::StatusCode::FAILED_PRECONDITION},
      {absl::StatusCode::kPermissionDenied, Reason::kOriginDenied, grpc::StatusCode::FAILED_PRECONDITION},
      {absl::StatusCode::kUnauthenticated, Reason::kTokenRefused, grpc::StatusCode::UNAUTHENTICATED},
      {absl::StatusCode::kPermissionDenied, Reason::kPermissionDenied, grpc::StatusCode::PERMISSION_DENIED},
  };
  ApiWorld world;
  world.MakeAccount();
  for (const char* secret : {"client_secret", "refresh_token"}) {
    world.Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
  }
  for (const Case& each : cases) {
    world.engine.test_account = [&](const std::string&, DurationUs) {
      return MakeError(each.inside, each.reason, "check: said the marketplace",
                       {{"retry_at_us", std::to_string(world.clock.Now() + 5 * kSecondUs)}});
    };
    const auto failed = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
    EXPECT_EQ(failed.code(), each.told) << ReasonText(each.reason);
    EXPECT_EQ(failed.reason(), ReasonText(each.reason));
    EXPECT_EQ(failed.status.error_message(), "check: said the marketplace");
    EXPECT_EQ(Refusal(failed.status).retry.retry_delay().seconds(), 5);
  }
}

TEST(NamesTest, WrongFormsAreInvalidNames) {
  ApiWorld world;
  for (const std::string name :
       {"", "accounts/", "accounts/A", "accounts/a/b", "channels/a", "accounts/1a", "/accounts/a"}) {
    EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: '" + name + "'").reason(), "INVALID_NAME") << name;
  }
  for (const std::string name :
       {"orders/", "orders/-1", "orders/+1", "orders/ 1", "orders/01", "orders/99999999999999999999"}) {
    EXPECT_EQ(world.Ask(&Orders::GetOrder, "name: '" + name + "'").reason(), "INVALID_NAME") << name;
  }
}

// A world whose TestAccount waits for a word.
struct SlowWorld : ApiWorld {
  explicit SlowWorld(const ApiOptions& options) : ApiWorld(options) {
    MakeAccount();
    for (const char* secret : {"client_secret", "refresh_token"}) {
      Ask(&Accounts::SetAccountSecret, std::string("name: 'accounts/amz' value: 'x' secret: '") + secret + "'");
    }
    engine.test_account = [this](const std::string&, DurationUs) {
      started.fetch_add(1);
      released.wait();
      return quayside::plugin::v1::CheckReply();
    };
  }
  ~SlowWorld() {
    if (!done) Release();
    StopServer();  // its threads use the members below
  }
  void Release() {
    done = true;
    release.set_value();
  }
  std::atomic<int> started{0};
  bool done = false;
  std::promise<void> release;
  std::shared_future<void> released{release.get_future()};
};

TEST(DeadlineTest, CallWithoutOneGetsTheDefault) {
  ApiOptions options;
  options.default_deadline = std::chrono::milliseconds(50);
  SlowWorld world(options);
  const auto late = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
  EXPECT_EQ(late.reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(late.code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(DeadlineTest, LongOneIsCapped) {
  ApiOptions options;
  options.max_deadline = std::chrono::milliseconds(50);
  SlowWorld world(options);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  api::TestAccountResponse response;
  const grpc::Status late = world.stub<Accounts>().TestAccount(
      &context, FromText<api::TestAccountRequest>("name: 'accounts/amz'"), &response);
  EXPECT_EQ(Refusal(late).info.reason(), "DEADLINE_EXCEEDED");
}

// A deadline that is over when the call arrives, so that nothing depends on how fast this machine is.
constexpr std::chrono::milliseconds kOver{0};

TEST(DeadlineTest, ReadWithoutOneGetsTheDefault_AndEndsWithDetails) {
  ApiOptions options;
  options.default_deadline = kOver;
  ApiWorld world(options);
  world.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = 1, .sku = "MUG"}));
    return tx.PutAccount({.id = "amz", .plugin_id = "amazon"});
  });
  const auto late = world.Ask(&Inventory::ListItems, "");
  EXPECT_EQ(late.code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(late.reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(late->items_size(), 0);
  EXPECT_EQ(world.Ask(&Orders::ListOrders, "").reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(world.Ask(&Orders::ListOrdersOfBuyer, "buyer_email: 'a@example.com'").reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: 'accounts/amz'").reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(world.Ask(&Audits::ListAuditRecords, "").reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(world.Ask(&Events::ListEvents, "").reason(), "DEADLINE_EXCEEDED");
  // What is wrong without looking anything up is said all the same.
  EXPECT_EQ(world.Ask(&Accounts::GetAccount, "name: 'nonsense'").reason(), "INVALID_NAME");
  // The client's own counts before the default.
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  api::ListItemsResponse response;
  EXPECT_TRUE(world.stub<Inventory>().ListItems(&context, api::ListItemsRequest(), &response).ok());
  EXPECT_EQ(response.items_size(), 1);
}

TEST(DeadlineTest, LongOneOfAReadIsCapped) {
  ApiOptions options;
  options.max_deadline = kOver;
  ApiWorld world(options);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  api::ListItemsResponse response;
  const grpc::Status late = world.stub<Inventory>().ListItems(&context, api::ListItemsRequest(), &response);
  EXPECT_EQ(Refusal(late).info.reason(), "DEADLINE_EXCEEDED");
  EXPECT_TRUE(world.Ask(&Inventory::ListItems, "").ok());
}

TEST(DeadlineTest, CancelledCallEndsAtOnceAndTheHostGoesOn) {
  SlowWorld world(ApiOptions{});
  grpc::ClientContext context;
  std::thread canceller([&] {
    while (world.started == 0) std::this_thread::yield();
    context.TryCancel();
  });
  api::TestAccountResponse response;
  const grpc::Status cancelled = world.stub<Accounts>().TestAccount(
      &context, FromText<api::TestAccountRequest>("name: 'accounts/amz'"), &response);
  canceller.join();
  EXPECT_EQ(cancelled.error_code(), grpc::StatusCode::CANCELLED);
  // Writes have threads of their own.
  EXPECT_TRUE(world.Ask(&Accounts::CreateAccount, "account { plugin: 'plugins/amazon' }").ok());
}

TEST(DeadlineTest, FullQueueRefusesAtOnce) {
  ApiOptions options;
  options.slow_threads = 1;
  options.max_waiting_calls = 1;
  SlowWorld world(options);
  std::vector<std::thread> callers;
  std::atomic<int> served{0}, refused{0};
  const auto call = [&] {
    const auto answer = world.Ask(&Accounts::TestAccount, "name: 'accounts/amz'");
    if (answer.ok()) {
      ++served;
    } else {
      EXPECT_EQ(answer.reason(), "OVERLOADED");
      EXPECT_EQ(answer.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
      EXPECT_TRUE(Refusal(answer.status).has_retry);
      ++refused;
    }
  };
  callers.emplace_back(call);
  while (world.started == 0) std::this_thread::yield();
  for (int i = 0; i < 4; ++i) callers.emplace_back(call);
  while (refused < 3) std::this_thread::yield();
  world.Release();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 2);
  EXPECT_EQ(refused, 3);
}

TEST(DeadlineTest, StopCancelsWhatDoesNotEnd) {
  SlowWorld world(ApiOptions{});
  std::thread caller([&] { EXPECT_FALSE(world.Ask(&Accounts::CreateAccount, "").ok()); });
  caller.join();
  auto hanging = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    api::TestAccountResponse response;
    return world.stub<Accounts>().TestAccount(&context, FromText<api::TestAccountRequest>("name: 'accounts/amz'"),
                                              &response);
  });
  while (world.started == 0) std::this_thread::yield();
  std::thread stopper([&] { world.server->Stop(10 * kMillisecondUs); });
  const grpc::StatusCode code = hanging.get().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::UNAVAILABLE) << code;
  world.Release();
  stopper.join();
}

}  // namespace
}  // namespace quayside
