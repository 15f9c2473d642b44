// Answers every call with bytes that are no message: a field that claims to be longer than the reply.
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance*, const qs_call*, qs_sink* reply) { return bad::Answer(reply, "\x0a\x7fgarbage"); };
});

BAD_PLUGIN_ENTRY(&kTable)
