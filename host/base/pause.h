// For a loop that waits for another core for less than a microsecond or two.
#pragma once

namespace quayside {

// Leaves the core's other thread, and the line of memory that is looked at, alone for a moment.
inline void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace quayside
