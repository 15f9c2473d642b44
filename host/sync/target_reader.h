// Gathers what has a say in a target's quantity from the store, remembering channels, locations and order positions for
// the length of one transaction.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "host/inventory/target_decision.h"
#include "host/store/store.h"

namespace quayside {

class TargetReader {
 public:
  TargetReader(ReadTx& tx, std::function<bool(const std::string&)> brings_orders)
      : tx_(tx), brings_orders_(std::move(brings_orders)) {}

  // Judges as if the channel were this one.
  void Suppose(ChannelRecord channel) { channels_.insert_or_assign(channel.id, std::move(channel)); }

  [[nodiscard]] absl::StatusOr<TargetInputs> Read(const TargetRecord& target);
  [[nodiscard]] absl::StatusOr<const ChannelRecord*> Channel(const std::string& channel_id);

 private:
  absl::StatusOr<TimeUs> OrderWatermark(const std::string& account_id);

  ReadTx& tx_;
  const std::function<bool(const std::string&)> brings_orders_;
  std::map<std::string, ChannelRecord> channels_;
  std::map<std::string, TimeUs> watermarks_;
  std::optional<std::vector<LocationRecord>> locations_;
};

}  // namespace quayside
