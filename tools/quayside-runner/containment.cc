#include "tools/quayside-runner/containment.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace quayside::runner {
namespace {

// Of address space, for the stack of one thread.
constexpr int64_t kStackMib = 8;

std::string Failed(const char* what, int code) { return std::string(what) + ": " + std::strerror(code); }

std::string Limit(__rlimit_resource resource, int64_t value, const char* name) {
  const rlimit limit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  return setrlimit(resource, &limit) == 0 ? std::string() : Failed(name, errno);
}

// Every access Landlock's first version knows: what is not allowed below is forbidden.
constexpr uint64_t kAllAccess = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr uint64_t kReadAccess =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kFileAccess = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE;

// What the dynamic loader and the C library read.
constexpr std::array kReadableFolders = {
    "/lib",  "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
#if defined(QUAYSIDE_SANITIZED)
    "/proc",  // their runtimes read what is mapped
#endif
};
constexpr std::array kReadableFiles = {"/etc/ld.so.cache", "/etc/localtime", "/dev/null"};

std::string AllowBeneath(int ruleset, const char* path, uint64_t access) {
  const int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return {};  // not here: nothing to allow
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = access;
  beneath.parent_fd = fd;
  const long added = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  const int code = errno;
  close(fd);
  return added == 0 ? std::string() : Failed(path, code);
}

struct Filter {
  scmp_filter_ctx context = nullptr;
  int error = 0;

  void Allow(int number) { Note(seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0)); }
  void AllowIf(int number, scmp_arg_cmp condition) {
    Note(seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 1, condition));
  }
  void Note(int result) {
    if (result != 0 && error == 0) error = -result;
  }
};

scmp_arg_cmp WithoutBits(unsigned argument, uint64_t bits) { return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bits, 0); }

// Memory, time, waiting, the descriptors there are, and the end.
constexpr std::array kAlways = {SCMP_SYS(read),
                                SCMP_SYS(write),
                                SCMP_SYS(readv),
                                SCMP_SYS(writev),
                                SCMP_SYS(recvfrom),
                                SCMP_SYS(recvmsg),
                                SCMP_SYS(sendmsg),
                                SCMP_SYS(sendto),
                                SCMP_SYS(close),
                                SCMP_SYS(close_range),
                                SCMP_SYS(fstat),
                                SCMP_SYS(newfstatat),
                                SCMP_SYS(statx),
                                SCMP_SYS(lseek),
                                SCMP_SYS(pread64),
                                SCMP_SYS(poll),
                                SCMP_SYS(ppoll),
                                SCMP_SYS(brk),
                                SCMP_SYS(munmap),
                                SCMP_SYS(mremap),
                                SCMP_SYS(madvise),
                                SCMP_SYS(futex),
                                SCMP_SYS(rt_sigaction),
                                SCMP_SYS(rt_sigprocmask),
                                SCMP_SYS(rt_sigreturn),
                                SCMP_SYS(sigaltstack),
                                SCMP_SYS(clock_gettime),
                                SCMP_SYS(clock_getres),
                                SCMP_SYS(gettimeofday),
                                SCMP_SYS(time),
                                SCMP_SYS(clock_nanosleep),
                                SCMP_SYS(nanosleep),
                                SCMP_SYS(restart_syscall),
                                SCMP_SYS(getpid),
                                SCMP_SYS(gettid),
                                SCMP_SYS(getppid),
                                SCMP_SYS(getuid),
                                SCMP_SYS(geteuid),
                                SCMP_SYS(getgid),
                                SCMP_SYS(getegid),
                                SCMP_SYS(sched_yield),
                                SCMP_SYS(sched_getaffinity),
                                SCMP_SYS(getrandom),
                                SCMP_SYS(getrusage),
                                SCMP_SYS(sysinfo),
                                SCMP_SYS(uname),
                                SCMP_SYS(set_robust_list),
                                SCMP_SYS(rseq),
                                SCMP_SYS(membarrier),
                                SCMP_SYS(exit),
                                SCMP_SYS(exit_group),
                                SCMP_SYS(access),
                                SCMP_SYS(readlink),
                                SCMP_SYS(getcwd)};

}  // namespace

std::string DieWithParent(int parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Failed("PR_SET_PDEATHSIG", errno);
  // It may have ended before the line above.
  if (getppid() != parent) return "the host is gone";
  return {};
}

std::string LimitResources(const Options& options) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("PR_SET_NO_NEW_PRIVS", errno);
  for (std::string finding : {
         Limit(RLIMIT_CORE, 0, "RLIMIT_CORE"), Limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"),
             Limit(RLIMIT_NOFILE, options.open_files, "RLIMIT_NOFILE"),
#if !defined(QUAYSIDE_SANITIZED)  // their shadow memory is far larger
             Limit(RLIMIT_DATA, (options.memory_mib + kStackMib * (options.workers + 1)) << 20, "RLIMIT_DATA"),
#endif
             Limit(RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK")
       }) {
    if (!finding.empty()) return finding;
  }
  return {};
}

std::string ForbidThreads() { return Limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC"); }

std::string RestrictFiles(bool* applied) {
  *applied = false;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kAllAccess;
  const int ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (ruleset < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? std::string() : Failed("landlock", errno);
  std::string finding;
  for (const char* path : kReadableFolders) {
    if (finding.empty()) finding = AllowBeneath(ruleset, path, kReadAccess);
  }
  for (const char* path : kReadableFiles) {
    if (finding.empty()) finding = AllowBeneath(ruleset, path, kFileAccess);
  }
  if (finding.empty() && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) finding = Failed("landlock", errno);
  close(ruleset);
  *applied = finding.empty();
  return finding;
}

std::string FilterSystemCalls(Phase phase) {
  Filter filter;
  filter.context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  if (filter.context == nullptr) return "seccomp_init failed";
  filter.Note(seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_TSYNC, 1));
  filter.Note(seccomp_attr_set(filter.context, SCMP_FLTATR_CTL_NNP, 0));  // LimitResources has set it
  for (const int number : kAlways) filter.Allow(number);
#if defined(QUAYSIDE_SANITIZED)
  filter.Allow(SCMP_SYS(pipe2));  // by which their runtimes ask whether memory can be read
#endif
  // abort() and raise(): to itself only.
  const auto self = static_cast<uint64_t>(getpid());
  filter.AllowIf(SCMP_SYS(tgkill), SCMP_CMP64(0, SCMP_CMP_EQ, self));
  filter.AllowIf(SCMP_SYS(kill), SCMP_CMP64(0, SCMP_CMP_EQ, self));
  // Flags can be read. Nothing more: an owner of a descriptor gets signals, and it could be the host.
  for (const int command : {F_GETFD, F_SETFD, F_GETFL}) {
    filter.AllowIf(SCMP_SYS(fcntl), SCMP_CMP64(1, SCMP_CMP_EQ, static_cast<uint64_t>(command)));
  }
  // Limits can be read.
  filter.AllowIf(SCMP_SYS(prlimit64), SCMP_CMP64(2, SCMP_CMP_EQ, 0));
  if (phase == Phase::kLoading) {
    filter.AllowIf(SCMP_SYS(openat), WithoutBits(2, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)));
    filter.AllowIf(SCMP_SYS(open), WithoutBits(1, O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY)));
    filter.AllowIf(SCMP_SYS(mmap), WithoutBits(3, MAP_SHARED));
    filter.Allow(SCMP_SYS(mprotect));
    filter.Allow(SCMP_SYS(seccomp));  // for the second phase
  } else {
    // One bit each; two conditions on two arguments are one rule.
    filter.Note(seccomp_rule_add(filter.context, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, WithoutBits(2, PROT_EXEC),
                                 WithoutBits(3, MAP_SHARED)));
    filter.AllowIf(SCMP_SYS(mprotect), WithoutBits(2, PROT_EXEC));
  }
  if (filter.error == 0) filter.Note(seccomp_load(filter.context));
  seccomp_release(filter.context);
  return filter.error == 0 ? std::string() : Failed("seccomp", filter.error);
}

}  // namespace quayside::runner
