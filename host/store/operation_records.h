// What somebody asked for that takes longer than a call, from its beginning to its end.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "host/base/time.h"

namespace quayside {

enum class OperationState { kRunning = 1, kSucceeded = 2, kFailed = 3 };

struct OperationRecord {
  int64_t id = 0;
  std::string method;   // "AdminService.CreateBackup"
  std::string subject;  // "plugins/amazon"
  std::string actor;    // as AuditRecord::actor
  OperationState state = OperationState::kRunning;
  TimeUs started_us = 0;
  TimeUs ended_us = 0;  // 0 = under way, or the host ended before it did
  // How far it came, when it ended; meanwhile that is known in memory only.
  int64_t done = 0;
  int64_t total = 0;
  std::string progress;
  std::string error;
  std::string error_reason;
  std::string trace_id;
  // The answer of the method, serialized; of kSucceeded.
  std::string result;
  // What the host must know to settle it when it ended before the operation did.
  std::map<std::string, std::string> facts;

  bool operator==(const OperationRecord&) const = default;
};

}  // namespace quayside
