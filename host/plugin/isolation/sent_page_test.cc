#include "host/plugin/isolation/sent_page.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace quayside {
namespace {

TEST(SentPage, WithoutOne_NothingIsCounted) {
  const SentPage none;
  EXPECT_EQ(none.descriptor(), -1);
  EXPECT_EQ(none.by_host(), nullptr);
  EXPECT_EQ(none.by_runner(), nullptr);
  CountSent(none.by_host());
  const SentPage broken = SentPage::Take(open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(broken.by_runner(), nullptr);
}

TEST(SentPage, EachEnd_SeesWhatTheOtherSent) {
  SentPage host = SentPage::Make();
  ASSERT_NE(host.by_host(), nullptr);
  const SentPage runner = SentPage::Take(dup(host.descriptor()));
  host.CloseDescriptor();
  EXPECT_EQ(host.descriptor(), -1);
  ASSERT_NE(runner.by_host(), nullptr);
  EXPECT_NE(runner.by_host(), host.by_host()) << "mapped twice";
  CountSent(host.by_host());
  EXPECT_EQ(runner.by_host()->load(), 1u);
  EXPECT_EQ(runner.by_runner()->load(), 0u);
  CountSent(runner.by_runner());
  CountSent(runner.by_runner());
  EXPECT_EQ(host.by_runner()->load(), 2u);
  EXPECT_EQ(host.by_host()->load(), 1u);
}

TEST(SentPage, AnotherProcess_CannotTakeItAway) {
  const SentPage host = SentPage::Make();
  const pid_t child = fork();
  if (child == 0) {
    const int refused = ftruncate(host.descriptor(), 0);
    CountSent(host.by_runner());
    _exit(refused == 0 ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << "its size could be changed";
  EXPECT_EQ(host.by_runner()->load(), 1u);
}

TEST(SentPage, MovesWithWhatItHolds) {
  SentPage first = SentPage::Make();
  SentCount* const count = first.by_host();
  SentPage second = std::move(first);
  EXPECT_EQ(second.by_host(), count);
  EXPECT_EQ(first.by_host(), nullptr);  // NOLINT(bugprone-use-after-move): that is what is looked at
}

}  // namespace
}  // namespace quayside
