// The dry run of a whole sync: what would be sent for each listing of a channel, kept so that exactly that can be
// applied. Plain values, as in records.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/base/time.h"
#include "host/store/records.h"

namespace quayside {

// kPlanning: listings are being looked at. kReady: all were. kApplying: some rows were let go. kDiscarded: its rows are
// being deleted, another takes its place.
enum class SyncPlanState { kPlanning = 1, kReady = 2, kApplying = 3, kApplied = 4, kDiscarded = 5 };

// A channel has one.
struct SyncPlanRecord {
  std::string channel_id;
  int64_t id = 0;
  SyncPlanState state = SyncPlanState::kPlanning;
  // What is accepted already is sent once more.
  bool force = false;
  // What it is planned with; unset = the channel's own.
  std::optional<ChannelConfig> config;
  int64_t listings = 0;  // looked at so far
  int64_t rows = 0;      // quantities that would be sent
  int64_t zeros = 0;     // of them, that take a listing to zero
  int64_t held = 0;      // of them, raises that would wait for orders first
  int64_t applied = 0;
  int64_t stale = 0;        // were to be applied, and were not as planned any more
  std::string through_sku;  // how far it is planned; from kReady on: how far it is applied
  std::string hash;         // of the rows so far
  TimeUs created_us = 0;
  TimeUs updated_us = 0;

  bool operator==(const SyncPlanRecord&) const = default;
};

struct SyncPlanRowRecord {
  int64_t plan_id = 0;
  std::string sku;
  // What the channel shows as far as was known; unset = nobody knew.
  std::optional<int32_t> shown;
  int32_t quantity = 0;
  // Days between order and shipment that go with it; unset = none.
  std::optional<int32_t> latency;
  // The marketplace is to forget those it keeps.
  bool clears_latency = false;
  // A raise that would wait for orders first.
  bool held = false;

  bool operator==(const SyncPlanRowRecord&) const = default;
};

}  // namespace quayside
