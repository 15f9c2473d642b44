#include "host/plugin/reload/step_journal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "host/base/errors.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"

namespace quayside {

namespace {
constexpr uint32_t kFree = 0;
constexpr uint32_t kInside = 2;
constexpr int32_t kExitMark = -1;
constexpr size_t kSlots = 512;
}  // namespace

// As it lies in the file. A claimed slot belongs to one thread.
struct StepJournal::Slot {
  std::atomic<uint32_t> state;
  std::atomic<int32_t> how;  // the signal, kExitMark, 0
  int64_t generation;
  char plugin_id[40];
  char version[64];
  char lane_id[160];
  char contract[72];
};

namespace {

using Slot = StepJournal::Slot;

constexpr size_t kFileBytes = kSlots * sizeof(Slot);
static_assert(sizeof(Slot) == 352);
static_assert(std::atomic<uint32_t>::is_always_lock_free && std::atomic<int32_t>::is_always_lock_free);

// Where this thread is inside; what a signal handler can look at.
thread_local constinit Slot* t_slot = nullptr;

template <size_t N>
void Put(char (&field)[N], std::string_view text) {
  const size_t size = std::min(text.size(), N - 1);
  std::memcpy(field, text.data(), size);
  field[size] = '\0';
}
std::string HowText(int32_t how) {
  if (how == 0) return "";
  if (how == kExitMark) return "exit";
  const char* name = sigabbrev_np(how);
  return name == nullptr ? Concat("signal ", how) : Concat("SIG", name);
}

// Once marked, the disposition is the default one again (SA_RESETHAND): a fault happens anew on return and ends the
// process as it would have; a signal that was sent is sent again.
[[maybe_unused]] void MarkAndDie(int signal_number, siginfo_t* info, void* /*context*/) {
  // Sent from outside it says nothing about where this thread happens to be.
  const bool sent_from_outside = info != nullptr && info->si_code <= 0 && info->si_pid != getpid();
  if (t_slot != nullptr && !sent_from_outside) t_slot->how.store(signal_number);
  if (info == nullptr || info->si_code <= 0) raise(signal_number);
}

void MarkExit() {
  if (t_slot != nullptr) t_slot->how.store(kExitMark);
}

// A stack of its own for the handler: the thread's may be what has overflowed.
class SignalStack {
 public:
  SignalStack() : memory_(std::make_unique<char[]>(kBytes)) {
    const stack_t stack{.ss_sp = memory_.get(), .ss_flags = 0, .ss_size = kBytes};
    sigaltstack(&stack, nullptr);
  }
  ~SignalStack() {
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&none, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr size_t kBytes = 32 * 1024;
  std::unique_ptr<char[]> memory_;
};

void HaveSignalStack() {
#if !defined(QUAYSIDE_SANITIZED)
  thread_local const SignalStack stack;
#endif
}

absl::Status Failed(const std::string& path, const char* what) {
  return absl::InternalError(Concat("the journal ", path, " cannot be ", what, ": ", std::strerror(errno)));
}

std::vector<JournalEntry> ReadEntries(int fd) {
  std::vector<char> bytes(kFileBytes);
  std::vector<JournalEntry> entries;
  // Of another size: of another version of the host, or not ours; nothing is known then.
  if (pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(kFileBytes)) return entries;
  for (size_t i = 0; i < kSlots; ++i) {
    // Copied field by field: atomics cannot be copied.
    const char* at = bytes.data() + i * sizeof(Slot);
    uint32_t state = 0;
    int32_t how = 0;
    std::memcpy(&state, at + offsetof(Slot, state), sizeof state);
    std::memcpy(&how, at + offsetof(Slot, how), sizeof how);
    if (state != kInside) continue;
    const auto text = [&](size_t offset, size_t size) { return std::string(at + offset, strnlen(at + offset, size)); };
    JournalEntry entry{.plugin_id = text(offsetof(Slot, plugin_id), sizeof(Slot::plugin_id)),
                       .version = text(offsetof(Slot, version), sizeof(Slot::version)),
                       .lane_id = text(offsetof(Slot, lane_id), sizeof(Slot::lane_id)),
                       .contract = text(offsetof(Slot, contract), sizeof(Slot::contract)),
                       .how = HowText(how)};
    std::memcpy(&entry.generation, at + offsetof(Slot, generation), sizeof entry.generation);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StepJournal>> StepJournal::Open(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return Failed(path, "opened");
  std::vector<JournalEntry> left_behind = ReadEntries(file.get());
  struct stat info {};
  const bool fits = fstat(file.get(), &info) == 0 && info.st_size == static_cast<off_t>(kFileBytes);
  if (!fits && (ftruncate(file.get(), 0) != 0 || ftruncate(file.get(), kFileBytes) != 0)) return Failed(path, "sized");
  void* memory = mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return Failed(path, "mapped");
  return std::unique_ptr<StepJournal>(new StepJournal(memory, std::move(left_behind)));
}

void StepJournal::BeginAnew() {
  auto* slots = static_cast<Slot*>(memory_);
  for (size_t i = 0; i < kSlots; ++i) slots[i].state.store(kFree);
}

StepJournal::Slot* StepJournal::Claim() {
  auto* slots = static_cast<Slot*>(memory_);
  for (size_t i = 0; i < kSlots; ++i) {
    uint32_t free = kFree;
    if (slots[i].state.compare_exchange_strong(free, kInside)) return &slots[i];
  }
  return nullptr;  // more calls at once than anybody reckoned with: this one is not kept
}

StepJournal::Scope::Scope(StepJournal* journal, const std::string& plugin_id, const std::string& version,
                          int64_t generation, const std::string& lane_id, const char* contract) {
  if (journal == nullptr) return;
  HaveSignalStack();
  slot_ = journal->Claim();
  if (slot_ == nullptr) return;
  slot_->how.store(0, std::memory_order_relaxed);
  slot_->generation = generation;
  Put(slot_->plugin_id, plugin_id);
  Put(slot_->version, version);
  Put(slot_->lane_id, lane_id);
  Put(slot_->contract, contract);
  outer_ = std::exchange(t_slot, slot_);
}

StepJournal::Scope::~Scope() {
  if (slot_ == nullptr) return;
  t_slot = outer_;
  slot_->state.store(kFree);
}

StepJournal::Slot* StepJournal::Here() { return t_slot; }

StepJournal::Loan::Loan(Slot* slot) : outer_(std::exchange(t_slot, slot)) {
  if (slot != nullptr) HaveSignalStack();
}

StepJournal::Loan::~Loan() { t_slot = outer_; }

void StepJournal::CatchDeaths() {
#if !defined(QUAYSIDE_SANITIZED)  // they have handlers of their own
  struct sigaction action {};
  action.sa_sigaction = &MarkAndDie;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal_number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) sigaction(signal_number, &action, nullptr);
#endif
  static const int registered = std::atexit(&MarkExit);
  (void)registered;
}

}  // namespace quayside
