// InventoryService.ImportLevels over the wire: chunks, what is stored when a stream breaks, and how it is gone on with.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LevelImportTest : public testing::Test {
 protected:
  // "A 1", "B 2": SKUs with their levels.
  static api::ImportLevelsRequest Chunk(const std::vector<std::pair<std::string, int64_t>>& levels,
                                        const std::string& fields = "") {
    auto chunk = FromText<api::ImportLevelsRequest>(fields);
    for (const auto& [sku, level] : levels) {
      api::LevelChange* change = chunk.add_changes();
      change->set_sku(sku);
      change->set_level(level);
    }
    return chunk;
  }
  Answer<api::ImportLevelsResponse> Import(const std::vector<api::ImportLevelsRequest>& chunks) {
    grpc::ClientContext context;
    Answer<api::ImportLevelsResponse> answer;
    const auto stream = world.stub<Inventory>().ImportLevels(&context, &answer.response);
    for (const api::ImportLevelsRequest& chunk : chunks) {
      if (!stream->Write(chunk)) break;
    }
    stream->WritesDone();
    answer.status = stream->Finish();
    return answer;
  }
  // Sends the chunks and hangs up when `stored` levels are there.
  void ImportAndBreak(const std::vector<api::ImportLevelsRequest>& chunks, const std::string& id, int64_t stored) {
    grpc::ClientContext context;
    api::ImportLevelsResponse response;
    const auto stream = world.stub<Inventory>().ImportLevels(&context, &response);
    for (const api::ImportLevelsRequest& chunk : chunks) ASSERT_TRUE(stream->Write(chunk));
    while (Import({Chunk({}, "request_id: '" + id + "'")})->levels() < stored) std::this_thread::yield();
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  std::optional<int64_t> LevelOf(const std::string& sku) {
    const auto item = world.Ask(&Inventory::GetItem, "name: 'items/-' sku: '" + sku + "'");
    if (!item.ok() || item->item().levels().empty()) return std::nullopt;
    return item->item().levels(0).level();
  }
  std::vector<AuditRecord> Audit() {
    std::vector<AuditRecord> records;
    EXPECT_TRUE(world.store()
                    .Read([&](ReadTx& tx) -> absl::Status {
                      QS_ASSIGN_OR_RETURN(records, tx.WalkAudit(0, 1000));
                      return absl::OkStatus();
                    })
                    .ok());
    return records;
  }

  ApiWorld world;
};

TEST_F(LevelImportTest, EachChunk_IsOneTransaction_OneEvent_AndOneRecord) {
  const auto done = Import({Chunk({{"A", 1}, {"B", 2}}, "create_items: true"), Chunk({{"C", 3}, {"A", 4}})});
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->levels(), 4);
  EXPECT_EQ(done->items_created(), 3);
  EXPECT_EQ(LevelOf("A"), 4);
  const auto c = world.Ask(&Inventory::GetItem, "name: 'items/-' sku: 'C'");
  EXPECT_THAT(world.EventTexts(), ElementsAre("item.created_many items/-", "stock.set_many items/-",
                                              "item.created " + c->item().name(), "stock.set_many items/-"));
  const auto records = Audit();
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[1].action, "InventoryService.ImportLevels");
  EXPECT_EQ(records[1].actor, "local");
  EXPECT_EQ(records[1].details.at("begin"), "2");
  EXPECT_EQ(records[1].details.at("levels"), "2");
}

TEST_F(LevelImportTest, ManyMoreLevelsThanACallTakes_AreImported) {
  constexpr int kChunks = 12;
  std::vector<api::ImportLevelsRequest> chunks;
  for (int i = 0; i < kChunks; ++i) {
    chunks.push_back(Chunk({}, i == 0 ? "create_items: true" : ""));
    for (int j = 0; j < 1000; ++j) {
      api::LevelChange* change = chunks.back().add_changes();
      change->set_sku(absl::StrCat("S-", i, "-", j));
      change->set_level(j);
    }
  }
  const int before = world.commits;
  const auto done = Import(chunks);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->levels(), kChunks * 1000);
  EXPECT_EQ(done->items_created(), kChunks * 1000);
  EXPECT_EQ(LevelOf("S-11-999"), 999);
  EXPECT_EQ(world.commits - before, kChunks);
}

TEST_F(LevelImportTest, ARefusedChunk_EndsTheStream_AndLeavesWhatWasBefore) {
  const auto refused = Import({Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'"),
                               Chunk({{"C", 3}, {"D", -1}, {"", 5}}), Chunk({{"E", 6}})});
  EXPECT_EQ(refused.reason(), "INVALID_LEVEL");
  EXPECT_THAT(refused.fields(), ElementsAre("changes[3].level", "changes[4].sku")) << "by place in the import";
  EXPECT_EQ(Refusal(refused.status).info.metadata().at("levels"), "2");
  EXPECT_EQ(LevelOf("B"), 2);
  EXPECT_EQ(LevelOf("C"), std::nullopt);
  EXPECT_EQ(LevelOf("E"), std::nullopt);
  // Mended, it goes on where it was.
  const auto done = Import({Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'"),
                            Chunk({{"C", 3}, {"D", 1}}), Chunk({{"E", 6}})});
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->levels(), 5);
  EXPECT_EQ(done->items_created(), 5);
}

TEST_F(LevelImportTest, WhatIsNotThere_IsNamedByItsPlace) {
  ASSERT_TRUE(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").ok());
  const auto unknown = Import({Chunk({{"A", 1}}), Chunk({{"A", 2}, {"B", 2}})});
  EXPECT_EQ(unknown.reason(), "ITEM_NOT_FOUND");
  EXPECT_EQ(Refusal(unknown.status).info.metadata().at("field"), "changes[2].sku");
  EXPECT_EQ(Refusal(unknown.status).info.metadata().at("levels"), "1");
  EXPECT_EQ(LevelOf("A"), 1);
  auto nowhere = Chunk({{"A", 1}, {"A", 2}});
  nowhere.mutable_changes(0)->set_location("moon");
  nowhere.mutable_changes(1)->set_location("locations/moon/crater");
  EXPECT_THAT(Import({nowhere}).fields(), ElementsAre("changes[0].location", "changes[1].location"));
}

TEST_F(LevelImportTest, ABrokenStream_SentAgain_InOtherChunks_IsAppliedOnce) {
  ImportAndBreak({Chunk({{"A", 1}, {"B", 2}, {"C", 3}}, "create_items: true request_id: 'i'")}, "i", 3);
  // A sale in between is not undone by the repetition.
  ASSERT_TRUE(world.Ask(&Inventory::AdjustLevel, "sku: 'C' delta: -1 note: 'sold'").ok());
  const auto events = world.EventTexts().size();
  const std::vector<api::ImportLevelsRequest> whole = {
      Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'"), Chunk({{"C", 3}, {"D", 4}}),
      Chunk({{"E", 5}})};
  const auto done = Import(whole);
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->levels(), 5);
  EXPECT_EQ(done->items_created(), 5);
  EXPECT_EQ(LevelOf("C"), 2);
  EXPECT_EQ(LevelOf("E"), 5);
  EXPECT_EQ(world.EventTexts().size(), events + 4) << "two made, two set";
  const auto again = Import(whole);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->ShortDebugString(), done->ShortDebugString());
  EXPECT_EQ(world.EventTexts().size(), events + 4);
}

TEST_F(LevelImportTest, ABrokenStream_IsGoneOnWith_WhereItIs) {
  ImportAndBreak({Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'")}, "i", 2);
  const auto asked = Import({Chunk({}, "request_id: 'i'")});
  ASSERT_TRUE(asked.ok()) << asked;
  EXPECT_EQ(asked->levels(), 2);
  const auto done = Import({Chunk({{"C", 3}}, "create_items: true request_id: 'i' begin: 2"), Chunk({{"D", 4}})});
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(done->levels(), 4);
  EXPECT_EQ(LevelOf("D"), 4);
  // As if it had been sent in one piece.
  EXPECT_TRUE(Import({Chunk({{"A", 1}, {"B", 2}, {"C", 3}, {"D", 4}}, "create_items: true request_id: 'i'")}).ok());
  const auto violations = Import({Chunk({{"E", -1}}, "create_items: true request_id: 'i' begin: 4")});
  EXPECT_THAT(violations.fields(), ElementsAre("changes[4].level"));
}

TEST_F(LevelImportTest, BeginsNowhereElse) {
  ASSERT_TRUE(Import({Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'")}).ok());
  for (const char* begin : {"1", "3", "-1"}) {
    const auto refused = Import({Chunk({{"A", 9}}, absl::StrCat("request_id: 'i' begin: ", begin))});
    EXPECT_THAT(refused.fields(), ElementsAre("begin")) << begin;
    EXPECT_EQ(Refusal(refused.status).info.metadata().at("levels"), "2") << begin;
  }
  EXPECT_THAT(Import({Chunk({{"A", 9}}, "begin: 2")}).fields(), ElementsAre("begin"))
      << "nothing is kept without an id";
  EXPECT_EQ(LevelOf("A"), 1);
}

TEST_F(LevelImportTest, OtherLevelsUnderTheSameId_AreRefused_BeforeAnythingChanges) {
  ASSERT_TRUE(Import({Chunk({{"A", 1}, {"B", 2}}, "create_items: true request_id: 'i'")}).ok());
  const auto events = world.EventTexts();
  for (const auto& other : {Chunk({{"A", 1}, {"B", 3}, {"C", 4}}, "create_items: true request_id: 'i'"),
                            Chunk({{"A", 1}, {"B", 2}, {"C", 4}}, "request_id: 'i'"),
                            Chunk({{"A", 1}}, "create_items: true request_id: 'i'")}) {
    const auto refused = Import({other});
    EXPECT_EQ(refused.reason(), "REQUEST_ID_REUSED") << other.ShortDebugString();
    EXPECT_EQ(refused.code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  EXPECT_EQ(world.EventTexts(), events);
  EXPECT_EQ(LevelOf("B"), 2);
}

TEST_F(LevelImportTest, WhetherItemsAreMade_IsTheSameFromEndToEnd) {
  ASSERT_TRUE(Import({Chunk({{"A", 1}}, "create_items: true request_id: 'i'")}).ok());
  ASSERT_TRUE(Import({Chunk({{"A", 1}}, "request_id: 'j'")}).ok());
  const auto events = world.EventTexts();
  for (const auto& other : {Chunk({{"A", 2}}, "request_id: 'i' begin: 1"), Chunk({{"A", 1}}, "request_id: 'i'"),
                            Chunk({{"B", 2}}, "create_items: true request_id: 'j' begin: 1")}) {
    const auto refused = Import({other});
    EXPECT_EQ(refused.reason(), "REQUEST_ID_REUSED") << other.ShortDebugString();
    EXPECT_THAT(refused.fields(), ElementsAre("create_items"));
    EXPECT_EQ(Refusal(refused.status).info.metadata().at("levels"), "1");
  }
  EXPECT_EQ(world.EventTexts(), events);
  const auto asked = Import({Chunk({}, "request_id: 'i'")});
  ASSERT_TRUE(asked.ok()) << asked;
  EXPECT_EQ(asked->levels(), 1) << "who only asks need not say";
}

TEST_F(LevelImportTest, IsForgottenAfterADay) {
  ASSERT_TRUE(Import({Chunk({{"A", 1}}, "create_items: true request_id: 'i'")}).ok());
  world.clock.Advance(kDayUs + kMinuteUs);
  EXPECT_EQ(Import({Chunk({}, "request_id: 'i'")})->levels(), 0);
  const auto done = Import({Chunk({{"A", 7}}, "request_id: 'i'")});
  ASSERT_TRUE(done.ok()) << done;
  EXPECT_EQ(LevelOf("A"), 7);
}

TEST_F(LevelImportTest, ValidateOnly_ChecksEveryChunk_AndStoresNothing) {
  const auto good = Import(
      {Chunk({{"A", 1}}, "create_items: true validate_only: true request_id: 'i'"), Chunk({{"B", 2}, {"C", 3}})});
  ASSERT_TRUE(good.ok()) << good;
  EXPECT_EQ(good->levels(), 3);
  EXPECT_EQ(good->items_created(), 3);
  const auto bad = Import({Chunk({{"A", 1}}, "create_items: true validate_only: true"), Chunk({{"B", -2}})});
  EXPECT_THAT(bad.fields(), ElementsAre("changes[1].level"));
  EXPECT_EQ(Refusal(bad.status).info.metadata().at("levels"), "0");
  EXPECT_THAT(world.EventTexts(), IsEmpty());
  EXPECT_EQ(LevelOf("A"), std::nullopt);
  EXPECT_EQ(Import({Chunk({}, "request_id: 'i'")})->levels(), 0) << "the id is still free";
}

TEST_F(LevelImportTest, AHostThatStops_EndsTheStream_AndKeepsWhatIsStored) {
  grpc::ClientContext context;
  api::ImportLevelsResponse response;
  const auto stream = world.stub<Inventory>().ImportLevels(&context, &response);
  ASSERT_TRUE(stream->Write(Chunk({{"A", 1}}, "create_items: true")));
  while (LevelOf("A") != 1) std::this_thread::yield();
  // Its client says nothing more, and not that it is done.
  world.server->Stop(10 * kMillisecondUs);
  const grpc::StatusCode code = stream->Finish().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::UNAVAILABLE) << code;
  EXPECT_THAT(Audit(), SizeIs(1));
}

TEST_F(LevelImportTest, MessagesAreChecked) {
  api::ImportLevelsRequest many;
  for (int i = 0; i < 1001; ++i) many.add_changes()->set_sku("A");
  EXPECT_THAT(Import({many}).fields(), ElementsAre("changes"));
  EXPECT_THAT(Import({Chunk({}, "request_id: 'a b'")}).fields(), ElementsAre("request_id"));
  EXPECT_THAT(
      Import({Chunk({{"A", 1}}, "create_items: true request_id: 'i'"), Chunk({{"B", 1}}, "request_id: 'j'")}).fields(),
      ElementsAre("request_id"));
  const auto nothing = Import({});
  ASSERT_TRUE(nothing.ok()) << nothing;
  EXPECT_EQ(nothing->levels(), 0);
}

TEST_F(LevelImportTest, AMessageThatCannotBeRead_IsNoEndOfTheImport) {
  grpc::GenericStub stub(world.connection);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto await = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(&context, "/quayside.v1.InventoryService/ImportLevels", &queue);
  call->StartCall(nullptr);
  ASSERT_TRUE(await());
  const grpc::Slice broken("\x0a\xff");
  call->WriteLast(grpc::ByteBuffer(&broken, 1), grpc::WriteOptions(), nullptr);
  ASSERT_TRUE(await());
  grpc::Status status;
  call->Finish(&status, nullptr);
  await();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Refusal(status).info.reason(), "INVALID_ARGUMENT");
}

TEST_F(LevelImportTest, TellsTheEngine_WhoseTargetsChanged) {
  world.MakeAccount();
  world.MakeChannel();
  ASSERT_TRUE(world.Ask(&Inventory::CreateItem, "item { sku: 'A' }").ok());
  world.Write([](Tx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto item, tx.FindItemBySku("A"));
    return tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = "A", .item_id = item->id});
  });
  ASSERT_TRUE(Import({Chunk({{"A", 1}}), Chunk({{"A", 2}})}).ok());
  EXPECT_EQ(world.engine.targets_changed("amz"), 2);
}

}  // namespace
}  // namespace quayside
