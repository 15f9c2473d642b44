// Runs: asked for, and cancelled.
#include <string>

#include "gmock/gmock.h"
#include "host/api/world_for_tests.h"
#include "host/base/names.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;

class RunsTest : public ::testing::Test {
 protected:
  RunsTest() {
    world_.MakeAccount();
    world_.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  }
  std::string Start() {
    const auto started = world_.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders'");
    EXPECT_TRUE(started.ok()) << started;
    return started->run().name();
  }
  ApiWorld world_;
};

TEST_F(RunsTest, CancelRun_EndsIt_AndTheEngineIsTold) {
  const std::string run = Start();
  const auto tried = world_.Ask(&Syncs::CancelRun, "name: '" + run + "' validate_only: true");
  EXPECT_EQ(tried->run().state(), api::RUN_STATE_CANCELLED);
  EXPECT_EQ(world_.Ask(&Syncs::GetRun, "name: '" + run + "'")->run().state(), api::RUN_STATE_QUEUED);
  EXPECT_TRUE(world_.engine.cancelled_runs().empty());
  const auto cancelled = world_.Ask(&Syncs::CancelRun, "name: '" + run + "' request_id: 'c1'");
  ASSERT_TRUE(cancelled.ok()) << cancelled;
  EXPECT_EQ(cancelled->run().state(), api::RUN_STATE_CANCELLED);
  EXPECT_TRUE(cancelled->run().has_end_time());
  EXPECT_THAT(world_.engine.cancelled_runs(), ElementsAre(ParseRunName(run).value()));
  EXPECT_EQ(world_.EventTexts().back(), "run.cancelled " + run);
  // The next one who asks gets a run of his own.
  EXPECT_NE(Start(), run);
}

TEST_F(RunsTest, CancelRun_OfOneThatIsOver_ChangesNothing) {
  const std::string run = Start();
  ASSERT_TRUE(world_.Ask(&Syncs::CancelRun, "name: '" + run + "'").ok());
  const size_t events = world_.EventTexts().size();
  EXPECT_EQ(world_.Ask(&Syncs::CancelRun, "name: '" + run + "'")->run().state(), api::RUN_STATE_CANCELLED);
  EXPECT_EQ(world_.EventTexts().size(), events);
  EXPECT_EQ(world_.Ask(&Syncs::CancelRun, "name: 'runs/77'").reason(), "RUN_NOT_FOUND");
  EXPECT_EQ(world_.Ask(&Syncs::CancelRun, "name: 'lanes/amz.orders'").reason(), "INVALID_NAME");
}

}  // namespace
}  // namespace quayside
