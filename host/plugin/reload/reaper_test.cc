#include "host/plugin/reload/reaper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace quayside {
namespace {

TEST(ReaperTest, AJobThatHangs_DelaysNoOther) {
  Reaper reaper;
  std::promise<void> let_go;
  std::promise<void> other;
  ASSERT_TRUE(reaper.Post([go = let_go.get_future().share()] { go.wait(); }));
  ASSERT_TRUE(reaper.Post([&other] { other.set_value(); }));
  EXPECT_EQ(other.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  let_go.set_value();
}

TEST(ReaperTest, Stop_WaitsForWhatIsUnderWay_AndTakesNothingMore) {
  Reaper reaper;
  std::promise<void> begun;
  std::promise<void> let_go;
  std::atomic<bool> done{false};
  ASSERT_TRUE(reaper.Post([&, go = let_go.get_future().share()] {
    begun.set_value();
    go.wait();
    done = true;
  }));
  begun.get_future().wait();
  auto stopping = std::async(std::launch::async, [&] { reaper.Stop(); });
  let_go.set_value();
  stopping.get();
  EXPECT_TRUE(done);
  EXPECT_FALSE(reaper.Post([] {}));
}

}  // namespace
}  // namespace quayside
