// Threads for what outlives its call: bounds, places that are given back, the end.
#include "host/api/work_threads.h"

#include <atomic>
#include <future>

#include "gmock/gmock.h"
#include "host/base/call_limit.h"
#include "host/base/errors.h"
#include "host/base/trace_scope.h"

namespace quayside {
namespace {

TEST(WorkThreadsTest, AsManyAsAllowed_AndAPlaceThatDiesUnusedIsFreeAgain) {
  WorkThreads threads(2, "busy");
  std::promise<void> go_on;
  const std::shared_future<void> told(go_on.get_future());
  ASSERT_TRUE(threads.Start([told] { told.wait(); }).ok());
  {
    const auto place = threads.Take();
    ASSERT_TRUE(place.ok());
    const absl::Status refused = threads.Start([] {});
    EXPECT_TRUE(HasReason(refused, Reason::kOverloaded)) << refused;
    EXPECT_EQ(refused.message(), "busy");
  }
  std::promise<void> done;
  EXPECT_TRUE(threads.Start([&done] { done.set_value(); }).ok());
  done.get_future().wait();
  go_on.set_value();
}

TEST(WorkThreadsTest, TheEnd_WaitsForWhatRuns_AndForPlacesThatWereGiven) {
  WorkThreads threads(4, "busy");
  auto place = threads.Take();
  ASSERT_TRUE(place.ok());
  threads.Refuse();
  EXPECT_TRUE(HasReason(threads.Take().status(), Reason::kShuttingDown));
  std::atomic<bool> worked = false;
  // Promised before: it is done.
  threads.Start(*std::move(place), [&worked] { worked = true; });
  threads.Stop();
  EXPECT_TRUE(worked);
}

TEST(WorkThreadsTest, WorkIsDone_InTheTraceOfWhoAskedForIt) {
  const TraceContext trace = *ParseTraceparent("00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01");
  WorkThreads threads(1, "busy");
  std::promise<std::string> seen;
  {
    const TraceScope scope(&trace);
    ASSERT_TRUE(threads
                    .Start([&seen] {
                      const TraceContext* mine = CurrentTrace();
                      seen.set_value(mine == nullptr ? "" : TraceIdText(*mine));
                    })
                    .ok());
  }
  EXPECT_EQ(seen.get_future().get(), "5b8efff798038103d269b633813fc60c");
}

TEST(WorkThreadsTest, WhatOutlivesItsCall_HasNoneOfItsLimit) {
  std::promise<const CallLimit*> seen;
  WorkThreads threads(1, "busy");
  const CallLimit over(std::chrono::system_clock::time_point::min());
  const CallLimitScope scope(over);
  ASSERT_TRUE(threads.Start([&seen] { seen.set_value(CurrentCallLimit()); }).ok());
  EXPECT_EQ(seen.get_future().get(), nullptr);
  EXPECT_EQ(CurrentCallLimit(), &over);
}

}  // namespace
}  // namespace quayside
