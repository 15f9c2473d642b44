// Says where to look for libraries: whoever can write there runs code in the host. Only the link options are bad.
#include "tests/bad_plugins/raw_plugin.h"

const qs_plugin kTable = bad::kGood;

BAD_PLUGIN_ENTRY(&kTable)
