#include "host/api/grpc_log.h"

#include <vector>

#include "gmock/gmock.h"
#include "grpc/support/log.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class GrpcLines final : public Logger {
 public:
  void Log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) override {
    std::string line = std::string(level == LogLevel::kWarning ? "warning " : "other ") + std::string(message);
    for (const LogField& field : fields) line += " " + std::string(field.key) + "=" + field.value;
    lines.push_back(std::move(line));
  }
  std::vector<std::string> lines;
};

class GrpcLogTest : public testing::Test {
 protected:
  // gRPC says nothing before its first use; and is not asked what the environment wants here.
  GrpcLogTest() { gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR); }
};

TEST_F(GrpcLogTest, AFloodIsTenLinesAMinute_AndTheNextSaysHowManyWereLeftOut) {
  GrpcLines log;
  auto now = std::chrono::steady_clock::now();
  GrpcLog grpc_log(log, [&now] { return now; });
  for (int i = 0; i < 1000; ++i) gpr_log(GPR_ERROR, "Handshake failed with %d", i);
  ASSERT_THAT(log.lines, SizeIs(GrpcLog::kLinesPerMinute));
  EXPECT_THAT(log.lines.front(), HasSubstr("warning gRPC says text=Handshake failed with 0 place=grpc_log_test.cc:"));
  EXPECT_THAT(log.lines.front(), HasSubstr("left_out=0"));
  now += std::chrono::minutes(1);
  gpr_log(GPR_ERROR, "once more, for someone@example.com");
  ASSERT_THAT(log.lines, SizeIs(GrpcLog::kLinesPerMinute + 1));
  EXPECT_THAT(log.lines.back(), HasSubstr("once more, for ***"));
  EXPECT_THAT(log.lines.back(), HasSubstr("left_out=990"));
}

TEST_F(GrpcLogTest, AfterItsEndNothingIsWrittenToIt) {
  GrpcLines log;
  {
    GrpcLog grpc_log(log);
    gpr_log(GPR_ERROR, "here");
  }
  gpr_log(GPR_ERROR, "on standard error");
  EXPECT_THAT(log.lines, ElementsAre(HasSubstr("here")));
}

}  // namespace
}  // namespace quayside
