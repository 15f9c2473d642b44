#include "sdk/conformance/process_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

extern char** environ;

namespace quayside::conformance {
namespace {

namespace fs = std::filesystem;

int CountThreads() {
  std::error_code error;
  int count = 0;
  for (fs::directory_iterator it("/proc/self/task", error), end; !error && it != end; it.increment(error)) ++count;
  return count;
}

std::vector<std::string> Descriptors() {
  std::vector<std::string> open;
  const std::string self = "/proc/" + std::to_string(getpid()) + "/fd";
  std::error_code error;
  for (fs::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const std::string target = fs::read_symlink(it->path(), gone).string();
    if (gone || target == self) continue;  // the one that lists them
    open.push_back(it->path().filename().string() + " -> " + target);
  }
  std::sort(open.begin(), open.end());
  return open;
}

std::string Signals() {
  std::string handlers;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    const auto address =
        reinterpret_cast<uintptr_t>((action.sa_flags & SA_SIGINFO) != 0 ? reinterpret_cast<void*>(action.sa_sigaction)
                                                                        : reinterpret_cast<void*>(action.sa_handler));
    handlers += std::to_string(number) + ":" + std::to_string(address) + " ";
  }
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&blocked, number) == 1) handlers += "blocked:" + std::to_string(number) + " ";
  }
  return handlers;
}

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t total = 0;
  int64_t resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

}  // namespace

ProcessState LookAtProcess() {
  ProcessState state;
  state.threads = CountThreads();
  state.descriptors = Descriptors();
  state.signals = Signals();
  state.locale = std::setlocale(LC_ALL, nullptr);
  std::error_code error;
  state.directory = fs::current_path(error).string();
  for (char** entry = environ; *entry != nullptr; ++entry) state.environment.emplace_back(*entry);
  state.umask = umask(0);
  umask(state.umask);
  state.resident_bytes = ResidentBytes();
  return state;
}

ProcessState LookAgain(const ProcessState& before) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (CountThreads() > before.threads && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  return LookAtProcess();
}

std::vector<std::string> Changes(const ProcessState& before, const ProcessState& after) {
  std::vector<std::string> changes;
  if (after.threads != before.threads)
    changes.push_back("there are " + std::to_string(after.threads) + " threads, before " +
                      std::to_string(before.threads));
  if (after.descriptors != before.descriptors) changes.emplace_back("open descriptors have changed");
  if (after.signals != before.signals) changes.emplace_back("signal handlers or the signal mask have changed");
  if (after.locale != before.locale) changes.push_back("the locale is " + after.locale + ", before " + before.locale);
  if (after.directory != before.directory) changes.push_back("the working directory is " + after.directory);
  if (after.environment != before.environment) changes.emplace_back("the environment has changed");
  if (after.umask != before.umask) changes.emplace_back("the umask has changed");
  return changes;
}

}  // namespace quayside::conformance
