// Never half a file, never twice, whatever ends a step.
#include "file_world.h"
#include "position.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class PickupTest : public FileWorld {
 protected:
  static std::string OneOrder(const std::string& id) { return "order_id,sku,quantity\n" + id + ",MUG,1\n"; }
};

TEST_F(PickupTest, AReadFile_LiesInTheArchive_OnceItsLastPageIsCommitted) {
  files()["orders/a.csv"] = OneOrder("A-1");
  ASSERT_TRUE(Pull().ok());
  EXPECT_THAT(FilesUnder("orders/"), ElementsAre("work/a.csv")) << "its page is not committed yet";
  ASSERT_TRUE(Pull().ok());
  ASSERT_THAT(FilesUnder("orders/archive/"), SizeIs(1));
  EXPECT_THAT(FilesUnder("orders/archive/")[0], ::testing::MatchesRegex("2026[0-9]{4}T[0-9]{6}Z-[0-9a-f]{8}-a.csv"));
  EXPECT_THAT(FilesUnder("orders/work/"), IsEmpty());
  EXPECT_THAT(host_.documents(), IsEmpty());
}

TEST_F(PickupTest, AFileOfTheSameContent_IsNotReadTwice) {
  files()["orders/a.csv"] = OneOrder("A-1");
  PullAll();
  files()["orders/renamed.csv"] = OneOrder("A-1");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  EXPECT_THAT(FilesUnder("orders/work/"), IsEmpty());
  files()["orders/a.csv"] = OneOrder("A-2");
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-2")) << "the same name with other content is news";
}

TEST_F(PickupTest, AGrowingFile_WaitsUntilItStaysTheSame) {
  Set("stable_seconds", "30");
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,MU";
  auto reply = Pull();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply.value().next_poll_us(), host_.now() + 30 * kSecondUs);
  host_.SetNow(host_.now() + 29 * kSecondUs);
  files()["orders/a.csv"] = OneOrder("A-1");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  host_.SetNow(host_.now() + 29 * kSecondUs);
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty()) << "it changed 29 seconds ago";
  host_.SetNow(host_.now() + kSecondUs);
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-1"));
}

TEST_F(PickupTest, FilesThatCameTogether_AreAllTakenOnceTheyStayedTheSame) {
  Set("stable_seconds", "30");
  for (const char* name : {"a", "b", "c"})
    files()[std::string("orders/") + name + ".csv"] = OneOrder(std::string(name) + "-1");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  host_.SetNow(host_.now() + 30 * kSecondUs);
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("a-1", "b-1", "c-1"));
}

TEST_F(PickupTest, TheNextFileOfAName_IsNotWholeBecauseTheLastOneWas) {
  Set("stable_seconds", "30");
  files()["orders/a.csv"] = OneOrder("A-1");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  host_.SetNow(host_.now() + 30 * kSecondUs);
  const auto first = Pull();
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(IdsOf(first.value()), ElementsAre("A-1"));
  // As long as the one before, on a server that tells no times.
  files()["orders/a.csv"] = OneOrder("A-2");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
}

TEST_F(PickupTest, TheWatermark_WaitsForFilesThatWait) {
  Set("stable_seconds", "30");
  ASSERT_TRUE(Pull().ok());
  const int64_t empty_at = host_.now();
  EXPECT_EQ(cursor_->watermark_us(), empty_at);
  host_.SetNow(empty_at + 60 * kSecondUs);
  files()["orders/a.csv"] = OneOrder("A-1");
  ASSERT_TRUE(Pull().ok());
  EXPECT_EQ(cursor_->watermark_us(), empty_at);
  host_.SetNow(empty_at + 90 * kSecondUs);
  PullAll();
  EXPECT_EQ(cursor_->watermark_us(), host_.now());
}

TEST_F(PickupTest, WithAMarker_OnlyMarkedFilesAreTaken) {
  Set("marker", ".done");
  files()["orders/a.csv"] = OneOrder("A-1");
  files()["orders/b.csv"] = OneOrder("B-1");
  files()["orders/b.csv.done"] = "";
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("B-1"));
  EXPECT_THAT(FilesUnder("orders/a"), UnorderedElementsAre(".csv", ::testing::StartsWith("rchive/")));
  EXPECT_THAT(FilesUnder("orders/b"), IsEmpty());
}

// A step that ends at its n-th transfer, and a partner who then writes the next file of that name.
TEST_F(PickupTest, AMarker_SpeaksOfItsOwnFileAlone_WhereverAStepEnds) {
  Set("marker", ".done");
  const std::string half = "order_id,sku,quantity\nA-2,MU";
  int count = 0;
  for (int failing = 1; failing == 1 || count >= failing - 1; ++failing) {
    ASSERT_LT(failing, 40) << "there is no end to the transfers";
    files().clear();
    cursor_.reset();
    files()["orders/a.csv"] = OneOrder("A-1");
    files()["orders/a.csv.done"] = "";
    count = 0;
    host_.OnTransfer([&](const pb::TransferRequest&) -> std::optional<sdk::Error> {
      if (++count != failing) return std::nullopt;
      return sdk::Error::RetryAt(0, "TRANSFER_FAILED", "the line broke");
    });
    const auto first = Pull();
    host_.OnTransfer({});
    pb::PullOrdersReply all = first.ok() ? first.value() : pb::PullOrdersReply();
    const bool is_claimed = !files().contains("orders/a.csv");
    if (is_claimed) files()["orders/a.csv"] = half;
    all.MergeFrom(PullAll());
    EXPECT_THAT(IdsOf(all), ElementsAre("A-1")) << failing;
    EXPECT_THAT(all.bad_records(), IsEmpty()) << failing;
    if (is_claimed) {
      EXPECT_EQ(files()["orders/a.csv"], half) << failing;
    }
    files()["orders/a.csv"] = OneOrder("A-2");
    files()["orders/a.csv.done"] = "";
    EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-2")) << failing;
    EXPECT_THAT(FilesUnder("orders/work/"), IsEmpty()) << failing;
  }
}

TEST_F(PickupTest, AMarkedFile_IsNotLost_WhenItsFolderIsAwayForAMoment) {
  Set("marker", ".done");
  files()["orders/a.csv"] = OneOrder("A-1");
  files()["orders/a.csv.done"] = "";
  host_.OnTransfer([&](const pb::TransferRequest& request) -> std::optional<sdk::Error> {
    if (request.move().from() != "a.csv") return std::nullopt;
    return sdk::Error::NotFound("FILE_NOT_FOUND", "the folder is away");
  });
  EXPECT_THAT(IdsOf(Pull().value()), IsEmpty());
  host_.OnTransfer({});
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-1"));
  EXPECT_THAT(FilesUnder("orders/work/"), IsEmpty());
}

TEST_F(PickupTest, AMarkedFile_ThatWasTakenBack_LeavesNoMarker) {
  Set("marker", ".done");
  files()["orders/a.csv"] = OneOrder("A-1");
  files()["orders/a.csv.done"] = "";
  host_.OnTransfer([&](const pb::TransferRequest& request) -> std::optional<sdk::Error> {
    if (request.move().from() == "a.csv") files().erase("orders/a.csv");
    return std::nullopt;
  });
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  host_.OnTransfer({});
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-2,MU";
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  EXPECT_THAT(FilesUnder("orders/"), ElementsAre("a.csv"));
}

TEST_F(PickupTest, OtherFiles_AreLeftAlone) {
  files()["orders/notes.txt"] = "x";
  files()["orders/.hidden.csv"] = "x";
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  EXPECT_THAT(FilesUnder("orders/"), UnorderedElementsAre("notes.txt", ".hidden.csv"));
}

// A step that fails at its n-th transfer and is repeated from the last cursor, for every n.
TEST_F(PickupTest, ATransferThatFails_LosesAndDoublesNothing) {
  for (int failing = 1; failing < 40; ++failing) {
    files().clear();
    cursor_.reset();
    page_size_ = 1;
    files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,M,1\nA-2,M,1\n";
    files()["orders/b.csv"] = OneOrder("B-1");
    int count = 0;
    host_.OnTransfer([&](const pb::TransferRequest&) -> std::optional<sdk::Error> {
      if (++count != failing) return std::nullopt;
      return sdk::Error::RetryAt(0, "TRANSFER_FAILED", "the line broke");
    });
    std::vector<std::string> ids;
    int failures = 0;
    for (int step = 0; step < 40; ++step) {
      const auto reply = Pull();
      if (!reply.ok()) {
        EXPECT_EQ(reply.error().status, QS_RETRY);
        ++failures;
        continue;
      }
      for (const std::string& id : IdsOf(reply.value())) ids.push_back(id);
      if (!reply.value().has_more()) break;
    }
    EXPECT_THAT(ids, ElementsAre("A-1", "A-2", "B-1")) << failing;
    EXPECT_THAT(FilesUnder("orders/archive/"), SizeIs(2)) << failing;
    if (failures == 0) {
      EXPECT_GT(failing, 8) << "every transfer failed once";
      return;
    }
  }
  FAIL() << "there is no end to the transfers";
}

// A host that ends after a step's effects and before its commit: the same cursor again.
TEST_F(PickupTest, AStepThatWasNotCommitted_IsRepeatedWithTheSameResult) {
  files()["orders/a.csv"] = OneOrder("A-1");
  files()["orders/b.csv"] = OneOrder("B-1");
  std::vector<std::string> ids;
  for (int step = 0; step < 10; ++step) {
    const auto before = cursor_;
    ASSERT_TRUE(Pull().ok());
    cursor_ = before;
    const auto again = Pull();
    ASSERT_TRUE(again.ok());
    for (const std::string& id : IdsOf(again.value())) ids.push_back(id);
    if (!again.value().has_more()) break;
  }
  EXPECT_THAT(ids, ElementsAre("A-1", "B-1"));
  EXPECT_THAT(FilesUnder("orders/archive/"), SizeIs(2));
}

TEST_F(PickupTest, ACopyTheHostLost_IsMadeAgain) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,M,1\nA-2,M,1\n";
  page_size_ = 1;
  ASSERT_TRUE(Pull().ok());
  host_.documents().clear();
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-2"));
}

TEST_F(PickupTest, AFileThatChangedUnderway_IsPutAside_AndToldSo) {
  files()["orders/a.csv"] = "order_id,sku,quantity\nA-1,M,1\nA-2,M,1\n";
  page_size_ = 1;
  ASSERT_TRUE(Pull().ok());
  host_.documents().clear();
  files()["orders/work/a.csv"] += "A-3,M,1\n";
  const pb::PullOrdersReply rest = PullAll();
  EXPECT_THAT(IdsOf(rest), IsEmpty());
  ASSERT_THAT(rest.bad_records(), SizeIs(1));
  EXPECT_THAT(rest.bad_records(0).reason(), ::testing::HasSubstr("changed"));
  EXPECT_THAT(FilesUnder("orders/errors/"), SizeIs(1));
}

TEST_F(PickupTest, AFileThatCannotBeFetched_IsPutAside_AndTheNextIsRead) {
  files()["orders/a.csv"] = OneOrder("A-1");
  files()["orders/b.csv"] = OneOrder("B-1");
  host_.OnTransfer([](const pb::TransferRequest& request) -> std::optional<sdk::Error> {
    if (!request.has_fetch() || request.fetch().path() != "work/a.csv") return std::nullopt;
    return sdk::Error::Invalid("DOCUMENT_TOO_LARGE", "the document is larger than 5 bytes");
  });
  const pb::PullOrdersReply all = PullAll();
  EXPECT_THAT(IdsOf(all), ElementsAre("B-1"));
  ASSERT_THAT(all.bad_records(), SizeIs(1));
  EXPECT_EQ(all.bad_records(0).key(), "a.csv");
  EXPECT_THAT(FilesUnder("orders/errors/"), SizeIs(1));
}

TEST_F(PickupTest, OverHttps_TheNamedFileIsReadWheneverItIsNew) {
  Set("orders_address", "https://shop.example/export");
  Set("orders_files", "orders.csv");
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty()) << "there is none yet";
  files()["orders/orders.csv"] = OneOrder("A-1");
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-1"));
  EXPECT_THAT(IdsOf(PullAll()), IsEmpty());
  files()["orders/orders.csv"] = OneOrder("A-2");
  EXPECT_THAT(IdsOf(PullAll()), ElementsAre("A-2"));
  EXPECT_THAT(FilesUnder("orders/"), ElementsAre("orders.csv")) << "nothing is moved there";
}

TEST_F(PickupTest, AForeignOrTamperedCursor_IsRefused) {
  files()["orders/a.csv"] = OneOrder("A-1");
  ASSERT_TRUE(Pull().ok());
  const pb::Cursor good = *cursor_;
  for (size_t i = 0; i < good.state().size(); i += 7) {
    pb::Cursor bad = good;
    (*bad.mutable_state())[i] ^= 1;
    const auto position = DecodePosition("orders", bad);
    ASSERT_FALSE(position.ok()) << i;
    EXPECT_EQ(position.error().reason, "CURSOR_INVALID");
  }
  EXPECT_FALSE(DecodePosition("listings", good).ok());
}

TEST_F(PickupTest, ThePositionStaysSmall_HoweverManyFilesCome) {
  FilePosition position;
  for (int i = 0; i < 3'000; ++i) position.Remember("0123456789abcdef" + std::to_string(i));
  for (int i = 0; i < 3'000; ++i) position.Remember(std::to_string(1'000'000'000'000'000 + i) + "rest");
  position.watched.resize(kMostWatched, {"0123456789abcdef", INT64_MAX, INT64_MAX, INT64_MAX});
  position.name = std::string(255, '"');
  EXPECT_LT(EncodePosition("orders", position, 0).state().size(), 64U << 10);
  EXPECT_THAT(position.known, SizeIs(kMostKnown));
}

}  // namespace
}  // namespace quayside::flatfile
