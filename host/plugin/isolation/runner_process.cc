#include "host/plugin/isolation/runner_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/isolation/runner_descriptors.h"

namespace quayside {
namespace {

absl::Status CannotStart(std::string_view what, int code) {
  return MakeError(absl::StatusCode::kUnavailable, Reason::kPluginCrashed,
                   Concat("cannot start a runner: ", what, ": ", std::strerror(code)));
}

// A copy above the numbers the child's descriptors get: there, one is never put in the place of another.
absl::StatusOr<FileDescriptor> Above(int fd) {
  const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 64);
  if (copy < 0) return CannotStart("descriptors", errno);
  return FileDescriptor(copy);
}

}  // namespace

absl::StatusOr<FileDescriptor> SealBytes(const std::string& name, std::string_view bytes) {
  FileDescriptor memory(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.is_open()) return CannotStart("memory for the library", errno);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(memory.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return CannotStart("memory for the library", errno);
    done += static_cast<size_t>(n);
  }
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return CannotStart("sealing the library", errno);
  }
  return memory;
}

absl::StatusOr<RunnerProcess> StartRunner(const RunnerStart& start, const FileDescriptor& library) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return CannotStart("socketpair", errno);
  RunnerProcess process;
  process.socket = FileDescriptor(ends[0]);
  const FileDescriptor socket(ends[1]);
  if (pipe2(ends, O_CLOEXEC) != 0) return CannotStart("pipe", errno);
  process.output = FileDescriptor(ends[0]);
  const FileDescriptor output(ends[1]);
  fcntl(process.output.get(), F_SETFL, O_NONBLOCK);
  // Not blocking here: the host only rings it, and a bell that rings already needs no more. The runner waits in poll().
  process.bell = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!process.bell.is_open()) return CannotStart("eventfd", errno);

  QS_ASSIGN_OR_RETURN(const FileDescriptor child_output, Above(output.get()));
  QS_ASSIGN_OR_RETURN(const FileDescriptor child_socket, Above(socket.get()));
  QS_ASSIGN_OR_RETURN(const FileDescriptor child_library, Above(library.get()));
  QS_ASSIGN_OR_RETURN(const FileDescriptor child_bell, Above(process.bell.get()));
  process.sent = SentPage::Make();
  FileDescriptor child_sent;
  if (process.sent.descriptor() >= 0) {
    QS_ASSIGN_OR_RETURN(child_sent, Above(process.sent.descriptor()));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const absl::Cleanup destroy_actions = [&] { posix_spawn_file_actions_destroy(&actions); };
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_output.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, child_socket.get(), kRunnerSocket);
  posix_spawn_file_actions_adddup2(&actions, child_library.get(), kRunnerLibrary);
  posix_spawn_file_actions_adddup2(&actions, child_bell.get(), kRunnerBell);
  if (child_sent.is_open()) posix_spawn_file_actions_adddup2(&actions, child_sent.get(), kRunnerSent);
  posix_spawn_file_actions_addclosefrom_np(&actions, kRunnerFirstClosed);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  const absl::Cleanup destroy_attributes = [&] { posix_spawnattr_destroy(&attributes); };
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);

  std::vector<std::string> arguments = {start.program,
                                        "--parent",
                                        Concat(getpid()),
                                        "--workers",
                                        Concat(start.workers),
                                        "--memory-mib",
                                        Concat(start.limits.memory_mib),
                                        "--open-files",
                                        Concat(start.limits.open_files)};
  if (start.wait_for_debugger) arguments.emplace_back("--wait-for-debugger");
  arguments.push_back(start.label);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  const int error =
      posix_spawn(&process.pid, start.program.c_str(), &actions, &attributes, argv.data(), no_environment);
  if (error != 0) return CannotStart(start.program, error);
  process.sent.CloseDescriptor();
  // Nobody but this code waits for it: the number is still its own.
  process.pidfd = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  if (!process.pidfd.is_open()) {
    const int code = errno;
    kill(process.pid, SIGKILL);
    while (waitpid(process.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return CannotStart("pidfd_open", code);
  }
  return process;
}

RunnerEnd ReapRunner(const RunnerProcess& process) {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED) < 0) {
    if (errno != EINTR) return {false, "ended in a way the host could not see"};
  }
  if (info.si_code == CLD_EXITED && info.si_status == kRunnerLostDescriptors) {
    return {false, "closed its connection to the host"};
  }
  if (info.si_code == CLD_EXITED) return {false, Concat("ended with exit code ", info.si_status)};
  const char* name = sigabbrev_np(info.si_status);
  return {info.si_status == SIGKILL,
          Concat("died of ", strsignal(info.si_status), " (SIG", name != nullptr ? name : "?", ")")};
}

void KillRunner(const RunnerProcess& process) {
  (void)syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);  // gone already: as wished
}

bool IsTraced(pid_t pid) {
  std::ifstream status(Concat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return ParseWhole(Trim(line.substr(10))).value_or(0) != 0;
  }
  return false;
}

}  // namespace quayside
