#include "host/plugin/reload/plugin_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "host/base/errors.h"
#include "host/plugin/reload/generation_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class PluginLineTest : public ::testing::Test {
 protected:
  // Two of them: 1 works, 2 was asked about everything.
  PluginLineTest() {
    for (const int64_t number : {1, 2}) {
      quayside::plugin::v1::Manifest manifest;
      manifest.set_id("shop");
      line_->Add(generations_.Make(script_, number, manifest),
                 {.version = "1." + std::to_string(number) + ".0", .signer = "us", .signing_keys = {}});
      line_->Move(number, GenerationState::kLoaded);
      line_->Move(number, GenerationState::kProbed);
    }
    line_->Flip(1, GenerationState::kDraining, "");
  }
  int64_t Routed(const std::string& lane) { return line_->Route(lane)->number(); }
  static StepReport Report(absl::Status status = absl::OkStatus()) {
    return {.lane_id = "a", .job = Job::kOrders, .status = std::move(status), .plugin_calls = 1, .items = 1};
  }

  PluginScript script_;
  ManualClock clock_{1'000'000};
  TestGenerations generations_{clock_};
  std::shared_ptr<PluginLine> line_ = std::make_shared<PluginLine>("shop", clock_);
};

TEST_F(PluginLineTest, ACanary_HasItsLanes_AndNoOthers) {
  line_->Move(2, GenerationState::kCanary);
  line_->BeginCanary(2, {"a", "b"});
  EXPECT_EQ(Routed("a"), 2);
  EXPECT_EQ(Routed("c"), 1);
  line_->EndCanary();
  EXPECT_EQ(Routed("a"), 1);
}

TEST_F(PluginLineTest, AFlip_IsWhatWasPlanned) {
  const auto planned = line_->PlanFlip(2, GenerationState::kDraining, "2 is newer");
  ASSERT_THAT(planned, SizeIs(2));
  EXPECT_EQ(planned[0].to, GenerationState::kActive);
  EXPECT_EQ(planned[0].version, "1.2.0");
  EXPECT_EQ(planned[1].to, GenerationState::kDraining);
  EXPECT_EQ(line_->active_number(), 1) << "nothing has happened so far";
  line_->Flip(2, GenerationState::kDraining, "2 is newer");
  EXPECT_EQ(line_->active_number(), 2);
  EXPECT_EQ(line_->StateOf(1), GenerationState::kDraining);
  EXPECT_EQ(Routed("a"), 2);
}

TEST_F(PluginLineTest, WhatMayNotFollow_ChangesNothing) {
  EXPECT_FALSE(line_->Move(1, GenerationState::kWarm).has_value());
  EXPECT_EQ(line_->StateOf(1), GenerationState::kActive);
  EXPECT_FALSE(line_->Move(9, GenerationState::kLoaded).has_value());
}

TEST_F(PluginLineTest, ADrain_WaitsForWhoeverHoldsIt) {
  std::shared_ptr<Generation> holder = line_->Route("a");
  line_->Flip(2, GenerationState::kDraining, "");
  auto drained = std::async(std::launch::async, [&] { return line_->AwaitDrained(1); });
  EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  std::shared_ptr<Generation> copy = holder;
  holder.reset();
  EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout) << "a copy holds it as well";
  copy.reset();
  EXPECT_TRUE(drained.get());
}

TEST_F(PluginLineTest, AClaim_ThatFindsTheLockFree_HasNotWaited) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Routed("a"), 1);
  EXPECT_EQ(line_->TakeLongestWait(), 0);
}

TEST_F(PluginLineTest, ClaimsAndFlipsAtOnce_LoseNoHolder) {
  std::atomic<bool> stopping{false};
  std::vector<std::thread> lanes;
  for (int t = 0; t < 4; ++t) {
    lanes.emplace_back([&] {
      while (!stopping) {
        const std::shared_ptr<Generation> held = line_->Route("a");
        ASSERT_NE(held, nullptr);
        EXPECT_THAT(held->number(), testing::AnyOf(1, 2));
        line_->StepEnded(held->number(), Report());
      }
    });
  }
  for (int i = 0; i < 200; ++i) line_->Flip(1 + i % 2, GenerationState::kDraining, "");
  stopping = true;
  for (std::thread& lane : lanes) lane.join();
  EXPECT_TRUE(line_->AwaitDrained(1));
  EXPECT_TRUE(line_->AwaitDrained(2));
}

TEST_F(PluginLineTest, ADrain_EndsWithTheHost) {
  const std::shared_ptr<Generation> holder = line_->Route("a");
  auto drained = std::async(std::launch::async, [&] { return line_->AwaitDrained(1); });
  line_->Stop();
  EXPECT_FALSE(drained.get());
}

TEST_F(PluginLineTest, AWarmOne_IsTakenOnce) {
  line_->Flip(2, GenerationState::kDraining, "");
  EXPECT_EQ(line_->TakeWarm(), 0);
  line_->Move(1, GenerationState::kWarm);
  EXPECT_EQ(line_->TakeWarm(), 1);
  EXPECT_EQ(line_->TakeWarm(), 0);
  EXPECT_FALSE(line_->TakeWarm(1));
  line_->GiveWarmBack(1);
  EXPECT_TRUE(line_->TakeWarm(1));
}

TEST_F(PluginLineTest, StepsAreCountedForTheGenerationThatDidThem) {
  int troubles = 0;
  line_->OnTrouble([&] { ++troubles; });
  const int64_t seen = line_->changes();
  line_->StepEnded(1, Report());
  line_->StepEnded(2, Report(MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, "it threw")));
  EXPECT_EQ(troubles, 1);
  EXPECT_TRUE(line_->AwaitChange(seen, clock_.Now() + kHourUs));
  EXPECT_EQ(line_->SumsOf(1).good, 1);
  EXPECT_EQ(line_->SumsOf(2).broken, 1);
  const auto jobs = line_->Compare(1, 2);
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].old_steps.good, 1);
  EXPECT_EQ(jobs[0].new_steps.last_failure, "a: it threw");
  line_->CountAnew(2);
  EXPECT_EQ(line_->SumsOf(2).steps(), 0);
}

TEST_F(PluginLineTest, TheStatus_HasEveryGeneration_AndKeepsWhatIsKnown) {
  PluginStatus known;
  known.record.id = "shop";
  known.record.version = "1.1.0";
  known.versions = {{.plugin_id = "shop", .version = "1.1.0"}};
  line_->SetStatus(known);
  line_->SetSigners("1.1.0", "somebody else", {"k"});
  line_->SetSigners("9.9.9", "nobody", {});
  line_->SetVersionSigner("1.0.0", std::string(kUnsigned));
  known = line_->Status();
  EXPECT_EQ(known.signer, "somebody else");
  known.version_signers.clear();
  known.versions.clear();
  line_->SetStatus(known);
  const PluginStatus status = line_->Status();
  EXPECT_THAT(status.versions, SizeIs(1)) << "versions are replaced by versions only";
  EXPECT_EQ(status.version_signers.at("1.1.0"), "somebody else");
  EXPECT_EQ(status.version_signers.at("1.0.0"), kUnsigned) << "placed, never loaded";
  std::vector<std::string> states;
  for (const GenerationStatus& each : status.generations) states.push_back(each.version + " " + each.state);
  EXPECT_THAT(states, ElementsAre("1.1.0 ACTIVE", "1.2.0 PROBED"));
  EXPECT_TRUE(status.generations[0].works);
  EXPECT_FALSE(status.generations[1].works);
}

TEST_F(PluginLineTest, AForgottenOne_IsRememberedForWhatItDid) {
  line_->Flip(2, GenerationState::kDraining, "");
  line_->Find(1)->Close(kSecondUs).IgnoreError();
  line_->Move(1, GenerationState::kUnloaded, "it was old");
  line_->Forget(1);
  EXPECT_EQ(line_->Find(1), nullptr);
  EXPECT_THAT(line_->Loaded(), SizeIs(1));
  const PluginStatus status = line_->Status();
  ASSERT_THAT(status.generations, SizeIs(2));
  EXPECT_EQ(status.generations[0].state, "UNLOADED");
  EXPECT_EQ(status.generations[0].why, "it was old");
}

}  // namespace
}  // namespace quayside
