// Which plugin version was inside which call when the process died. A small file, mapped: entering and leaving a call
// are a few stores to memory, which outlive the process (not the machine: a power cut is nobody's fault).
//
// A death is held against a version only when it is known to have happened inside: the thread that took a deadly signal
// (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT), or called exit(), was in one of its calls. A SIGKILL, from outside or for
// want of memory, marks nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace quayside {

struct JournalEntry {
  std::string plugin_id;
  std::string version;
  int64_t generation = 0;
  std::string lane_id;  // may be empty
  std::string contract;
  std::string how;  // "SIGSEGV", "exit"; empty: it was inside, but did not cause the death

  bool operator==(const JournalEntry&) const = default;
};

// Thread-safe.
class StepJournal {
 public:
  // Reads what a former process left in the file. INTERNAL when the file cannot be made or mapped.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<StepJournal>> Open(const std::string& path);
  // The mapping stays: a call that is stuck may come back at any time.
  ~StepJournal() = default;
  // What was left behind is dealt with, and stored, and need not be read again. Before the first Scope.
  void BeginAnew();
  StepJournal(const StepJournal&) = delete;
  StepJournal& operator=(const StepJournal&) = delete;

  // Calls the former process was in when it ended.
  [[nodiscard]] const std::vector<JournalEntry>& left_behind() const { return left_behind_; }

  struct Slot;
  // The calling thread is inside a call of the plugin for the scope's life. Scopes of a thread may nest; the inner one
  // counts. A null journal keeps nothing.
  class Scope {
   public:
    Scope(StepJournal* journal, const std::string& plugin_id, const std::string& version, int64_t generation,
          const std::string& lane_id, const char* contract);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Slot* slot_ = nullptr;
    Slot* outer_ = nullptr;
  };

  // What the calling thread is inside of, for a thread that works for it.
  [[nodiscard]] static Slot* Here();
  // The calling thread is inside `slot` (of Here(), may be null) for the loan's life; whoever has the Scope waits for
  // it.
  class Loan {
   public:
    explicit Loan(Slot* slot);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

   private:
    Slot* const outer_;
  };

  // Has the deadly signals and exit() marked from now on, once per process. The signals still do what they did.
  static void CatchDeaths();

 private:
  StepJournal(void* memory, std::vector<JournalEntry> left_behind)
      : memory_(memory), left_behind_(std::move(left_behind)) {}
  Slot* Claim();

  void* const memory_;
  const std::vector<JournalEntry> left_behind_;
};

}  // namespace quayside
