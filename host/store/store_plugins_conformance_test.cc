// Versions of plugins, strikes, former positions and options.
#include "host/base/errors.h"
#include "host/store/store_conformance.h"

namespace quayside {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PluginVersionRecord Version(const std::string& version) {
  return {.plugin_id = "amazon",
          .version = version,
          .folder = "/plugins/amazon/" + version,
          .sha256 = "ab12",
          .manifest_json = "{\"id\": \"amazon\"}",
          .placed_us = 1,
          .last_active_us = 2,
          .standing = VersionStanding::kQuarantined,
          .why = "the host died inside it twice",
          .standing_us = 3};
}

CursorRecord At(uint32_t schema, const std::string& state) {
  return {.schema = schema, .state = state, .watermark_us = static_cast<TimeUs>(schema) * 10};
}

TEST_P(StoreConformance, PluginVersions_RoundTrip_ByPlugin) {
  PluginVersionRecord other = Version("1.0.0");
  other.plugin_id = "ebay";
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPluginVersion(Version("1.1.0")));
    QS_RETURN_IF_ERROR(tx.PutPluginVersion(Version("1.0.0")));
    return tx.PutPluginVersion(other);
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListPluginVersions("amazon"); }),
              ElementsAre(Version("1.0.0"), Version("1.1.0")));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindPluginVersion("amazon", "1.1.0"); }), Version("1.1.0"));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindPluginVersion("amazon", "2.0.0"); }), std::nullopt);
}

TEST_P(StoreConformance, PluginVersions_AreReplacedByTheirKey) {
  PluginVersionRecord later = Version("1.0.0");
  later.standing = VersionStanding::kGood;
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPluginVersion(Version("1.0.0")));
    return tx.PutPluginVersion(later);
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListPluginVersions("amazon"); }), ElementsAre(later));
}

TEST_P(StoreConformance, Plugins_RememberThatAnOperatorUnloadedThem) {
  MustWrite([](Tx& tx) { return tx.PutPlugin({.id = "amazon", .version = "1.0.0"}); });
  EXPECT_FALSE(MustRead([](ReadTx& tx) { return tx.GetPlugin("amazon"); }).unloaded);
  MustWrite([](Tx& tx) { return tx.PutPlugin({.id = "amazon", .version = "1.0.0", .unloaded = true}); });
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.GetPlugin("amazon"); }).unloaded);
  EXPECT_TRUE(MustRead([](ReadTx& tx) { return tx.ListPlugins(); }).front().unloaded);
}

TEST_P(StoreConformance, Strikes_AreKeptInTheirOrder_AndCleared) {
  const StrikeRecord first{"amazon", "1.0.0", 7, "acc.orders", "SIGSEGV"};
  const StrikeRecord second{"amazon", "1.0.0", 5, "", "exit"};
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.AddStrike(first));
    QS_RETURN_IF_ERROR(tx.AddStrike(second));
    return tx.AddStrike({"amazon", "1.1.0", 9, "", "SIGBUS"});
  });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListStrikes("amazon", "1.0.0"); }), ElementsAre(first, second));
  MustWrite([](Tx& tx) { return tx.ClearStrikes("amazon", "1.0.0"); });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListStrikes("amazon", "1.0.0"); }), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListStrikes("amazon", "1.1.0"); }).size(), 1U);
}

TEST_P(StoreConformance, FormerCursors_OneOfEachSchemaLeft_NewestFirst) {
  LaneRecord lane = sample::Lane("acc-1.orders", 1, "");
  CursorRecord at;
  const auto move = [&](const CursorRecord& to) {
    lane.cursor = to;
    MustWrite([&](Tx& tx) { return tx.CommitLane({.record = lane, .expected_cursor = at}); });
    at = to;
  };
  move(At(1, "a"));
  move(At(1, "b"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListFormerCursors("acc-1.orders"); }), IsEmpty());
  move(At(2, "c"));
  move(At(3, "d"));
  move(At(2, "e"));
  move(At(3, "f"));
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListFormerCursors("acc-1.orders"); }),
              ElementsAre(At(2, "e"), At(3, "d"), At(1, "b")));
}

TEST_P(StoreConformance, RestoreCursor_MovesTheLane_AndRefusesTheStepUnderWay) {
  LaneRecord lane = sample::Lane("acc-1.orders", 1, "");
  lane.cursor = At(1, "old");
  MustWrite([&](Tx& tx) { return tx.CommitLane({.record = lane, .expected_cursor = {}}); });
  lane.cursor = At(2, "new");
  MustWrite([&](Tx& tx) { return tx.CommitLane({.record = lane, .expected_cursor = At(1, "old")}); });
  MustWrite([&](Tx& tx) { return tx.RestoreCursor("acc-1.orders", At(1, "old")); });

  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindLane("acc-1.orders"); })->cursor, At(1, "old"));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.ListFormerCursors("acc-1.orders"); }).front(), At(2, "new"));
  lane.cursor = At(2, "newer");
  const absl::Status late =
      store().Write([&](Tx& tx) { return tx.CommitLane({.record = lane, .expected_cursor = At(2, "new")}); });
  EXPECT_TRUE(HasReason(late, Reason::kLaneFenced)) << late;
  EXPECT_TRUE(absl::IsNotFound(store().Write([](Tx& tx) { return tx.RestoreCursor("none", At(1, "")); })));
}

TEST_P(StoreConformance, FormerCursorsAndOptions_GoWithTheirAccount) {
  LaneRecord lane = sample::Lane("acc-1.orders", 1, "");
  lane.cursor = At(1, "a");
  MustWrite([&](Tx& tx) { return tx.CommitLane({.record = lane, .expected_cursor = {}}); });
  lane.cursor = At(2, "b");
  MustWrite([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccountOptions("acc-1", "1.0.0", {{"region", "eu"}}));
    return tx.CommitLane({.record = lane, .expected_cursor = At(1, "a")});
  });
  MustWrite([](Tx& tx) { return tx.DeleteAccount("acc-1"); });
  EXPECT_THAT(MustRead([](ReadTx& tx) { return tx.ListFormerCursors("acc-1.orders"); }), IsEmpty());
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindAccountOptions("acc-1", "1.0.0"); }), std::nullopt);
}

TEST_P(StoreConformance, AccountOptions_AreKeptByVersion) {
  using Options = std::map<std::string, std::string>;
  MustWrite([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutAccountOptions("acc-1", "1.0.0", {{"region", "eu"}}));
    QS_RETURN_IF_ERROR(tx.PutAccountOptions("acc-1", "1.0.0", {{"region", "na"}}));
    return tx.PutAccountOptions("acc-1", "1.1.0", {});
  });
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindAccountOptions("acc-1", "1.0.0"); }), (Options{{"region", "na"}}));
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindAccountOptions("acc-1", "1.1.0"); }), Options{});
  EXPECT_EQ(MustRead([](ReadTx& tx) { return tx.FindAccountOptions("acc-2", "1.0.0"); }), std::nullopt);
}

}  // namespace
}  // namespace quayside
