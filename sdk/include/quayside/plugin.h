/* The Quayside plugin ABI, version 1: everything that crosses the boundary between the host and a channel plugin.
 *
 * A plugin is a shared library that exports one symbol, qs_plugin_entry_v1, and a manifest.json beside it. Data crosses
 * as protobuf bytes (package quayside.plugin.v1): data evolves by protobuf's rules, this header stays as it is. C++
 * authors use the typed layer in sdk.h; this header is enough for plain C. It compiles as C11 and C++11.
 *
 * Rules of change: (1) a released field, number or meaning never changes; (2) structs grow by appending, a reader tests
 * QS_HAS_FIELD first; (3) a new meaning gets a new field or a new contract revision ("order_sync/2" beside
 * "order_sync/1"); (4) a new major version is a new entry symbol. sdk/abi/plugin_v1.lock holds every offset.
 *
 * Memory: the receiver allocates. Whoever gets a qs_sink reserves room in it and fills it; nobody frees the other's
 * memory. Nothing but status codes and bytes crosses: no exceptions, no C++ types.
 *
 * Threads: [lifecycle] calls are serialised per instance and never overlap its calls. [worker] calls run on threads
 * that belong to this loaded copy of the library and are joined before it is unloaded; different instances run at the
 * same time, one instance runs one call at a time. [any-thread] may run at any time.
 */
#ifndef QUAYSIDE_PLUGIN_H_
#define QUAYSIDE_PLUGIN_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_ABI_MAJOR 1u
#define QS_ABI_MINOR 0u /* grows whenever a field is appended */

#if defined(__GNUC__)
#define QS_EXPORT __attribute__((visibility("default")))
#else
#define QS_EXPORT
#endif

/* True when the struct behind `pointer` (first member: uint32_t size) is large enough to hold `field`. */
#define QS_HAS_FIELD(pointer, type, field) ((pointer)->size >= offsetof(type, field) + sizeof(((type*)0)->field))

/* Borrowed bytes, valid until the call returns. data may be NULL when size is 0. */
typedef struct qs_bytes {
  const uint8_t* data;
  size_t size;
} qs_bytes;

/* Where an answer goes. reserve() gives room for `size` bytes, or NULL when that is too much; the last call wins, the
 * bytes written there are the answer. Called at most a few times, before the function returns. */
typedef struct qs_sink {
  void* ctx;
  uint8_t* (*reserve)(void* ctx, size_t size);
} qs_sink;

/* gRPC's numbers. On any status but QS_OK the sink holds a quayside.plugin.v1.Error (or nothing). */
typedef int32_t qs_status;
enum {
  QS_OK = 0,
  QS_CANCELLED = 1, /* the host asked the step to end */
  QS_UNKNOWN = 2,   /* it was sent and the answer was lost: it may or may not have happened */
  QS_INVALID = 3,   /* the request or the configuration is wrong; Error.field says where */
  QS_DEADLINE = 4,  /* the step's time is over */
  QS_NOT_FOUND = 5,
  QS_DENIED = 7,       /* not allowed by the manifest */
  QS_UNSUPPORTED = 12, /* contract, method or service not offered */
  QS_INTERNAL = 13,
  QS_RETRY = 14, /* not now; Error.retry_at_us */
  QS_AUTH = 16   /* credentials refused: an operator must act */
};

typedef struct qs_instance qs_instance; /* the plugin's own, opaque to the host */

/* What the host offers to a step. The pointer handed to create() stays valid until destroy() returns. */
typedef struct qs_host {
  uint32_t size;
  uint32_t abi_minor;
  void* ctx;
  /* Calls the service `service` ("http/1", "log/1", "clock/1", "step/1") for the call `call_id`. Blocks.
   * Only on the thread of that call and only until it returns; anything else answers QS_INVALID. [worker] */
  qs_status (*invoke)(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
} qs_host;

/* One bounded call: one page, one batch. */
typedef struct qs_call {
  uint32_t size;
  uint32_t reserved; /* 0 */
  uint64_t call_id;
  const char* contract; /* "order_sync/1" */
  const char* method;   /* "pull" */
  int64_t deadline_us;  /* UTC microseconds on the host's clock; the host fences the step after it */
  qs_bytes request;
} qs_call;

typedef struct qs_plugin {
  uint32_t size;
  uint32_t abi_minor;
  const char* id;      /* as in the manifest */
  const char* version; /* as in the manifest */
  /* Answers a DescribeReply. Pure. [any-thread] */
  qs_status (*describe)(qs_sink* reply);
  /* Makes the instance of one account from an InstanceConfig. No service may be called. [lifecycle] */
  qs_status (*create)(const qs_host* host, qs_bytes config, qs_instance** instance, qs_sink* error);
  /* Runs one step. No effect is kept unless the host commits the reply. [worker] */
  qs_status (*call)(qs_instance* instance, const qs_call* call, qs_sink* reply);
  /* Turns a Cursor of an older schema (a serialized Cursor) into one of the current schema. Pure. [lifecycle] */
  qs_status (*upgrade_cursor)(const char* contract, qs_bytes cursor, qs_sink* reply);
  /* [lifecycle] */
  void (*destroy)(qs_instance* instance);
  /* The last call before the library is unloaded; every instance is destroyed, every thread joined. [lifecycle] */
  void (*unload)(void);
} qs_plugin;

/* The one exported symbol. Answers the same table each time, or NULL when it cannot work with a host of this minor
 * version. The table is never freed. [lifecycle] */
QS_EXPORT const qs_plugin* qs_plugin_entry_v1(uint32_t host_abi_minor);
typedef const qs_plugin* (*qs_plugin_entry_fn)(uint32_t host_abi_minor);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* QUAYSIDE_PLUGIN_H_ */
