// The services a plugin can invoke during a call, and the check that it is during a call.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "host/base/clock.h"
#include "host/net/documents.h"
#include "host/net/http_service.h"
#include "host/net/signing.h"
#include "host/net/transfer/transfers.h"
#include "host/ops/log.h"
#include "sdk/include/quayside/plugin.h"

namespace quayside {

// The call under way on this thread.
struct HostCall {
  uint64_t call_id = 0;
  HttpService* http = nullptr;
  DocumentService* documents = nullptr;
  TransferService* transfers = nullptr;  // none: the service does not exist here
  SigningService* signing = nullptr;     // the same
  const Clock* clock = nullptr;
  Logger* logger = nullptr;
  const std::string* plugin_id = nullptr;
  // True once the step on this worker was given up and its process killed. May be null.
  const std::atomic<bool>* given_up = nullptr;
  CallContext context;
};

// Makes `call` the one of this thread for the scope's life; calls do not nest.
class HostCallScope {
 public:
  explicit HostCallScope(const HostCall& call);
  ~HostCallScope();
  HostCallScope(const HostCallScope&) = delete;
  HostCallScope& operator=(const HostCallScope&) = delete;
};

// qs_host.invoke: QS_INVALID outside the thread and time of the call, QS_UNSUPPORTED for a service that does not exist.
qs_status InvokeHostService(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);

}  // namespace quayside
