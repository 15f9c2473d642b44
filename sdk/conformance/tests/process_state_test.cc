#include "sdk/conformance/process_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace quayside::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ProcessState, AThreadThatWasJoined_IsNoChange) {
  std::thread([] {}).join();  // with a process's first thread a sanitizer starts one of its own
  const ProcessState before = LookAtProcess();
  // Often enough that the kernel is late with one of them.
  for (int round = 0; round < 2'000; ++round) {
    std::thread([] {}).join();
    ASSERT_THAT(Changes(before, LookAtProcess(before.threads)), IsEmpty()) << "in round " << round;
  }
}

TEST(ProcessState, AThreadThatStays_IsAChange) {
  const ProcessState before = LookAtProcess();
  std::promise<void> end;
  std::thread stays([&] { end.get_future().wait(); });
  const auto changes = Changes(before, LookAtProcess(before.threads));
  end.set_value();
  stays.join();
  EXPECT_THAT(changes, ElementsAre(::testing::HasSubstr("threads, before")));
}

}  // namespace
}  // namespace quayside::conformance
