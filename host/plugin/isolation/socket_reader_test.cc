#include "host/plugin/isolation/socket_reader.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <thread>

#include "host/base/file_descriptor.h"

namespace quayside {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(LookRuleTest, LooksWhileWaitsAreShort_AndWhereAnotherCoreIs) {
  LookRule rule(2);
  EXPECT_TRUE(rule.looks()) << "nothing is known of the first wait";
  rule.Waited(LookRule::kShortWait + microseconds(1));
  EXPECT_FALSE(rule.looks());
  rule.Waited(LookRule::kShortWait);
  EXPECT_TRUE(rule.looks());
  rule.Waited({});
  EXPECT_TRUE(rule.looks());

  LookRule alone(1);
  EXPECT_FALSE(alone.looks());
  alone.Waited({});
  EXPECT_FALSE(alone.looks()) << "the other end could not answer meanwhile";
}

class SocketReaderTest : public ::testing::Test {
 protected:
  SocketReaderTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    here_ = FileDescriptor(ends[0]);
    there_ = FileDescriptor(ends[1]);
  }

  std::string Read() {
    std::array<char, 64> bytes{};
    const ssize_t n = reader_.Read(here_.get(), bytes.data(), bytes.size());
    return n < 0 ? "error" : std::string(bytes.data(), static_cast<size_t>(n));
  }
  void Write(std::string_view bytes) {
    EXPECT_EQ(send(there_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  FileDescriptor here_;
  FileDescriptor there_;
  SocketReader reader_;
};

TEST_F(SocketReaderTest, WhatIsThere_IsReadAtOnce_AndWhatComesLater_IsWaitedFor) {
  Write("one");
  EXPECT_EQ(Read(), "one");
  // Each answer follows its question: some while the reader looks, others while it sleeps.
  std::thread other([&] {
    std::array<char, 64> bytes{};
    for (int i = 0; i < 1000; ++i) {
      EXPECT_EQ(recv(there_.get(), bytes.data(), bytes.size(), 0), 1);
      Write("answer");
    }
  });
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(send(here_.get(), "?", 1, MSG_NOSIGNAL), 1);
    EXPECT_EQ(Read(), "answer");
  }
  other.join();
}

// Counted before it is sent, afterwards, or never: all of it arrives.
TEST_F(SocketReaderTest, TheOtherEndsCount_IsAHintOnly) {
  const SentPage page = SentPage::Make();
  ASSERT_NE(page.by_runner(), nullptr);
  SocketReader reader(page.by_runner());
  std::thread other([&] {
    char byte = 0;
    for (int i = 0; i < 900; ++i) {
      EXPECT_EQ(recv(there_.get(), &byte, 1, 0), 1);
      if (i % 3 == 0) CountSent(page.by_runner());
      Write("answer");
      if (i % 3 == 1) CountSent(page.by_runner());
    }
  });
  std::array<char, 64> bytes{};
  for (int i = 0; i < 900; ++i) {
    EXPECT_EQ(send(here_.get(), "?", 1, MSG_NOSIGNAL), 1);
    const ssize_t n = reader.Read(here_.get(), bytes.data(), bytes.size());
    EXPECT_EQ(std::string_view(bytes.data(), static_cast<size_t>(n)), "answer");
  }
  other.join();
}

TEST_F(SocketReaderTest, TheEndOfTheConnection_IsZeroBytes_WhetherItLooksOrSleeps) {
  std::thread other([&] {
    char byte = 0;
    EXPECT_EQ(recv(there_.get(), &byte, 1, 0), 1);
    there_ = FileDescriptor();
  });
  EXPECT_EQ(send(here_.get(), "?", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(Read(), "");
  EXPECT_EQ(Read(), "") << "and stays it";
  other.join();
}

TEST_F(SocketReaderTest, AFailure_IsReportedAsRecvDoes) {
  here_ = FileDescriptor();
  char byte = 0;
  EXPECT_EQ(reader_.Read(-1, &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace quayside
