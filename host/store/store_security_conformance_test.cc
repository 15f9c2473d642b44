// The audit trail with its chain, and the tokens of the API.
#include "host/base/errors.h"
#include "host/store/audit_chain.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using testing::ElementsAre;

TEST_P(StoreConformance, Audit_NumbersWithoutGaps_AndListsNewestFirst) {
  const auto append = [&](const std::string& resource) {
    int64_t id = 0;
    MustWrite([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(id, tx.AppendAudit({.time_us = 5,
                                              .actor = "local",
                                              .action = "plugin.reload",
                                              .resource = resource,
                                              .outcome = "ok",
                                              .details = {{"version", "1.1.0"}}}));
      return absl::OkStatus();
    });
    return id;
  };
  EXPECT_EQ(append("plugins/a"), 1);
  const absl::Status undone = store().Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AppendAudit({}).status());
    return absl::CancelledError("");
  });
  EXPECT_TRUE(absl::IsCancelled(undone));
  EXPECT_EQ(append("plugins/b"), 2);
  EXPECT_EQ(append("plugins/a"), 3);

  const auto list = [&](const AuditQuery& query) {
    std::vector<int64_t> ids;
    for (const AuditRecord& record : MustRead([&](ReadTx& tx) { return tx.ListAudit(query); }))
      ids.push_back(record.id);
    return ids;
  };
  EXPECT_THAT(list({}), ElementsAre(3, 2, 1));
  EXPECT_THAT(list({.before_id = 3, .limit = 1}), ElementsAre(2));
  EXPECT_THAT(list({.resource = "plugins/a"}), ElementsAre(3, 1));
  const AuditRecord expected{.id = 3,
                             .time_us = 5,
                             .actor = "local",
                             .action = "plugin.reload",
                             .resource = "plugins/a",
                             .outcome = "ok",
                             .details = {{"version", "1.1.0"}}};
  AuditRecord newest = MustRead([](ReadTx& tx) { return tx.ListAudit({.limit = 1}); }).front();
  EXPECT_EQ(newest.hash.size(), 32U);
  newest.hash.clear();
  EXPECT_EQ(newest, expected);
}

TEST_P(StoreConformance, Audit_EachHash_CoversTheRecordAndTheOneBefore) {
  for (const char* actor : {"local", "tokens/ci", "local"}) {
    MustWrite([&](Tx& tx) {
      return tx.AppendAudit({.time_us = 7, .actor = actor, .action = "a", .details = {{"k", "v"}}}).status();
    });
  }
  const std::vector<AuditRecord> records = MustRead([](ReadTx& tx) { return tx.WalkAudit(0, 10); });
  ASSERT_EQ(records.size(), 3U);
  std::string before;
  for (const AuditRecord& record : records) {
    EXPECT_EQ(record.hash, AuditHash(before, record)) << record.id;
    before = record.hash;
  }
  AuditRecord changed = records[1];
  changed.details["k"] = "w";
  EXPECT_NE(AuditHash(records[0].hash, changed), records[1].hash);
  EXPECT_NE(AuditHash("", records[1]), records[1].hash);
  const AuditExtent extent = MustRead([](ReadTx& tx) { return tx.GetAuditExtent(); });
  EXPECT_EQ(extent.chained_after, 0);
  EXPECT_EQ(extent.last_id, 3);
  const auto by_tokens = MustRead([](ReadTx& tx) { return tx.ListAudit({.actor = "tokens/ci"}); });
  ASSERT_EQ(by_tokens.size(), 1U);
  EXPECT_EQ(by_tokens.front().id, 2);
}

TEST(AuditHash, KeepsFieldsApart) {
  EXPECT_NE(AuditHash("", {.actor = "ab", .action = "c"}), AuditHash("", {.actor = "a", .action = "bc"}));
  EXPECT_NE(AuditHash("", {.details = {{"a", "b"}}}), AuditHash("", {.outcome = "a", .details = {{"b", ""}}}));
}

TEST_P(StoreConformance, Tokens_RoundTrip_AndTheirUseIsNoted) {
  const TokenRecord token{.id = "ci",
                          .secret_sha256 = std::string("\0\1binary", 8),
                          .display_name = "Nightly build",
                          .roles = {"viewer", "auditor"},
                          .channels = {"amz-de", "amz-fr"},
                          .created_by = "local",
                          .created_us = 5,
                          .expires_us = 9};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutToken({.id = "b"}));
    QS_RETURN_IF_ERROR(tx.PutToken(token));
    QS_RETURN_IF_ERROR(tx.SetTokenUsed("ci", 8));
    return tx.SetTokenUsed("nobody", 8);
  });
  TokenRecord expected = token;
  expected.last_used_us = 8;
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListTokens(); }), ElementsAre(TokenRecord{.id = "b"}, expected));
}

}  // namespace
}  // namespace quayside
