// Describes itself with bytes that are no DescribeReply: field 1 claims to be longer than the answer.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With(
    [](qs_plugin& table) { table.describe = [](qs_sink* reply) { return bad::Answer(reply, "\x0a\x7fgarbage"); }; });

BAD_PLUGIN_ENTRY(&kTable)
