// What the runner gives up before and after it loads a plugin. Each step answers what went wrong, or an empty text.
#pragma once

#include <string>

#include "tools/quayside-runner/options.h"

namespace quayside::runner {

// Dies with the thread of the host that started it; ends at once when that is gone already.
[[nodiscard]] std::string DieWithParent(int parent);

// No new privileges, no core file, bounded memory and descriptors.
[[nodiscard]] std::string LimitResources(const Options& options);

// No more threads or processes than there are. (Root is not bound by it; the filter below binds everybody.)
[[nodiscard]] std::string ForbidThreads();

// Files: the system's libraries can be read, nothing else. For this thread and those it makes afterwards. Without
// effect on a kernel without Landlock (before 5.13): `applied` says so.
[[nodiscard]] std::string RestrictFiles(bool* applied);

// System calls of the whole process. kLoading: what a dynamic loader needs: files can be opened for reading; no
// sockets, processes, threads, tracing, signals to others. kRunning: no files and no new executable memory either.
enum class Phase { kLoading, kRunning };
[[nodiscard]] std::string FilterSystemCalls(Phase phase);

}  // namespace quayside::runner
