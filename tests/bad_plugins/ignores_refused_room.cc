// Asks for more room than a reply may have, gets none, and says OK all the same: an empty reply would be read as
// "nothing new".
#include "tests/bad_plugins/raw_plugin.h"

constexpr qs_plugin kTable = bad::With([](qs_plugin& table) {
  table.call = [](qs_instance*, const qs_call*, qs_sink* reply) -> qs_status {
    (void)bad::Answer(reply, "the beginning");
    (void)reply->reserve(reply->ctx, size_t{1} << 40);
    return QS_OK;
  };
});

BAD_PLUGIN_ENTRY(&kTable)
