#include "host/plugin/reload/step_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "host/plugin/folder_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What stands in the journal of a call that died of a signal. In a build with a sanitizer, which has handlers of its
// own, nobody says how it died: only who was inside.
#if defined(QUAYSIDE_SANITIZED)
std::string Marked(const char*) { return ""; }
#else
std::string Marked(const char* signal) { return signal; }
#endif

class StepJournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<StepJournal> Open() {
    auto journal = StepJournal::Open(folder_.path() + "/steps.journal");
    EXPECT_TRUE(journal.ok()) << journal.status();
    return *std::move(journal);
  }
  // A process of its own that dies as `body` says; never returns from it alive.
  void Die(const std::function<void(StepJournal&)>& body) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const rlimit none{0, 0};
      setrlimit(RLIMIT_CORE, &none);
      StepJournal::CatchDeaths();
      const std::unique_ptr<StepJournal> journal = Open();
      journal->BeginAnew();
      body(*journal);
      _exit(0);
    }
    waitpid(child, &status_, 0);
  }
  [[nodiscard]] static JournalEntry Inside(const std::string& how) {
    return {"amazon", "1.2.3", 7, "shop.orders", "order_sync/1", how};
  }
  static void DieInside(StepJournal& journal, const std::function<void()>& how) {
    const StepJournal::Scope scope(&journal, "amazon", "1.2.3", 7, "shop.orders", "order_sync/1");
    how();
  }

  TestFolder folder_;
  int status_ = 0;
};

TEST_F(StepJournalTest, ACallThatCameBack_LeavesNothing) {
  Die([](StepJournal& journal) { DieInside(journal, [] {}); });
  EXPECT_THAT(Open()->left_behind(), IsEmpty());
}

TEST_F(StepJournalTest, ADeadlySignalInside_IsHeldAgainstTheVersion_AndStillKills) {
  for (const auto& [number, name] : {std::pair(SIGSEGV, "SIGSEGV"), std::pair(SIGBUS, "SIGBUS"),
                                     std::pair(SIGILL, "SIGILL"), std::pair(SIGFPE, "SIGFPE")}) {
    Die([number = number](StepJournal& journal) { DieInside(journal, [&] { raise(number); }); });
    EXPECT_TRUE(WIFSIGNALED(status_));
    EXPECT_EQ(WTERMSIG(status_), number);
    EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked(name))));
  }
}

TEST_F(StepJournalTest, AnAbortInside_IsHeldAgainstTheVersion) {
  Die([](StepJournal& journal) { DieInside(journal, [] { std::abort(); }); });
  EXPECT_EQ(WTERMSIG(status_), SIGABRT);
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked("SIGABRT"))));
}

TEST_F(StepJournalTest, AFaultOfTheMachine_IsHeldAgainstTheVersion) {
  Die([](StepJournal& journal) {
    DieInside(journal, [] {
      // No null: a sanitizer would speak before the machine does.
      volatile uintptr_t nowhere = 16;
      *reinterpret_cast<volatile int*>(nowhere) = 1;  // NOLINT: that is the test
    });
  });
  EXPECT_EQ(WTERMSIG(status_), SIGSEGV);
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked("SIGSEGV"))));
}

int Deeper(int depth) {
  volatile char room[4096] = {};
  room[depth % 4096] = 1;
  return depth < 0 ? 0 : Deeper(depth + 1) + room[0];
}

TEST_F(StepJournalTest, AnOverflowOfTheStack_IsHeldAgainstTheVersion) {
  Die([](StepJournal& journal) { DieInside(journal, [] { (void)Deeper(1); }); });
  EXPECT_EQ(WTERMSIG(status_), SIGSEGV);
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked("SIGSEGV"))));
}

TEST_F(StepJournalTest, AnExitInside_IsHeldAgainstTheVersion) {
  Die([](StepJournal& journal) { DieInside(journal, [] { std::exit(0); }); });
  EXPECT_TRUE(WIFEXITED(status_));
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside("exit")));
}

TEST_F(StepJournalTest, AKillFromOutside_NamesWhoWasInside_ButBlamesNobody) {
  Die([](StepJournal& journal) { DieInside(journal, [] { kill(getpid(), SIGKILL); }); });
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside("")));
}

TEST_F(StepJournalTest, ADeathOutside_BlamesNobody) {
  Die([](StepJournal& journal) {
    DieInside(journal, [] {});
    raise(SIGSEGV);
  });
  EXPECT_THAT(Open()->left_behind(), IsEmpty());
}

TEST_F(StepJournalTest, WhatWasLeftBehind_IsTold_UntilItIsDealtWith) {
  Die([](StepJournal& journal) { DieInside(journal, [] { raise(SIGSEGV); }); });
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked("SIGSEGV"))));
  Open()->BeginAnew();
  EXPECT_THAT(Open()->left_behind(), IsEmpty());
}

TEST_F(StepJournalTest, AThreadThatWorksForTheCaller_IsInsideWhatTheCallerIsInside) {
  Die([](StepJournal& journal) {
    DieInside(journal, [] {
      std::thread([inside = StepJournal::Here()] {
        const StepJournal::Loan loan(inside);
        raise(SIGSEGV);
      }).join();
    });
  });
  EXPECT_THAT(Open()->left_behind(), ElementsAre(Inside(Marked("SIGSEGV"))));
}

TEST_F(StepJournalTest, AStrangersFile_IsNoHistory) {
  std::ofstream(folder_.path() + "/steps.journal") << "something else";
  EXPECT_THAT(Open()->left_behind(), IsEmpty());
}

TEST_F(StepJournalTest, LongNames_AreCut) {
  const std::string longest(500, 'x');
  Die([&](StepJournal& journal) {
    const StepJournal::Scope scope(&journal, longest, longest, 1, longest, longest.c_str());
    raise(SIGSEGV);
  });
  const auto journal = Open();
  ASSERT_EQ(journal->left_behind().size(), 1U);
  EXPECT_EQ(journal->left_behind()[0].lane_id, std::string(159, 'x'));
}

}  // namespace
}  // namespace quayside
