// A mutation that shows in the library's bytes, so that it is a library of its own: pages are read on another thread.
#define QUAYSIDE_MUTANT_THREADS
#include "mutant.cc"  // NOLINT(bugprone-suspicious-include): the same plugin
