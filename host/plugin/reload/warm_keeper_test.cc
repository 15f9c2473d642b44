#include "host/plugin/reload/warm_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/plugin/admission.h"
#include "host/plugin/folder_for_tests.h"
#include "host/plugin/manifest.h"
#include "host/plugin/reload/generation_for_tests.h"
#include "host/plugin/reload/reload_records.h"
#include "host/plugin/trust_for_tests.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using ::testing::HasSubstr;

// A plugin whose version 1.1.0 took over a moment ago; 1.0.0 is WARM.
class WarmKeeperTest : public ::testing::Test {
 protected:
  WarmKeeperTest() {
    int64_t number = 0;
    for (const char* version : {"1.0.0", "1.1.0"}) {
      const std::string json = std::string(R"({"schema": 1, "id": "shop", "version": ")") + version +
                               R"(", "contracts": [{"id": "plugin/1", "scope": "account"}]})";
      const auto manifest = ParseManifest(json).value();
      const absl::Status stored = store_->Write([&](Tx& tx) {
        return WriteActivation(
                   tx, {.version = {.plugin_id = "shop", .version = version, .folder = "/p", .manifest_json = json},
                        .manifest = manifest,
                        .now = clock_.Now()})
            .status();
      });
      EXPECT_TRUE(stored.ok()) << stored;
      line_->Add(generations_.Make(script_, ++number, manifest),
                 {.version = version, .signer = "us", .signing_keys = {}});
      line_->Move(number, GenerationState::kLoaded);
      line_->Move(number, GenerationState::kProbed);
      line_->Flip(number, GenerationState::kDraining, "");
      clock_.Advance(kSecondUs);
    }
    line_->Move(1, GenerationState::kWarm);
    driver_.RefreshVersions(line_);
    line_->OnTrouble([this] { keeper_.Look(); });
    keeper_.Watch({line_, 1, 2, {.good = 50}, clock_.Now() + kMinuteUs});
  }
  ~WarmKeeperTest() override {
    line_->Stop();
    keeper_.Stop();
    reaper_.Stop();
  }
  void Break(int times) {
    for (int i = 0; i < times; ++i) {
      line_->StepEnded(2, {.lane_id = "a",
                           .job = Job::kOrders,
                           .status = MakeError(absl::StatusCode::kInternal, Reason::kPluginFault, "it threw"),
                           .plugin_calls = 1});
    }
  }
  // The keeper has a thread of its own.
  bool Eventually(const std::function<bool()>& fact) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!fact()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  TestFolder folder_;
  ManualClock clock_{1'000'000};
  std::unique_ptr<Store> store_ = OpenSqliteStore({.data_dir = folder_ / "data"}).value();
  PluginScript script_;
  TestGenerations generations_{clock_};
  TrustEverything trust_;
  const BundleGate gate_{trust_, {}};
  const CatalogOptions options_{.plugin_dir = folder_ / "plugins", .run_dir = folder_ / "loaded"};
  GenerationLoader loader_{clock_,  generations_.logger(), generations_.http(), generations_.documents(), gate_,
                           options_};
  LaneLink lanes_;
  Reaper reaper_;
  std::shared_ptr<PluginLine> line_ = std::make_shared<PluginLine>("shop", clock_);
  ReloadDriver driver_{{*store_, clock_, generations_.logger(), loader_, lanes_, reaper_, options_}};
  WarmKeeper keeper_{driver_, clock_, generations_.logger()};
};

TEST_F(WarmKeeperTest, GoesBack_WhenTheNewOneBreaks) {
  Break(2);
  EXPECT_EQ(line_->active_number(), 2) << "two are no proof";
  Break(1);
  EXPECT_TRUE(Eventually([&] { return line_->active_number() == 1; }));
  EXPECT_TRUE(Eventually([&] { return line_->StateOf(2) == GenerationState::kUnloaded; }));
  const absl::Status read = store_->Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const auto bad, tx.FindPluginVersion("shop", "1.1.0"));
    EXPECT_EQ(bad->standing, VersionStanding::kRolledBack);
    EXPECT_THAT(bad->why, HasSubstr("3 of 3 steps broke since the flip"));
    QS_ASSIGN_OR_RETURN(const PluginRecord plugin, tx.GetPlugin("shop"));
    EXPECT_EQ(plugin.version, "1.0.0");
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
}

TEST_F(WarmKeeperTest, LetsTheWarmOneGo_WhenItsWindowIsOver) {
  clock_.Advance(kMinuteUs + kSecondUs);
  EXPECT_TRUE(Eventually([&] { return line_->StateOf(1) == GenerationState::kUnloaded; }));
  Break(5);
  EXPECT_EQ(line_->active_number(), 2) << "there is no way back any more";
}

TEST_F(WarmKeeperTest, LeavesItAlone_WhenSomebodyElseTookIt) {
  ASSERT_EQ(line_->TakeWarm(), 1);
  clock_.Advance(kMinuteUs + kSecondUs);
  keeper_.Look();
  keeper_.Stop();
  EXPECT_EQ(line_->StateOf(1), GenerationState::kWarm);
}

}  // namespace
}  // namespace quayside
