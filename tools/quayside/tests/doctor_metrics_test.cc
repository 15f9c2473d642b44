// The doctor and the listener of the figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/doctor/metrics_rules.h"
#include "tools/quayside/tests/findings.h"

namespace quayside::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kAtHome[] = "127.0.0.1:9464";

MetricsAnswer Answered(int status, std::string body) {
  return MetricsAnswerOf(HttpAnswer{.status = status, .body = std::move(body)});
}

Findings Metrics(const MetricsFacts& facts) {
  Findings found;
  JudgeMetrics(facts, found);
  return found;
}

TEST(DoctorMetrics, FiguresOfTheHost_ForThisMachineOnly_AreFine) {
  const auto answer = Answered(200, "# TYPE quayside_scrape_failed gauge\nquayside_scrape_failed 0\n");
  EXPECT_THAT(Metrics({.listen = kAtHome, .answer = answer}),
              ElementsAre(Found(Weight::kFine, "127.0.0.1:9464, to this machine only")));
}

TEST(DoctorMetrics, FiguresThatAreMissing_AreARemark) {
  EXPECT_THAT(Metrics({.listen = kAtHome, .answer = Answered(200, "\nquayside_scrape_failed 1\n")}),
              ElementsAre(FoundWith(Weight::kRemark, "are missing", "the host's log")));
}

TEST(DoctorMetrics, NobodyThere_OrSomebodyElse_IsAProblem) {
  EXPECT_THAT(Metrics({.listen = kAtHome, .answer = MetricsAnswerOf(absl::UnavailableError("refused"))}),
              ElementsAre(FoundWith(Weight::kProblem, "no figures at 127.0.0.1:9464: refused", "restart the host")));
  for (const auto& other :
       {Answered(404, "\nquayside_scrape_failed 0\n"), Answered(200, "<html>"), Answered(200, "")}) {
    EXPECT_THAT(Metrics({.listen = kAtHome, .answer = other}),
                ElementsAre(FoundWith(Weight::kProblem, "not with the host's figures", "another one")));
  }
}

TEST(DoctorMetrics, FiguresForOtherMachines_AreAProblem) {
  EXPECT_THAT(
      Metrics({.listen = kAtHome,
               .answer = Answered(200, "\nquayside_scrape_failed 0\n"),
               .open_at = {"192.0.2.7", "[2001:db8::1]"}}),
      ElementsAre(FoundWith(Weight::kProblem, "at 192.0.2.7, [2001:db8::1]", "neither sign-in nor encryption")));
}

// Port 9464 is 24F8. Rows as the kernel writes them on a little-endian machine, as are all this is built for.
TEST(DoctorMetrics, WhoListensForOthers_IsReadFromTheKernelsTables) {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:24F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n"
      "   1: 0202007F:24F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1\n"
      "   2: 070200C0:24F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1\n"
      "   3: 070200C0:24F8 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4 1\n"
      "   4: 070200C0:24F9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1\n"
      "   5: 00000000:24F8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6 1\n";
  EXPECT_THAT(OpenListeners(table, 9464), ElementsAre("192.0.2.7", "0.0.0.0"));
  const std::string six =
      "  sl  local_address                         remote_address                        st\n"
      "   0: 00000000000000000000000001000000:24F8 00000000000000000000000000000000:0000 0A 0\n"
      "   1: 0000000000000000FFFF00000100007F:24F8 00000000000000000000000000000000:0000 0A 0\n"
      "   2: 00000000000000000000000000000000:24F8 00000000000000000000000000000000:0000 0A 0\n";
  EXPECT_THAT(OpenListeners(six, 9464), ElementsAre("[::]"));
  for (const char* none : {"", "\n\n", "x y z", "0: 0100007F 0 0A", "0: ZZ00007F:24F8 0 0A", "0: 01:24F8 0 0A"}) {
    EXPECT_THAT(OpenListeners(none, 9464), IsEmpty()) << none;
  }
}

}  // namespace
}  // namespace quayside::cli
