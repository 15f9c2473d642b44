#include <future>
#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/sync/event_sweep.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

// One stream and what it has delivered.
class Watcher {
 public:
  Watcher(Events& events, const std::string& request)
      : reader_(events.Watch(&context_, FromText<api::WatchRequest>(request))) {}
  Watcher(ApiWorld& world, const std::string& request) : Watcher(world.stub<Events>(), request) {}
  ~Watcher() {
    context_.TryCancel();
    if (!finished_) static_cast<void>(reader_->Finish());
  }

  // Reads until `count` events are there.
  std::vector<std::string> Next(size_t count) {
    std::vector<std::string> texts;
    while (texts.size() < count && Read()) {
      for (const api::Event& event : last.events()) texts.push_back(event.type() + " " + event.resource());
    }
    return texts;
  }
  bool Read() { return reader_->Read(&last); }
  grpc::Status End() {
    while (Read()) {
    }
    finished_ = true;
    return reader_->Finish();
  }
  void Cancel() { context_.TryCancel(); }

  api::WatchResponse last;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<api::WatchResponse>> reader_;
  bool finished_ = false;
};

void AppendEvents(ApiWorld& world, int count, const std::string& type = "order.received") {
  world.Write([&](Tx& tx) -> absl::Status {
    for (int i = 0; i < count; ++i) {
      QS_RETURN_IF_ERROR(
          tx.AppendEvent({.time_us = world.clock.Now(), .type = type, .resource = "orders/" + std::to_string(i)})
              .status());
    }
    return absl::OkStatus();
  });
}

std::vector<std::string> SnapshotOf(const api::WatchResponse& message) {
  std::vector<std::string> resources;
  for (const api::SnapshotEntry& entry : message.snapshot()) resources.push_back(entry.resource());
  return resources;
}

TEST(WatchTest, DeliversWhatHappensFromNowOn) {
  ApiWorld world;
  AppendEvents(world, 3);
  Watcher watcher(world, "");
  ASSERT_TRUE(watcher.Read());
  EXPECT_EQ(watcher.last.events_size(), 0);
  EXPECT_EQ(watcher.last.revision(), 3);
  world.MakeAccount();
  EXPECT_THAT(watcher.Next(1), ElementsAre("account.created accounts/amz"));
  EXPECT_EQ(watcher.last.revision(), 4);
}

TEST(WatchTest, DeliversEachOnceInOrderAndResumes) {
  ApiWorld world;
  constexpr int kEvents = 2000;
  std::thread writer([&] {
    for (int i = 0; i < kEvents / 10; ++i) {
      AppendEvents(world, 10);
      world.clock.Advance(1);
    }
  });
  AppendEvents(world, 1);
  std::vector<int64_t> revisions;
  int64_t resume = 1;
  while (revisions.size() < kEvents) {
    // Cut off again and again; each time from the revision seen last.
    Watcher watcher(world, "after_revision: " + std::to_string(resume));
    for (int reads = 0; reads < 5 && revisions.size() < kEvents; ++reads) {
      ASSERT_TRUE(watcher.Read());
      for (const api::Event& event : watcher.last.events()) revisions.push_back(event.revision());
      resume = watcher.last.revision();
    }
  }
  writer.join();
  ASSERT_EQ(revisions.size(), static_cast<size_t>(kEvents));
  for (size_t i = 0; i < revisions.size(); ++i) EXPECT_EQ(revisions[i], static_cast<int64_t>(i) + 2);
}

TEST(WatchTest, KeepsTheEventsOfATransactionTogether) {
  ApiWorld world;
  AppendEvents(world, 1);
  world.clock.Advance(1);
  AppendEvents(world, 700);
  world.clock.Advance(1);
  AppendEvents(world, 3);
  Watcher watcher(world, "after_revision: 1");
  ASSERT_TRUE(watcher.Read());
  EXPECT_GE(watcher.last.events_size(), 700);
  AppendEvents(world, 900);
  std::vector<int> sizes;
  int seen = watcher.last.events_size();
  while (seen < 1603 && watcher.Read()) {
    sizes.push_back(watcher.last.events_size());
    seen += watcher.last.events_size();
  }
  EXPECT_EQ(seen, 1603);
  EXPECT_GE(sizes.back(), 900);
}

TEST(WatchTest, FilterSkipsAndTheRevisionGoesOn) {
  ApiOptions options;
  options.bookmark_interval = std::chrono::milliseconds(20);
  ApiWorld world(options);
  AppendEvents(world, 1);
  Watcher watcher(world, "after_revision: 1 type_prefixes: 'lane.' type_prefixes: 'account.'");
  AppendEvents(world, 4);
  world.MakeAccount();
  EXPECT_THAT(watcher.Next(1), ElementsAre("account.created accounts/amz"));
  AppendEvents(world, 2);
  while (watcher.last.revision() < 8) ASSERT_TRUE(watcher.Read());
  EXPECT_EQ(watcher.last.events_size(), 0);
}

TEST(WatchTest, SendsBookmarksWhenNothingHappens) {
  ApiOptions options;
  options.bookmark_interval = std::chrono::milliseconds(10);
  ApiWorld world(options);
  Watcher watcher(world, "");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(watcher.Read());
    EXPECT_EQ(watcher.last.events_size(), 0);
  }
}

TEST(WatchTest, RefusesHistoryThatIsGone) {
  ApiWorld world;
  AppendEvents(world, 10);
  world.Write([](Tx& tx) { return tx.DeleteEventsBefore(6); });
  for (const char* gone : {"after_revision: 4", "after_revision: 11"}) {
    const grpc::Status status = Watcher(world, gone).End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    EXPECT_EQ(Refusal(status).info.reason(), "HISTORY_GONE");
  }
  Watcher kept(world, "after_revision: 5");
  EXPECT_EQ(kept.Next(5).size(), 5u);
  EXPECT_EQ(world.Ask(&Events::ListEvents, "after_revision: 4").reason(), "HISTORY_GONE");
  EXPECT_EQ(Refusal(Watcher(world, "after_revision: -1 type_prefixes: ''").End()).fields().size(), 2u);
  // What stands behind a NUL would not be looked at, and all that begins like the rest would pass.
  const std::string cut = "type_prefixes: 'order.' type_prefixes: 'order.\\000x'";
  EXPECT_THAT(Refusal(Watcher(world, cut).End()).fields(), ElementsAre("type_prefixes[1]"));
  EXPECT_THAT(world.Ask(&Events::ListEvents, cut).fields(), ElementsAre("type_prefixes[1]"));
}

TEST(WatchTest, WhoAsksForASnapshot_GetsWhatThereIs_ThenWhatHappens) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  const auto before = static_cast<int64_t>(world.EventTexts().size());
  Watcher watcher(world, "include_snapshot: true type_prefixes: 'account.' type_prefixes: 'channel.cre'");
  ASSERT_TRUE(watcher.Read());
  EXPECT_THAT(SnapshotOf(watcher.last), ElementsAre("accounts/amz", "channels/amz-de"));
  EXPECT_EQ(watcher.last.snapshot(0).attributes().at("plugin"), "plugins/amazon");
  EXPECT_EQ(watcher.last.snapshot(1).attributes().at("enabled"), "no");
  EXPECT_TRUE(watcher.last.snapshot_complete());
  EXPECT_FALSE(watcher.last.has_gap());
  EXPECT_EQ(watcher.last.revision(), before);
  world.MakeAccount("other");
  EXPECT_THAT(watcher.Next(1), ElementsAre("account.created accounts/other"));
}

TEST(WatchTest, ASnapshotOfMuch_ComesInMessages_AndMissesNothingMeanwhile) {
  ApiWorld world;
  world.MakeAccount();
  world.MakeChannel();
  constexpr int kListings = 1'300;
  world.Write([](Tx& tx) -> absl::Status {
    for (int i = 0; i < kListings; ++i) {
      const std::string sku = "S" + std::to_string(10'000 + i);
      QS_RETURN_IF_ERROR(
          tx.PutListing({.channel_id = "amz-de", .account_id = "amz", .sku = sku, .vanished = i % 100 == 0}));
    }
    return absl::OkStatus();
  });
  const auto before = static_cast<int64_t>(world.EventTexts().size());
  Watcher watcher(world, "include_snapshot: true type_prefixes: 'listing.'");
  std::set<std::string> seen;
  int messages = 0;
  do {
    ASSERT_TRUE(watcher.Read());
    if (messages++ == 0) AppendEvents(world, 3, "listing.updated");
    for (const std::string& resource : SnapshotOf(watcher.last)) EXPECT_TRUE(seen.insert(resource).second) << resource;
    EXPECT_EQ(watcher.last.revision() == 0, !watcher.last.snapshot_complete());
  } while (!watcher.last.snapshot_complete());
  EXPECT_GE(messages, 3);
  EXPECT_EQ(seen.size(), static_cast<size_t>(kListings - 13));
  EXPECT_EQ(watcher.last.revision(), before) << "where it was before the first page";
  EXPECT_EQ(watcher.Next(3).size(), 3U);
  EXPECT_EQ(watcher.last.revision(), before + 3);
}

TEST(WatchTest, WhoResumesFromWhatIsGone_IsToldOfTheGap_AndGoesOnFromASnapshot) {
  ApiWorld world;
  world.MakeAccount();
  AppendEvents(world, 10);
  world.clock.Advance(40 * kDayUs);
  AppendEvents(world, 2);
  EventSweep(world.store(), world.clock, *MakeNullLogger(), 30 * kDayUs).Run();
  EXPECT_EQ(Refusal(Watcher(world, "after_revision: 5").End()).info.reason(), "HISTORY_GONE");
  Watcher watcher(world, "after_revision: 5 include_snapshot: true type_prefixes: 'account.'");
  ASSERT_TRUE(watcher.Read());
  ASSERT_TRUE(watcher.last.has_gap());
  EXPECT_EQ(watcher.last.gap().first_revision(), 12);
  EXPECT_EQ(watcher.last.gap().last_revision(), 13);
  EXPECT_THAT(SnapshotOf(watcher.last), ElementsAre("accounts/amz"));
  EXPECT_EQ(watcher.last.revision(), 13);
  world.MakeAccount("other");
  EXPECT_THAT(watcher.Next(1), ElementsAre("account.created accounts/other"));
  EXPECT_FALSE(watcher.last.has_gap());
  // What is kept is simply gone on with.
  Watcher kept(world, "after_revision: 11 include_snapshot: true");
  EXPECT_EQ(kept.Next(3).size(), 3U);
  EXPECT_EQ(kept.last.snapshot_size(), 0);
}

TEST(WatchTest, WhatIsDeletedJustWhenAStreamIsServed_IsAGapToo) {
  ApiWorld world;
  world.MakeAccount();
  AppendEvents(world, 10);
  const auto delete_some = [&] { world.Write([](Tx& tx) { return tx.DeleteEventsBefore(9); }); };
  world.AfterNextRead(delete_some);
  Watcher watcher(world, "after_revision: 5 include_snapshot: true type_prefixes: 'account.'");
  ASSERT_TRUE(watcher.Read()) << watcher.End().error_message();
  ASSERT_TRUE(watcher.last.has_gap());
  EXPECT_EQ(watcher.last.gap().first_revision(), 9);
  EXPECT_EQ(watcher.last.gap().last_revision(), 11);
  EXPECT_THAT(SnapshotOf(watcher.last), ElementsAre("accounts/amz"));
  EXPECT_EQ(watcher.last.revision(), 11);
}

TEST(WatchTest, SlowReaderIsEndedWithItsLastRevisionAndNobodyElseWaits) {
  ApiOptions options;
  options.max_watch_lag = 2000;
  ApiWorld world(options);
  // A client that buffers little, so that it is slow as soon as it does not read.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 * 1024);
  const auto events = api::EventService::NewStub(
      grpc::CreateCustomChannel("unix:" + world.socket(), grpc::InsecureChannelCredentials(), arguments));
  Watcher slow(*events, "");
  ASSERT_TRUE(slow.Read());
  Watcher quick(*events, "");
  ASSERT_TRUE(quick.Read());
  const std::string long_type = "order." + std::string(900, 'x');
  for (int round = 0; round < 12; ++round) {
    AppendEvents(world, 500, long_type);
    world.clock.Advance(1);
    EXPECT_EQ(quick.Next(500).size(), 500u);
  }
  int64_t last = 0;
  int64_t revision = slow.last.revision();
  while (slow.Read()) {
    for (const api::Event& event : slow.last.events()) {
      EXPECT_EQ(event.revision(), revision + 1);
      revision = event.revision();
    }
    last = slow.last.revision();
  }
  const grpc::Status status = slow.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const Refusal refusal(status);
  EXPECT_EQ(refusal.info.reason(), "WATCH_TOO_SLOW");
  EXPECT_EQ(refusal.info.metadata().at("revision"), std::to_string(last));
  // It goes on from there, however far behind.
  Watcher resumed(world, "after_revision: " + std::to_string(last));
  EXPECT_EQ(resumed.Next(static_cast<size_t>(6000 - last)).size(), static_cast<size_t>(6000 - last));
}

TEST(WatchTest, CancelledStreamsLeaveNothingBehind) {
  ApiWorld world;
  for (int i = 0; i < 50; ++i) {
    Watcher watcher(world, "");
    if (i % 2 == 0) {
      ASSERT_TRUE(watcher.Read());
    }
    watcher.Cancel();
    AppendEvents(world, 1);
  }
  Watcher watcher(world, "after_revision: 1");
  EXPECT_EQ(watcher.Next(49).size(), 49u);
}

TEST(WatchTest, StopEndsTheStreams) {
  ApiWorld world;
  Watcher watcher(world, "");
  ASSERT_TRUE(watcher.Read());
  std::thread stopper([&] { world.StopServer(); });
  const grpc::Status status = watcher.End();
  stopper.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Refusal(status).info.reason(), "SHUTTING_DOWN");
}

TEST(WatchTest, ListGivesTheSameDataInPages) {
  ApiWorld world;
  AppendEvents(world, 5);
  world.MakeAccount();
  const auto first = world.Ask(&Events::ListEvents, "page_size: 4 type_prefixes: 'order.'");
  ASSERT_EQ(first->events_size(), 4);
  const auto second = world.Ask(&Events::ListEvents,
                                "page_size: 4 type_prefixes: 'order.' page_token: '" + first->next_page_token() + "'");
  ASSERT_EQ(second->events_size(), 1);
  EXPECT_EQ(second->events(0).revision(), 5);
  EXPECT_TRUE(second->next_page_token().empty());
  EXPECT_EQ(world.Ask(&Events::ListEvents, "after_revision: 5")->events(0).type(), "account.created");
}

}  // namespace
}  // namespace quayside
