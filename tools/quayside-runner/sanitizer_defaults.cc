// A runner's environment is empty, so that a build with a sanitizer has its options here: the signals of a crash are
// the host's to see.
#if defined(QUAYSIDE_SANITIZED)

namespace {
constexpr char kOptions[] =
    "handle_segv=0:handle_abort=0:handle_sigill=0:handle_sigfpe=0:handle_sigbus=0:detect_leaks=0:"
    "allocator_may_return_null=1:ignore_noninstrumented_modules=1";
}  // namespace

extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier): the runtime's names
extern "C" const char* __asan_default_options() { return kOptions; }
extern "C" const char* __tsan_default_options();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __tsan_default_options() { return kOptions; }

#endif
