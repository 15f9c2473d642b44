// Its code holds an address that is known only at loading, so that the code must be made writable. What objects
// compiled without -fPIC bring along.
#include "tests/bad_plugins/raw_plugin.h"

const qs_plugin kTable = bad::kGood;

__asm__(
    ".pushsection .text\n"
    ".balign 8\n"
    ".quad qs_plugin_entry_v1\n"
    ".popsection\n");

BAD_PLUGIN_ENTRY(&kTable)
