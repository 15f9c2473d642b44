// Asks for stacks that can be executed: the whole process gets them. Only the link options are bad.
#include "tests/bad_plugins/raw_plugin.h"

const qs_plugin kTable = bad::kGood;

BAD_PLUGIN_ENTRY(&kTable)
