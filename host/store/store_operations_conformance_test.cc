// Operations: written, listed, trimmed.
#include "host/base/errors.h"
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
  EXPECT_THAT(listed({.only_running = true}), ElementsAre(6, 3));
  EXPECT_THAT(listed({.only_running = true, .before_id = 6}), ElementsAre(3));
  MustWrite([](Tx& tx) { return tx.TrimOperations(10); });
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 4, 3, 2, 1));
  MustWrite([](Tx& tx) { return tx.TrimOperations(2); });
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 3));
  MustWrite([](Tx& tx) { return tx.TrimOperations(0); });
  EXPECT_THAT(listed({}), ElementsAre(6, 3));
}

}  // namespace
}  // namespace quayside
