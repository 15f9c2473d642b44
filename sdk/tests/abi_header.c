/* Compiled as C11: the header alone is enough for a plugin in plain C. This one offers nothing. */
#include "quayside/plugin.h"

static qs_status Describe(qs_sink* reply) {
  (void)reply;
  return QS_UNSUPPORTED;
}

static qs_status Create(const qs_host* host, qs_bytes config, qs_instance** instance, qs_sink* error) {
  (void)config;
  (void)instance;
  (void)error;
  return QS_HAS_FIELD(host, qs_host, invoke) ? QS_UNSUPPORTED : QS_INVALID;
}

static qs_status Call(qs_instance* instance, const qs_call* call, qs_sink* reply) {
  (void)instance;
  (void)call;
  (void)reply;
  return QS_UNSUPPORTED;
}

static qs_status UpgradeCursor(const char* contract, qs_bytes cursor, qs_sink* reply) {
  (void)contract;
  (void)cursor;
  (void)reply;
  return QS_UNSUPPORTED;
}

static void Destroy(qs_instance* instance) { (void)instance; }
static void Unload(void) {}

const qs_plugin* qs_plugin_entry_v1(uint32_t host_abi_minor) {
  static const qs_plugin kTable = {sizeof(qs_plugin), QS_ABI_MINOR, "c",   "1.0.0", Describe, Create, Call,
                                   UpgradeCursor,     Destroy,      Unload};
  (void)host_abi_minor;
  return &kTable;
}
