// quayside-runner: loads one plugin in a process of its own and runs its calls for the host. See README.md.
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "host/plugin/isolation/runner_descriptors.h"
#include "tools/quayside-runner/containment.h"
#include "tools/quayside-runner/library.h"
#include "tools/quayside-runner/options.h"
#include "tools/quayside-runner/server.h"

namespace {

using namespace quayside;          // NOLINT: the program is the runner
using namespace quayside::runner;  // NOLINT

bool DebuggerAttached() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("TracerPid:", 0) == 0) return line.find_first_of("123456789") != std::string::npos;
  }
  return false;
}

void WaitForDebugger() {
  std::fprintf(stderr, "quayside-runner: waits for a debugger: gdb -p %d\n", getpid());
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);  // where only ancestors may attach; fails elsewhere
  const timespec tick{0, 100'000'000};
  while (!DebuggerAttached()) nanosleep(&tick, nullptr);
}

// The first frame: what was loaded, or what was found.
void SayReady(Server& server, const Library& library, bool files_restricted) {
  FrameHeader header;
  header.kind = FrameKind::kReady;
  header.flags = files_restricted ? 0 : FrameHeader::kFilesOpen;
  if (library.table == nullptr) {
    header.status = QS_INTERNAL;
    server.Send(header, {library.finding});
    return;
  }
  const std::string id(library.table->id);
  const std::string version(library.table->version);
  server.Send(header, {{id.c_str(), id.size() + 1}, {version.c_str(), version.size() + 1}, library.describe_reply});
}

std::string Contain(const Options& options, Server& server, bool* files_restricted) {
  // Files first: threads inherit it. Then threads: once system calls are filtered there are no more.
  if (std::string finding = DieWithParent(options.parent); !finding.empty()) return finding;
  if (options.wait_for_debugger) WaitForDebugger();
  if (std::string finding = LimitResources(options); !finding.empty()) return finding;
  if (std::string finding = RestrictFiles(files_restricted); !finding.empty()) return finding;
  server.StartThreads(options.workers + 1);
  if (std::string finding = ForbidThreads(); !finding.empty()) return finding;
  return FilterSystemCalls(Phase::kLoading);
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = ParseOptions(argc, argv);
  if (!options) return 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 4096);  // whole lines, also before a crash
  // Never destroyed: its threads run until the process ends.
  auto* server = new Server(kRunnerSocket, kRunnerBell, SentPage::Take(kRunnerSent));
  Library library;
  bool files_restricted = false;
  library.finding = Contain(*options, *server, &files_restricted);
  if (!library.finding.empty()) library.finding = "its runner cannot be contained: " + library.finding;
  if (library.finding.empty()) library = LoadLibrary(kRunnerLibrary);
  if (library.table != nullptr) {
    if (std::string finding = FilterSystemCalls(Phase::kRunning); !finding.empty()) {
      library = {.table = nullptr, .finding = "its runner cannot be contained: " + finding, .describe_reply = {}};
    }
  }
  SayReady(*server, library, files_restricted);
  if (library.table == nullptr) _exit(1);
  server->Serve(*library.table);
}
