// Oversell windows that close within one transaction, added to their channels' hours at its end: a document of many
// numbers writes each channel's hour once.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "host/inventory/log_histogram.h"
#include "host/store/store.h"

namespace quayside {

class OversellLog {
 public:
  OversellLog(Tx& tx, TimeUs now) : tx_(tx), now_(now) {}

  // The marketplace acknowledged the number that left last for the target, which the caller stores.
  void Close(TargetRecord& target);
  // After the last one. Hours that do not count any more are deleted.
  [[nodiscard]] absl::Status Commit();

 private:
  Tx& tx_;
  const TimeUs now_;
  std::map<std::pair<std::string, std::string>, LogHistogram> closed_;  // account, channel
};

}  // namespace quayside
