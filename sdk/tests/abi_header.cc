// Compiled as C++11, 14, 17 and 20: the ABI header asks for no more.
#include "quayside/plugin.h"

static_assert(QS_ABI_MAJOR == 1, "a new major is a new entry symbol");

bool HasInvoke(const qs_host* host) { return QS_HAS_FIELD(host, qs_host, invoke); }
