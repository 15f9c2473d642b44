// One quayside-runner as the operating system sees it: started with nothing of the host's but what it needs.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "host/base/file_descriptor.h"
#include "host/plugin/isolation/sent_page.h"

namespace quayside {

struct RunnerLimits {
  int64_t memory_mib = 1024;  // private memory the runner may have, the plugin's included
  int32_t open_files = 64;
};

struct RunnerStart {
  std::string program;  // quayside-runner
  std::string label;    // "{plugin id} {version}", for process lists
  int workers = 4;      // calls at the same time
  RunnerLimits limits;
  bool wait_for_debugger = false;
};

struct RunnerProcess {
  pid_t pid = 0;
  FileDescriptor pidfd;   // readable when it ended
  FileDescriptor socket;  // the frames
  FileDescriptor bell;    // see call_mux.h
  SentPage sent;          // none where the system has no such memory
  FileDescriptor output;  // what the plugin writes to standard output and error; not blocking
};

// The library's bytes in memory that nobody can change any more.
[[nodiscard]] absl::StatusOr<FileDescriptor> SealBytes(const std::string& name, std::string_view bytes);

// Starts it in a session of its own, with an empty environment and these descriptors only. It is killed by the kernel
// when the calling thread ends: call from a thread that lives as long as the runner shall.
[[nodiscard]] absl::StatusOr<RunnerProcess> StartRunner(const RunnerStart& start, const FileDescriptor& library);

// Waits for the end of a process that ended or was killed and takes it off the system's list. How it ended: "died of
// Segmentation fault (SIGSEGV)", "ended with exit code 3".
struct RunnerEnd {
  bool killed = false;  // of SIGKILL: by the host, an operator or the kernel for want of memory
  std::string text;
};
[[nodiscard]] RunnerEnd ReapRunner(const RunnerProcess& process);

void KillRunner(const RunnerProcess& process);
// A debugger holds it.
[[nodiscard]] bool IsTraced(pid_t pid);

}  // namespace quayside
