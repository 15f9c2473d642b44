#include "host/plugin/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"
#include "host/plugin/abi_calls.h"
#include "host/plugin/bundle.h"
#include "host/plugin/elf_lint.h"
#include "host/plugin/host_services.h"
#include "host/plugin/isolation/runner_process.h"
#include "host/plugin/library.h"
#include "host/plugin/wire.h"

extern char** environ;

namespace quayside {
namespace {

// The last word of a child that came to its end.
constexpr std::string_view kFine = "quayside-probe: fine\n";

absl::Status Unloadable(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected, what);
}

std::string HowItDied(int wait_status) {
  if (WIFSIGNALED(wait_status))
    return Concat("the process that tried to load it died of ", strsignal(WTERMSIG(wait_status)));
  return Concat("the process that tried to load it ended with exit code ", WEXITSTATUS(wait_status));
}

absl::Status CreateOnce(const PluginLibrary& library) {
  const qs_host host{sizeof(qs_host), QS_ABI_MINOR, nullptr, &InvokeHostService};
  qs_instance* instance = nullptr;
  ReplyBuffer error;
  QS_ASSIGN_OR_RETURN(const qs_status created, AbiCreate(library.table(), host, "", instance, error));
  return created == QS_OK ? AbiDestroy(library.table(), instance) : absl::OkStatus();
}

absl::Status ProbeFolder(const std::string& folder) {
  QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(folder));
  QS_ASSIGN_OR_RETURN(const ElfFacts facts, ReadElf(bundle.library));
  QS_RETURN_IF_ERROR(RefuseFrom(LintWeight::kRefused, LintElf(facts, ThisLintHost())));
  // In memory: whoever kills this process, or its parent, leaves no file behind.
  QS_ASSIGN_OR_RETURN(const FileDescriptor bytes, SealBytes("plugin.so", bundle.library));
  QS_ASSIGN_OR_RETURN(const auto library, LoadPluginLibraryAt(bundle, Concat("/proc/self/fd/", bytes.get())));
  // An empty configuration must be answered, by an instance or by a status. On a thread that ends before the unloading,
  // as the host does it: what a thread_local keeps alive goes with the thread.
  absl::Status created;
  std::thread([&] { created = CreateOnce(*library); }).join();
  QS_RETURN_IF_ERROR(created);
  return library->Unload();
}

}  // namespace

int RunProbe(const std::string& folder) {
  // A constructor that blocks must not outlive the host that tried it.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const absl::Status status = ProbeFolder(folder);
  if (status.ok()) {
    // An exit code alone could be the library's own exit(0).
    std::fputs(kFine.data(), stdout);
    std::fflush(stdout);
    return 0;
  }
  std::fputs(std::string(status.message()).c_str(), stdout);
  std::fflush(stdout);
  return 1;
}

absl::Status ProbeBundle(const std::string& probe_program, const std::string& folder, DurationUs patience_us) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return Unloadable(Concat("cannot probe: ", std::strerror(errno)));
  const absl::Cleanup close_read = [&] { close(pipe_ends[0]); };

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  const char* argv[] = {probe_program.c_str(), folder.c_str(), nullptr};
  pid_t child = 0;
  const int spawned = posix_spawn(&child, probe_program.c_str(), &actions, nullptr, const_cast<char**>(argv), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  if (spawned != 0) return Unloadable(Concat("cannot start ", probe_program, ": ", std::strerror(spawned)));

  // Read until the child closes its end (it ended) or the time is over.
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(patience_us);
  std::string said;
  bool timed_out = false;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd waiting{pipe_ends[0], POLLIN, 0};
    const int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      timed_out = true;
      kill(child, SIGKILL);
      break;
    }
    char buffer[4096];
    const ssize_t n = read(pipe_ends[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (said.size() < 64 * 1024) said.append(buffer, static_cast<size_t>(n));
  }
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  if (timed_out) return Unloadable("loading it does not end: a constructor, the entry or create blocks");
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0 && said.ends_with(kFine)) return absl::OkStatus();
  absl::StripAsciiWhitespace(&said);
  return Unloadable(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 1 && !said.empty() ? said
                                                                                             : HowItDied(wait_status));
}

}  // namespace quayside
