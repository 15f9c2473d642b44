#include "sdk/lint/forbidden_imports.h"

#include <algorithm>
#include <array>

namespace quayside::lint {
namespace {

constexpr std::string_view kThreads =
    "the host owns threads: one that is left behind crashes the process after unloading; return and be called again";
constexpr std::string_view kProcesses = "a plugin starts no process";
constexpr std::string_view kNetwork = "the host does the network: use Step::Http()";
constexpr std::string_view kLoading = "what it loads would stay; link what the plugin needs into it";
constexpr std::string_view kSignals = "signal handlers belong to the host and would outlive the plugin";
constexpr std::string_view kWaiting = "a plugin never sleeps: return RetryAfter";
constexpr std::string_view kProcessState = "it changes the process for everybody in it";
constexpr std::string_view kEnding = "it would end the host: return an error";

struct Forbidden {
  std::string_view symbol;
  std::string_view why;
};

// Sorted by symbol.
constexpr std::array kForbidden = std::to_array<Forbidden>({
    {"_Exit", kEnding},
    {"_Fork", kProcesses},
    {"_ZNSt6locale6globalERKS_", kProcessState},    // std::locale::global
    {"_ZSt13set_terminatePFvvE", kProcessState},    // std::set_terminate
    {"_ZSt15set_new_handlerPFvvE", kProcessState},  // std::set_new_handler
    {"_exit", kEnding},
    {"accept", kNetwork},
    {"accept4", kNetwork},
    {"alarm", kSignals},
    {"at_quick_exit", kSignals},
    {"bind", kNetwork},
    {"chdir", kProcessState},
    {"chroot", kProcessState},
    {"clearenv", kProcessState},
    {"clock_nanosleep", kWaiting},
    {"clone", kProcesses},
    {"connect", kNetwork},
    {"daemon", kProcesses},
    {"dlmopen", kLoading},
    {"dlopen", kLoading},
    {"execl", kProcesses},
    {"execle", kProcesses},
    {"execlp", kProcesses},
    {"execv", kProcesses},
    {"execve", kProcesses},
    {"execveat", kProcesses},
    {"execvp", kProcesses},
    {"execvpe", kProcesses},
    {"exit", kEnding},
    {"fchdir", kProcessState},
    {"fexecve", kProcesses},
    {"fork", kProcesses},
    {"getaddrinfo", kNetwork},
    {"gethostbyname", kNetwork},
    {"kill", kSignals},
    {"listen", kNetwork},
    {"nanosleep", kWaiting},
    {"on_exit", kSignals},
    {"popen", kProcesses},
    {"posix_spawn", kProcesses},
    {"posix_spawnp", kProcesses},
    {"prctl", kProcessState},
    {"pthread_atfork", kProcessState},
    {"pthread_create", kThreads},
    {"pthread_key_create", kThreads},
    {"pthread_sigmask", kSignals},
    {"ptrace", kProcessState},
    {"putenv", kProcessState},
    {"quick_exit", kEnding},
    {"setenv", kProcessState},
    {"setgid", kProcessState},
    {"setitimer", kSignals},
    {"setlocale", kProcessState},
    {"setrlimit", kProcessState},
    {"setrlimit64", kProcessState},
    {"setuid", kProcessState},
    {"sigaction", kSignals},
    {"sigaltstack", kSignals},
    {"signal", kSignals},
    {"sigprocmask", kSignals},
    {"sleep", kWaiting},
    {"socket", kNetwork},
    {"socketpair", kNetwork},
    {"syscall", kProcessState},
    {"system", kProcesses},
    {"thrd_create", kThreads},
    {"timer_create", kSignals},
    {"tss_create", kThreads},
    {"umask", kProcessState},
    {"unsetenv", kProcessState},
    {"usleep", kWaiting},
    {"vfork", kProcesses},
});

constexpr bool BySymbol(const Forbidden& a, const Forbidden& b) { return a.symbol < b.symbol; }
static_assert(std::is_sorted(kForbidden.begin(), kForbidden.end(), BySymbol));

// std::thread in the ways libstdc++ has spelt it.
constexpr std::string_view kStdThread = "_ZNSt6thread15_M_start_thread";

}  // namespace

std::string_view WhyForbidden(std::string_view symbol) {
  if (symbol.starts_with(kStdThread)) return kThreads;
  const auto* const found = std::lower_bound(kForbidden.begin(), kForbidden.end(), Forbidden{symbol, {}}, BySymbol);
  return found != kForbidden.end() && found->symbol == symbol ? found->why : std::string_view();
}

}  // namespace quayside::lint
