// Operations: written, listed, trimmed.
#include "host/base/errors.h"
#include "host/base/ids.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using sample::KeysOf;
using testing::ElementsAre;

OperationRecord Operation(int64_t id, OperationState state) {
  return {.id = id,
          .method = "AdminService.CreateBackup",
          .subject = "host",
          .actor = "tokens/ci",
          .state = state,
          .started_us = 5,
          .ended_us = state == OperationState::kRunning ? 0 : 9,
          .done = 3,
          .total = 4,
          .progress = "it's copied",
          .error = "no room",
          .error_reason = "DISK_FULL",
          .trace_id = "ab",
          .result = std::string("a\0b", 3),
          .facts = {{"path", "/b.db"}}};
}

TEST_P(StoreConformance, AnOperation_RoundTrips_AndIsWrittenOver) {
  EXPECT_TRUE(HasReason(ReadStatus([](ReadTx& tx) { return tx.GetOperation(1); }), Reason::kOperationNotFound));
  for (const OperationState state : {OperationState::kRunning, OperationState::kSucceeded, OperationState::kFailed}) {
    MustWrite([&](Tx& tx) { return tx.PutOperation(Operation(1, state)); });
    EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.GetOperation(1); }), Operation(1, state));
  }
}

TEST_P(StoreConformance, Operations_ListNewestFirst_AndThoseUnderWayAreNeverTrimmed) {
  MustWrite([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 6; ++id) {
      const OperationState state = id % 3 == 0 ? OperationState::kRunning : OperationState::kFailed;
      QS_RETURN_IF_ERROR(tx.PutOperation(Operation(id, state)));
    }
    return absl::OkStatus();
  });
  const auto listed = [&](const OperationQuery& query) {
    return KeysOf(MustRead([&](ReadTx& tx) { return tx.ListOperations(query); }), &OperationRecord::id);
  };
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(listed({.before_id = 5, .limit = 2}), ElementsAre(4, 3));
  EXPECT_THAT(listed({.state = OperationState::kRunning}), ElementsAre(6, 3));
  EXPECT_THAT(listed({.state = OperationState::kRunning, .before_id = 6}), ElementsAre(3));
  MustWrite([](Tx& tx) { return tx.TrimOperations(10); });
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 4, 3, 2, 1));
  MustWrite([](Tx& tx) { return tx.TrimOperations(2); });
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 3));
  MustWrite([](Tx& tx) { return tx.TrimOperations(0); });
  EXPECT_THAT(listed({}), ElementsAre(6, 3));
}

TEST_P(StoreConformance, Operations_AreListedByWhatTheyAre_AndBySpan_InBothDirections) {
  constexpr TimeUs kOperationsDay = 20'000 * kDayUs;
  const auto id_of = [](int64_t day) { return FirstIdAt(kOperationsDay + day * kDayUs) + 7; };
  MustWrite([&](Tx& tx) -> absl::Status {
    for (int64_t day = 1; day <= 6; ++day) {
      OperationRecord record = Operation(id_of(day), static_cast<OperationState>(1 + day % 3));
      record.started_us = kOperationsDay + day * kDayUs;
      if (day % 2 == 0) record.method = "PluginService.ReloadPlugin";
      if (day > 2) record.subject = "plugins/amazon";
      if (day == 5) record.actor = "local";
      QS_RETURN_IF_ERROR(tx.PutOperation(record));
    }
    return absl::OkStatus();
  });
  const auto days = [&](OperationQuery query) {
    std::vector<int64_t> found;
    for (const OperationRecord& record : MustRead([&](ReadTx& tx) { return tx.ListOperations(query); }))
      found.push_back((record.started_us - kOperationsDay) / kDayUs);
    return found;
  };
  EXPECT_THAT(days({.order = SortOrder::kAscending}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(days({.order = SortOrder::kAscending, .before_id = id_of(2), .limit = 2}), ElementsAre(3, 4));
  EXPECT_THAT(days({.state = OperationState::kRunning}), ElementsAre(6, 3));
  EXPECT_THAT(days({.state = OperationState::kSucceeded}), ElementsAre(4, 1));
  EXPECT_THAT(days({.state = OperationState::kFailed}), ElementsAre(5, 2));
  EXPECT_THAT(days({.method = "PluginService.ReloadPlugin", .subject = "plugins/amazon"}), ElementsAre(6, 4));
  EXPECT_THAT(days({.actor = "local"}), ElementsAre(5));
  const TimeSpan two_to_four{.from_us = kOperationsDay + 2 * kDayUs, .before_us = kOperationsDay + 5 * kDayUs};
  EXPECT_THAT(days({.started = two_to_four}), ElementsAre(4, 3, 2));
  EXPECT_THAT(days({.started = two_to_four, .order = SortOrder::kAscending, .before_id = id_of(2)}), ElementsAre(3, 4));
}

}  // namespace
}  // namespace quayside
