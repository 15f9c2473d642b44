#include "sdk/conformance/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <set>

#include "sdk/conformance/session.h"

extern char** environ;

namespace quayside::conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostFindings = 20;
// Of a case's process: a plugin that takes all it can get must not take the machine.
[[maybe_unused]] constexpr rlim_t kMostAddressBytes = rlim_t{4} << 30;
constexpr size_t kMostShownBytes = 400;

// What a child says, one line each: "A what it tries", "F what it found", "E" at its end.
constexpr char kAt = 'A';
constexpr char kFinding = 'F';
constexpr char kEnd = 'E';

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

class PipeLog final : public Log {
 public:
  void Fail(const std::string& what) override {
    if (said_.size() < kMostFindings && said_.insert(what).second) Say(kFinding, what);
  }
  void At(const std::string& what) override { Say(kAt, what); }
  void End() { Say(kEnd, ""); }

 private:
  static void Say(char kind, const std::string& text) {
    std::string line(1, kind);
    for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    line += '\n';
    for (size_t sent = 0; sent < line.size();) {
      const ssize_t n = write(kSayFd, line.data() + sent, line.size() - sent);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) _exit(2);  // nobody listens: the plugin closed the descriptor, or the kit is gone
      sent += static_cast<size_t>(n);
    }
  }

  std::set<std::string> said_;
};

struct Heard {
  std::vector<std::string> findings;
  std::string at;
  bool ended = false;

  void Line(const std::string& line) {
    if (line.empty()) return;
    if (line.front() == kAt) at = line.substr(1);
    if (line.front() == kFinding) findings.push_back(line.substr(1));
    if (line.front() == kEnd) ended = true;
  }
};

// False: the time is over.
bool Listen(int fd, Clock::time_point until, Heard& heard) {
  std::string rest;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    char buffer[4096];
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return true;
    rest.append(buffer, static_cast<size_t>(n));
    for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      heard.Line(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
  }
}

// A child that has said its last word and does not end.
int WaitFor(pid_t child, Clock::time_point until, bool& killed) {
  constexpr std::chrono::milliseconds kTick{2};
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(child, &status, killed ? 0 : WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return 0;
    if (!killed && Clock::now() >= until) {
      kill(child, SIGKILL);
      killed = true;
    }
    if (!killed) poll(nullptr, 0, static_cast<int>(kTick.count()));
  }
}

std::string OutputOf(int fd) {
  std::string text(kMostShownBytes, '\0');
  const ssize_t n = pread(fd, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return text;
}

}  // namespace

Result RunInChild(const Case& one, const std::vector<std::string>& arguments) {
  Result result;
  result.name = one.name;
  const auto began = Clock::now();
  int ends[2];
  const Descriptor output(memfd_create("stdout", MFD_CLOEXEC));
  const Descriptor errors(memfd_create("stderr", MFD_CLOEXEC));
  if (pipe2(ends, O_CLOEXEC) != 0 || output.get() < 0 || errors.get() < 0) {
    result.findings.push_back(std::string("the kit cannot start the case: ") + std::strerror(errno));
    return result;
  }
  const Descriptor listen(ends[0]);
  Descriptor say(ends[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, say.get(), kSayFd);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int spawned = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  say.Close();
  if (spawned != 0) {
    result.findings.push_back(std::string("the kit cannot start the case: ") + std::strerror(spawned));
    return result;
  }

  Heard heard;
  const auto until = began + std::chrono::seconds(one.seconds);
  bool killed = !Listen(listen.get(), until, heard);
  const bool timed_out = killed;
  if (killed) kill(child, SIGKILL);
  const int status = WaitFor(child, until + std::chrono::seconds(2), killed);
  result.findings = heard.findings;
  const std::string during = heard.at.empty() ? "" : ", during: " + heard.at;
  if (timed_out) {
    result.findings.push_back("it does not end within " + std::to_string(one.seconds) + " s" + during);
  } else if (WIFSIGNALED(status)) {
    result.findings.push_back(std::string(killed ? "its process does not end" : "its process died of ") +
                              (killed ? "" : strsignal(WTERMSIG(status))) + during);
  } else if (!heard.ended) {
    result.findings.push_back("its process ended before the case did" + during);
  }
  if (const std::string text = OutputOf(output.get()); !text.empty())
    result.findings.push_back("the plugin writes to standard output: " + text);
  if (const std::string text = OutputOf(errors.get()); !text.empty() && !result.findings.empty())
    result.findings.push_back("standard error: " + text);
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return result;
}

int RunCase(const Case& one, const Bundle& bundle, const Cassette& cassette, uint64_t seed, const std::string& runner) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a plugin that blocks must not outlive the kit
  // Started by hand, in a debugger, nobody listens there: whoever looks is told.
  if (fcntl(kSayFd, F_GETFD) < 0) dup2(STDERR_FILENO, kSayFd);
  PipeLog log;
#if !defined(QUAYSIDE_SANITIZED)  // its shadow memory is far larger
  const rlimit limit{kMostAddressBytes, kMostAddressBytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0)
    log.Fail(std::string("the kit cannot bound its memory: ") + std::strerror(errno));
#endif
  try {
    one.run(Trial{bundle, cassette, seed, log, one.isolated ? runner : std::string()});
  } catch (const CaseOver& over) {
    log.Fail(over.what());
  }
  log.End();
  return 0;
}

}  // namespace quayside::conformance
