// Ctrl-C for commands that run until they are told to stop. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "absl/time/time.h"

namespace quayside::cli {

class Interrupt {
 public:
  // Asks everybody who listens to stop. False when nobody did: the process then ends as it would without us.
  bool Trigger();

  [[nodiscard]] bool triggered() const;

  // Sleeps for the duration. True when it was cut short, or nothing was slept because the stop was already asked for.
  bool Wait(absl::Duration duration);

  // While it lives, `on_trigger` runs on Trigger(), from any thread, at once when that has already happened. The
  // destructor waits for a call that is under way. `on_trigger` may be empty: the holder then looks at triggered() or
  // sleeps in Wait().
  class Listener {
   public:
    explicit Listener(Interrupt& interrupt, std::function<void()> on_trigger = nullptr);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

   private:
    friend class Interrupt;
    Interrupt& interrupt_;
    std::function<void()> on_trigger_;
    Listener* outer_;
  };

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool triggered_ = false;
  Listener* innermost_ = nullptr;  // listeners nest like the scopes that hold them
};

}  // namespace quayside::cli
