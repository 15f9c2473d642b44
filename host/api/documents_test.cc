// SyncService.ListDocuments and what a lane tells of a pass.
#include "gmock/gmock.h"
#include "host/api/lane_view.h"
#include "host/api/world_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(const api::ListDocumentsResponse& response) {
  std::vector<std::string> names;
  for (const api::Document& document : response.documents()) names.push_back(document.name());
  return names;
}

TEST(DocumentsApiTest, ListsThemNewestFirst_ByAccount_PageByPage) {
  ApiWorld world;
  EXPECT_EQ(world.Ask(&Syncs::ListDocuments, "")->documents_size(), 0);
  world.Write([](Tx& tx) -> absl::Status {
    for (int64_t id = 1; id <= 5; ++id) {
      QS_RETURN_IF_ERROR(tx.PutBulk({.id = id, .account_id = id == 4 ? "other" : "amz"}));
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(NamesOf(world.Ask(&Syncs::ListDocuments, "").response),
              ElementsAre("documents/5", "documents/4", "documents/3", "documents/2", "documents/1"));
  const auto first = world.Ask(&Syncs::ListDocuments, "account: 'accounts/amz' page_size: 2");
  EXPECT_THAT(NamesOf(first.response), ElementsAre("documents/5", "documents/3"));
  const auto second = world.Ask(&Syncs::ListDocuments,
                                "account: 'accounts/amz' page_size: 2 page_token: '" + first->next_page_token() + "'");
  EXPECT_THAT(NamesOf(second.response), ElementsAre("documents/2", "documents/1"));
  EXPECT_TRUE(second->next_page_token().empty());
  EXPECT_EQ(world.Ask(&Syncs::ListDocuments, "account: 'amz'").reason(), "INVALID_NAME");
}

TEST(DocumentsApiTest, ADocument_SaysHowFarItIs_AndHowItEnded) {
  ApiWorld world;
  const TimeUs now = world.clock.Now();
  BulkRecord bulk{.id = 7,
                  .account_id = "amz",
                  .state = BulkState::kInWork,
                  .handle = "feed-1",
                  .items = 100,
                  .created_us = now,
                  .sent_us = now + 1,
                  .next_poll_us = now + kMinuteUs,
                  .progress = "IN_PROGRESS",
                  .done = 60,
                  .rejected = 3,
                  .unknown = 2,
                  .read_back = 5,
                  .mismatches = 1};
  world.Write([&](Tx& tx) { return tx.PutBulk(bulk); });
  api::Document shown = world.Ask(&Syncs::ListDocuments, "")->documents(0);
  EXPECT_EQ(shown.account(), "accounts/amz");
  EXPECT_EQ(shown.state(), api::DOCUMENT_STATE_IN_WORK);
  EXPECT_EQ(shown.handle(), "feed-1");
  EXPECT_EQ(shown.quantities(), 100);
  EXPECT_EQ(shown.accepted(), 60);
  EXPECT_EQ(shown.rejected(), 3);
  EXPECT_EQ(shown.unknown(), 2);
  EXPECT_EQ(shown.progress(), "IN_PROGRESS");
  EXPECT_EQ(shown.read_back(), 5);
  EXPECT_EQ(shown.mismatches(), 1);
  EXPECT_TRUE(shown.has_send_time());
  EXPECT_TRUE(shown.has_next_look_time());
  EXPECT_FALSE(shown.has_end_time());
  bulk.state = BulkState::kDone;
  bulk.ended_us = now + kHourUs;
  world.Write([&](Tx& tx) { return tx.PutBulk(bulk); });
  shown = world.Ask(&Syncs::ListDocuments, "")->documents(0);
  EXPECT_EQ(shown.state(), api::DOCUMENT_STATE_DONE);
  EXPECT_TRUE(shown.has_end_time());
  EXPECT_FALSE(shown.has_next_look_time());
}

TEST(LaneViewTest, ALane_TellsItsPass) {
  LaneStatus status;
  status.record = {.id = "amz.amz-de.listings", .account_id = "amz", .channel_id = "amz-de", .job = Job::kListings};
  EXPECT_FALSE(ShowLane(status).has_pass());
  EXPECT_FALSE(ShowLane(status).has_next_pass_time());
  status.record.progress = "reading report 7";
  status.record.want_pass_us = 9 * kSecondUs;
  status.record.pass = {
      .id = "p", .begun_us = 3 * kSecondUs, .as_of_us = 2 * kSecondUs, .done = 4, .total = 5, .next_us = 8 * kSecondUs};
  const api::Lane lane = ShowLane(status);
  EXPECT_EQ(lane.progress(), "reading report 7");
  EXPECT_EQ(lane.pass().id(), "p");
  EXPECT_EQ(lane.pass().begin_time().seconds(), 3);
  EXPECT_EQ(lane.pass().as_of_time().seconds(), 2);
  EXPECT_FALSE(lane.pass().has_complete_time());
  EXPECT_EQ(lane.pass().done(), 4);
  EXPECT_EQ(lane.pass().total(), 5);
  EXPECT_EQ(lane.next_pass_time().seconds(), 8);
  EXPECT_EQ(lane.want_pass_time().seconds(), 9);
}

}  // namespace
}  // namespace quayside
