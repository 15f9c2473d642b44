// The marketplace's side of quantities: what each SKU shows, whoever asks from whichever process. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "host/base/clock.h"
#include "host/net/http_service.h"

namespace quayside {

// Takes what tests/plugins/versions sends: one PUT for each number, "/quantities/{sku}?intent=...&quantity=...".
class ShownQuantities final : public HttpService {
 public:
  explicit ShownQuantities(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<quayside::plugin::v1::HttpReply> Send(const quayside::plugin::v1::HttpRequest& request,
                                                       const CallContext& context) override;

  // Of the SKU; -1: it was never told.
  [[nodiscard]] int64_t Shown(const std::string& account, const std::string& sku);
  // Numbers that came.
  [[nodiscard]] int64_t taken();
  // Those of an intent that had come before, or that was older than the last one of its SKU.
  [[nodiscard]] int64_t doubled();

 private:
  struct Entry {
    int64_t quantity = -1;
    int64_t intent = 0;  // the newest
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Entry> shown_;  // by account and SKU
  int64_t taken_ = 0;
  int64_t doubled_ = 0;
};

}  // namespace quayside
