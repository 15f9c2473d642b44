// What there is, page by page, for a watcher that wants to begin with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/store/store.h"
#include "quayside/v1/event_service.pb.h"

namespace quayside {

// Reads the collections whose events begin with one of the prefixes (none: all), one after the other. Each page is as
// of its own moment, so that nobody's writes wait and no read lasts long; what happens meanwhile is told by the events
// after the revision that the watcher had before the first page. Not thread-safe.
class SnapshotReader {
 public:
  explicit SnapshotReader(const std::vector<std::string>& type_prefixes);

  // Adds up to 500 entries, now and then none, and says so when they are the last ones.
  [[nodiscard]] absl::Status ReadPage(ReadTx& tx, quayside::v1::WatchResponse& response);

 private:
  enum class Collection { kAccounts, kChannels, kItems, kLanes, kListings, kLocations, kOrders, kPlugins };

  // Adds entries of the collection that is being read; true: there are no more of it.
  absl::StatusOr<bool> ReadSome(ReadTx& tx, int room, quayside::v1::WatchResponse& response);
  absl::StatusOr<bool> ReadListings(ReadTx& tx, int room, quayside::v1::WatchResponse& response);

  std::vector<Collection> left_;  // the one that is being read is the last
  // Where the next page of it begins.
  std::string after_;      // id or SKU
  std::string channel_;    // of listings
  int64_t before_id_ = 0;  // of orders
};

}  // namespace quayside
