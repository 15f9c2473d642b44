#include "host/net/clock_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "host/base/errors.h"
#include "host/net/fake_http_client.h"

namespace quayside {
namespace {

constexpr char kUrl[] = "http://127.0.0.1:1/sim/v1/clock";
constexpr TimeUs kThenUs = 1'900'000'000 * kSecondUs;

HttpAnswer ClockSays(TimeUs now_us, double speed) {
  return {.status = 200,
          .body = "{\"now_us\": " + std::to_string(now_us) + ", \"speed\": " + std::to_string(speed) + "}"};
}

class CountingLog final : public Logger {
 public:
  void Log(LogLevel level, std::string_view, const std::vector<LogField>&) override {
    if (level == LogLevel::kWarning) ++warnings;
  }
  std::atomic<int> warnings{0};
};

class ClockFollowerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<ClockFollower>> Start() {
    return ClockFollower::Start(client_, log_, kUrl, std::chrono::milliseconds(1));
  }
  // The follower has asked so many more times.
  void AwaitQuestions(size_t more) {
    const size_t enough = client_.sent().size() + more;
    while (client_.sent().size() < enough) std::this_thread::yield();
  }

  FakeHttpClient client_;
  CountingLog log_;
};

TEST_F(ClockFollowerTest, Start_TakesTheSimulatorsTime) {
  client_.OnSend([](const HttpExchange&) { return ClockSays(kThenUs, 0); });
  const auto follower = Start();
  ASSERT_TRUE(follower.ok()) << follower.status();
  EXPECT_EQ(client_.sent().front().url, kUrl);
  EXPECT_GE((*follower)->clock().Now(), kThenUs);
  EXPECT_LT((*follower)->clock().Now(), kThenUs + kMinuteUs);
}

TEST_F(ClockFollowerTest, Start_IsRefused_WhenThereIsNoClock) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"now_us": "later", "speed": 1})", R"({"now_us": 1})"}) {
    client_.OnSend([&](const HttpExchange&) { return HttpAnswer{.status = 200, .body = body}; });
    EXPECT_EQ(Start().status().code(), absl::StatusCode::kUnavailable) << body;
  }
  client_.OnSend([](const HttpExchange&) {
    HttpAnswer answer = ClockSays(kThenUs, 1);
    answer.status = 500;
    return answer;
  });
  EXPECT_TRUE(HasReason(Start().status(), Reason::kHttpFailed));
  client_.OnSend([](const HttpExchange&) { return absl::UnavailableError("connection refused"); });
  EXPECT_TRUE(HasReason(Start().status(), Reason::kHttpFailed));
}

TEST_F(ClockFollowerTest, AJumpOfTheSimulator_IsFollowed) {
  std::atomic<TimeUs> there{kThenUs};
  client_.OnSend([&](const HttpExchange&) { return ClockSays(there.load(), 0); });
  const auto follower = Start();
  ASSERT_TRUE(follower.ok());
  there = kThenUs + kDayUs;
  AwaitQuestions(2);
  EXPECT_GE((*follower)->clock().Now(), kThenUs + kDayUs);
}

TEST_F(ClockFollowerTest, ASpeed_IsTaken) {
  client_.OnSend([](const HttpExchange&) { return ClockSays(kThenUs, 60); });
  const auto follower = Start();
  ASSERT_TRUE(follower.ok());
  EXPECT_EQ((*follower)->clock().RealDuration(kMinuteUs), kSecondUs);
}

TEST_F(ClockFollowerTest, ASimulatorThatIsGone_IsToldOnce_AndTheClockRunsOn) {
  std::atomic<bool> gone{false};
  client_.OnSend([&](const HttpExchange&) -> absl::StatusOr<HttpAnswer> {
    if (gone) return absl::UnavailableError("connection refused");
    return ClockSays(kThenUs, 1);
  });
  const auto follower = Start();
  ASSERT_TRUE(follower.ok());
  gone = true;
  AwaitQuestions(4);
  EXPECT_EQ(log_.warnings, 1);
  EXPECT_GE((*follower)->clock().Now(), kThenUs);
  gone = false;
  AwaitQuestions(2);
  gone = true;
  AwaitQuestions(3);
  EXPECT_EQ(log_.warnings, 2);
}

}  // namespace
}  // namespace quayside
