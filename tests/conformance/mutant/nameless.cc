// A mutation of what is made without any option, by which it could be named: an empty configuration is refused, and no
// field of it is.
#define QUAYSIDE_MUTANT_NAMELESS
#include "mutant.cc"  // NOLINT(bugprone-suspicious-include): the same plugin
