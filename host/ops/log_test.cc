#include "host/ops/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "host/base/errors.h"
#include "host/base/trace_scope.h"
#include "host/ops/log_text.h"

namespace quayside {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string Written(const LogOptions& options, const std::function<void(Logger&)>& write) {
  ::testing::internal::CaptureStderr();
  write(*MakeLogger(options));
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, TextLine_HasTimeLevelMessageAndFields) {
  const std::string line = Written({.format = "text"}, [](Logger& log) {
    log.Info("lane claimed", {Field("lane", "orders/amz-eu"), Field("epoch", int64_t{7}), Field("why", "two words")});
  });
  EXPECT_THAT(
      line,
      MatchesRegex("....-..-..T..:..:..\\.......Z info lane claimed lane=orders/amz-eu epoch=7 why=\"two words\"\n"));
}

TEST(Log, AThreshold_CountsFromWhenItIsSet) {
  ::testing::internal::CaptureStderr();
  LogThreshold threshold(LogLevel::kWarning);
  const auto log = MakeLogger({.level = "debug"}, threshold);
  log->Info("before");
  EXPECT_FALSE(log->Writes(LogLevel::kInfo));
  EXPECT_EQ(threshold.Set(LogLevel::kDebug), LogLevel::kWarning);
  log->Debug("after");
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, ::testing::Not(HasSubstr("before")));
  EXPECT_THAT(written, HasSubstr("debug after"));
}

TEST(Log, JsonLine_IsOneObject) {
  const std::string line =
      Written({.format = "json"}, [](Logger& log) { log.Error("stopped", {Field("count", int64_t{-3})}); });
  EXPECT_THAT(line,
              MatchesRegex("\\{\"time\":\"....-..-..T..:..:..\\.......Z\",\"level\":\"error\",\"message\":\"stopped\","
                           "\"count\":\"-3\"\\}\n"));
}

TEST(Log, LinesOfATrace_NameItAndItsSpan) {
  const auto trace = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const auto write = [&](Logger& log) {
    const TraceScope scope(trace);
    log.Info("lane claimed", {Field("lane", "shop.orders")});
  };
  EXPECT_THAT(Written({}, write),
              EndsWith("info lane claimed lane=shop.orders trace_id=0af7651916cd43dd8448eb211c80319c "
                       "span_id=b7ad6b7169203331\n"));
  EXPECT_THAT(Written({.format = "json"}, write),
              EndsWith("\"lane\":\"shop.orders\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\","
                       "\"span_id\":\"b7ad6b7169203331\"}\n"));
}

TEST(Log, AFieldCannotFakeTheTrace) {
  const auto trace = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_THAT(
      Written({},
              [&](Logger& log) {
                const TraceScope scope(trace);
                log.Info("m", {Field("trace_id", "1"), Field("span_id", "2")});
              }),
      EndsWith("m trace_id_=1 span_id_=2 trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331\n"));
}

TEST(Log, LevelFilter_DropsWhatIsLessImportant) {
  const auto all = [](Logger& log) {
    log.Debug("d");
    log.Info("i");
    log.Warning("w");
    log.Error("e");
  };
  const auto lines = [&](const std::string& level) {
    const std::string text = Written({.level = level}, all);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(lines("debug"), 4);
  EXPECT_EQ(lines("info"), 3);
  EXPECT_EQ(lines("warning"), 2);
  EXPECT_EQ(lines("error"), 1);
}

TEST(Log, NothingInAMessage_IsTakenForAFormat) {
  EXPECT_THAT(Written({}, [](Logger& log) { log.Info("100 % {} %v {0} %Y"); }), EndsWith("info 100 % {} %v {0} %Y\n"));
}

TEST(Log, AStatusField_IsReasonAndMessage) {
  EXPECT_EQ(Field("error", MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "no route")).value,
            "HTTP_FAILED: no route");
  EXPECT_EQ(Field("error", absl::CancelledError("stopped")).value, "CANCELLED: stopped");
  EXPECT_EQ(Field("error", absl::OkStatus()).value, "OK");
}

TEST(Log, LinesOfManyThreads_StayWhole) {
  const std::string text = Written({.format = "json"}, [](Logger& log) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 100; ++n) log.Info("m", {Field("n", int64_t{n})});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::istringstream stream(text);
  int lines = 0;
  for (std::string line; std::getline(stream, line); ++lines)
    EXPECT_THAT(line, MatchesRegex("\\{.*\"message\":\"m\",\"n\":\"[0-9]+\"\\}"));
  EXPECT_EQ(lines, 400);
}

TEST(Log, NullLogger_WritesNothing) {
  ::testing::internal::CaptureStderr();
  MakeNullLogger()->Error("lost");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(LogText, NoValueEndsTheLineOrFakesAField) {
  EXPECT_EQ(TextLine("a\nb", {Field("k", "v\r\nlevel=error"), Field("x y", "\"=\\")}),
            "a\\nb k=\"v\\r\\nlevel=error\" \"x y\"=\"\\\"=\\\\\"");
  EXPECT_EQ(TextLine("m", {Field("empty", "")}), "m empty=\"\"");
}

TEST(LogText, Json_EscapesEveryByteSoThatItStaysValidUtf8Json) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string json = JsonString(all);
  EXPECT_THAT(json, HasSubstr("\\u0000\\u0001"));
  EXPECT_THAT(json, HasSubstr("\\t\\n\\u000b\\u000c\\r"));
  EXPECT_THAT(json, HasSubstr(" !\\\"#"));
  EXPECT_THAT(json, HasSubstr("[\\\\]"));
  EXPECT_THAT(json, HasSubstr("~\\u007f\xef\xbf\xbd"));
  for (const unsigned char c : json) EXPECT_GE(c, 0x20);
}

TEST(LogText, Json_KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(JsonString("größe → 𝄞"), "\"größe → 𝄞\"");
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(JsonString("\xc3"), "\"" + bad + "\"");                                // cut off
  EXPECT_EQ(JsonString("\xc0\xaf"), "\"" + bad + bad + "\"");                      // overlong "/"
  EXPECT_EQ(JsonString("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");            // surrogate
  EXPECT_EQ(JsonString("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // beyond U+10FFFF
}

TEST(LogText, Json_FieldsCannotReplaceTimeLevelOrMessage) {
  EXPECT_EQ(JsonMembers("m", {Field("level", "x"), Field("message", "y"), Field("time", "z")}),
            R"("message":"m","level_":"x","message_":"y","time_":"z")");
}

}  // namespace
}  // namespace quayside
