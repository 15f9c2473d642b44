// Dead letters, events, budgets, stored answers, keys.
#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/store/store_conformance.h"
#include "host/store/trace_key.h"

namespace quayside {
namespace {

using sample::DeadLetter;
using sample::KeysOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST_P(StoreConformance, DeadLetters_CountTheSameRecordAgain) {
  DeadLetterRecord again = DeadLetter(2, "lane", "orders[1]");
  again.reason = "STILL_BAD";
  again.raw = "new raw";
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(DeadLetter(1, "lane", "orders[1]")));
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(again));
    return tx.PutDeadLetter(DeadLetter(3, "other", "orders[1]"));
  });
  const std::vector<DeadLetterRecord> letters =
      MustRead([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "lane"}); });
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].id, 1);
  EXPECT_EQ(letters[0].key, "orders[1]");
  EXPECT_EQ(letters[0].reason, "STILL_BAD");
  EXPECT_EQ(letters[0].raw, "new raw");
  EXPECT_EQ(letters[0].state, DeadLetterState::kOpen);
  EXPECT_EQ(letters[0].created_us, 11);
  EXPECT_EQ(letters[0].last_seen_us, 22);
  EXPECT_EQ(letters[0].times_seen, 2);
  const auto open = MustRead([](ReadTx& tx) { return tx.FindOpenDeadLetter("lane", "orders[1]"); });
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->id, 1) << "the second one was counted, not added";
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindOpenDeadLetter("lane", "orders[2]"); }).has_value());
}

TEST_P(StoreConformance, DeadLetters_OpenAnewAfterTheOldOneIsSettled) {
  DeadLetterRecord settled = DeadLetter(1, "lane", "k");
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(settled));
    settled.state = DeadLetterState::kRetried;
    QS_RETURN_IF_ERROR(tx.PutDeadLetter(settled));
    return tx.PutDeadLetter(DeadLetter(2, "lane", "k"));
  });
  const auto letters = MustRead([](ReadTx& tx) { return tx.ListDeadLetters({.lane_id = "lane"}); });
  EXPECT_THAT(KeysOf(letters, &DeadLetterRecord::id), ElementsAre(2, 1));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindOpenDeadLetter("lane", "k"); })->id, 2);
  EXPECT_THAT(KeysOf(letters, &DeadLetterRecord::raw), ElementsAre(settled.raw, settled.raw));
  EXPECT_THAT(KeysOf(letters, &DeadLetterRecord::state),
              ElementsAre(DeadLetterState::kOpen, DeadLetterState::kRetried));
}

TEST_P(StoreConformance, DeadLetters_ListNewestFirstAndCount) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 6; ++id) {
      DeadLetterRecord letter = DeadLetter(id, id % 2 == 0 ? "even" : "odd", sample::Id("k", id));
      letter.state = id <= 2 ? DeadLetterState::kDiscarded : DeadLetterState::kOpen;
      QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
    }
    return absl::OkStatus();
  });
  const auto ids = [&](const DeadLetterQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListDeadLetters(query); }), &DeadLetterRecord::id);
  };
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(6, 5));
  EXPECT_THAT(ids({.before_id = 3}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.lane_id = "odd"}), ElementsAre(5, 3, 1));
  EXPECT_THAT(ids({.state = DeadLetterState::kDiscarded}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.lane_id = "odd", .state = DeadLetterState::kOpen, .before_id = 5}), ElementsAre(3));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDeadLetters("odd", DeadLetterState::kOpen); }), 2);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDeadLetters("", DeadLetterState::kOpen); }), 4);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.CountDeadLetters("none", DeadLetterState::kOpen); }), 0);
}

TEST_P(StoreConformance, Events_RoundTripWithRevisionsFromOne) {
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }), 0);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FirstEventRevision(); }), 0);
  const EventRecord written = {.revision = 99,
                               .time_us = 5,
                               .type = "order.received",
                               .resource = "orders/1",
                               .attributes = {{"account", "acc-1"}, {"odd", "\xff\"\\\n"}}};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t first, tx.AppendEvent(written));
    EXPECT_EQ(first, 1);
    QS_ASSIGN_OR_RETURN(const int64_t second, tx.AppendEvent({.type = "run.ended"}));
    EXPECT_EQ(second, 2);
    QS_ASSIGN_OR_RETURN(const int64_t last, tx.LastEventRevision());
    EXPECT_EQ(last, 2) << "a transaction sees its own events";
    return absl::OkStatus();
  });
  const std::vector<EventRecord> events = MustRead([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].revision, 1);
  EXPECT_EQ(events[0].time_us, written.time_us);
  EXPECT_EQ(events[0].type, written.type);
  EXPECT_EQ(events[0].resource, written.resource);
  EXPECT_EQ(events[0].attributes, written.attributes);
  EXPECT_THAT(events[1].attributes, IsEmpty());
}

TEST_P(StoreConformance, EventsOfAnOrder_AreItsOwn_AndThoseBelowIt_InTheirOrder) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* resource : {"orders/5/despatches/1", "orders/50", "items/5", "orders/5", "channels/5", "orders/15",
                                 "orders/5/allocations/2", "orders/51/despatches/5", "", "host"}) {
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e", .resource = resource, .attributes = {{"k", "v"}}}).status());
    }
    return absl::OkStatus();
  });
  const auto events = MustRead([](ReadTx& tx) { return tx.ListOrderEvents(5, 100); });
  EXPECT_THAT(KeysOf(events, &EventRecord::resource),
              ElementsAre("orders/5/despatches/1", "orders/5", "orders/5/allocations/2"));
  EXPECT_THAT(KeysOf(events, &EventRecord::revision), ElementsAre(1, 4, 7));
  EXPECT_THAT(events[0].attributes, ElementsAre(Pair("k", "v")));
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListOrderEvents(5, 2); }), &EventRecord::revision),
              ElementsAre(1, 4));
  MustWrite([](Tx& tx) { return tx.DeleteEventsBefore(5); });
  EXPECT_THAT(KeysOf(MustRead([](ReadTx& tx) { return tx.ListOrderEvents(5, 100); }), &EventRecord::revision),
              ElementsAre(7));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListOrderEvents(7, 100); }), IsEmpty());
}

TEST_P(StoreConformance, EventsAndAudit_NameTheTraceOfWhoWroteThem) {
  const auto append = [](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e", .attributes = {{"k", "v"}}}).status());
    QS_RETURN_IF_ERROR(tx.AppendAudit({.action = "a", .details = {{"k", "v"}}}).status());
    return tx.AppendAudit({.action = "b", .details = {{kTraceIdKey, "of a refusal"}}}).status();
  };
  const auto trace = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  {
    const TraceScope scope(trace);
    MustWrite(append);
  }
  MustWrite(append);
  const std::string id = TraceIdText(*trace);
  const std::vector<EventRecord> events = MustRead([](ReadTx& tx) { return tx.ListEvents({}); });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[0].attributes, ElementsAre(Pair("k", "v"), Pair(kTraceIdKey, id)));
  EXPECT_THAT(events[1].attributes, ElementsAre(Pair("k", "v")));
  const std::vector<AuditRecord> audit = MustRead([](ReadTx& tx) { return tx.ListAudit({}); });
  ASSERT_EQ(audit.size(), 4u);
  EXPECT_THAT(audit[3].details, ElementsAre(Pair("k", "v"), Pair(kTraceIdKey, id)));
  EXPECT_THAT(audit[2].details, ElementsAre(Pair(kTraceIdKey, "of a refusal")));
  EXPECT_THAT(audit[1].details, ElementsAre(Pair("k", "v")));
}

TEST_P(StoreConformance, ListEvents_ResumesAfterARevisionAndFiltersByPrefix) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (const char* type : {"order.received", "orders", "run.ended", "order.changed", "level%set"}) {
      QS_RETURN_IF_ERROR(tx.AppendEvent({.type = type}).status());
    }
    return absl::OkStatus();
  });
  const auto revisions = [&](const EventQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListEvents(query); }), &EventRecord::revision);
  };
  EXPECT_THAT(revisions({.after_revision = 3}), ElementsAre(4, 5));
  EXPECT_THAT(revisions({.after_revision = 1, .limit = 2}), ElementsAre(2, 3));
  EXPECT_THAT(revisions({.type_prefixes = {"order."}}), ElementsAre(1, 4));
  EXPECT_THAT(revisions({.type_prefixes = {"order.", "run"}, .limit = 2}), ElementsAre(1, 3));
  EXPECT_THAT(revisions({.type_prefixes = {"level%"}}), ElementsAre(5));
  EXPECT_THAT(revisions({.type_prefixes = {"%"}}), IsEmpty());
}

TEST_P(StoreConformance, DeleteEventsBefore_KeepsTheCounter) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int i = 0; i < 5; ++i) QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "e"}).status());
    return tx.DeleteEventsBefore(4);
  });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FirstEventRevision(); }), 4);
  MustWrite([](Tx& tx) { return tx.DeleteEventsBefore(100); });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FirstEventRevision(); }), 0);
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.LastEventRevision(); }), 5);
  MustWrite([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const int64_t revision, tx.AppendEvent({.type = "e"}));
    EXPECT_EQ(revision, 6);
    return absl::OkStatus();
  });
}

TEST_P(StoreConformance, BudgetsAreExact_UntilSomebodySaysOtherwise_AndAcrossARestart) {
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.BudgetsAreExact(); })) << "nothing was ever sent";
  MustWrite([](Tx& tx) { return tx.SetBudgetsExact(false); });
  Reopen();
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.BudgetsAreExact(); }));
  MustWrite([](Tx& tx) { return tx.SetBudgetsExact(true); });
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.BudgetsAreExact(); }));
}

TEST_P(StoreConformance, Budgets_RoundTripPerAccount) {
  const BudgetRecord written = {.account_id = "acc-1",
                                .operation = "getOrders",
                                .tokens = 19.25,
                                .rate_per_second = 0.0167,
                                .burst = 20,
                                .updated_us = 5,
                                .blocked_until_us = 6,
                                .share = 0.81,
                                .share_changed_us = 7,
                                .shared_since_us = 8,
                                .refused_us = 9};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutBudget({.account_id = "acc-1", .operation = "getOrders"}));
    QS_RETURN_IF_ERROR(tx.PutBudget(written));
    return tx.PutBudget({.account_id = "acc-2", .operation = "getOrders"});
  });
  const std::vector<BudgetRecord> budgets = MustRead([](ReadTx& tx) { return tx.ListBudgets("acc-1"); });
  ASSERT_EQ(budgets.size(), 1u);
  EXPECT_EQ(budgets[0].operation, written.operation);
  EXPECT_EQ(budgets[0].tokens, written.tokens);
  EXPECT_EQ(budgets[0].rate_per_second, written.rate_per_second);
  EXPECT_EQ(budgets[0].burst, written.burst);
  EXPECT_EQ(budgets[0].updated_us, written.updated_us);
  EXPECT_EQ(budgets[0].blocked_until_us, written.blocked_until_us);
  EXPECT_EQ(budgets[0].share, written.share);
  EXPECT_EQ(budgets[0].share_changed_us, written.share_changed_us);
  EXPECT_EQ(budgets[0].shared_since_us, written.shared_since_us);
  EXPECT_EQ(budgets[0].refused_us, written.refused_us);
}

TEST_P(StoreConformance, Requests_RoundTripAndExpire) {
  const std::string bytes("\0\x01\xff", 3);
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutRequest({.method = "M", .request_id = "old", .created_us = 9}));
    return tx.PutRequest({.method = "M", .request_id = "r", .body_sha256 = bytes, .response = bytes, .created_us = 10});
  });
  const std::optional<RequestRecord> read = MustRead([](ReadTx& tx) { return tx.FindRequest("M", "r"); });
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->body_sha256, bytes);
  EXPECT_EQ(read->response, bytes);
  EXPECT_EQ(read->created_us, 10);
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindRequest("N", "r"); }).has_value());
  MustWrite([](Tx& tx) { return tx.DeleteRequestsBefore(10); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.FindRequest("M", "old"); }).has_value());
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.FindRequest("M", "r"); }).has_value());
}

TEST_P(StoreConformance, Keys_RoundTripById) {
  const std::string bytes("\0wrapped\xff", 9);
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutKey({.id = 2, .wrapped = "b", .created_us = 2}));
    return tx.PutKey({.id = 1, .wrapped = bytes, .created_us = 1});
  });
  const std::vector<WrappedKeyRecord> keys = MustRead([](ReadTx& tx) { return tx.ListKeys(); });
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].id, 1);
  EXPECT_EQ(keys[0].wrapped, bytes);
  EXPECT_EQ(keys[0].created_us, 1);
}

}  // namespace
}  // namespace quayside
