// The lanes as a reload sees them. The engine is one; the catalog is told of it when it starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/store/records.h"

namespace quayside {

struct LaneLoad {
  std::string lane_id;
  Job job = Job::kOrders;
  bool can_run = false;  // enabled, not paused, does not wait for an operator
  bool running = false;
  int64_t items_last_run = 0;
};

// Thread-safe.
class LaneDirectory {
 public:
  virtual ~LaneDirectory() = default;
  // Lanes of every account of the plugin, by id.
  virtual std::vector<LaneLoad> LanesOfPlugin(const std::string& plugin_id) = 0;
  // Those that rest are due now; one that runs, once more afterwards.
  virtual void MakeLanesDue(const std::vector<std::string>& lane_ids) = 0;
  // Positions of these lanes were set in the store: the next step begins there, one under way is refused at its commit.
  virtual void CursorsRestored(const std::vector<std::string>& lane_ids) = 0;
  // Another version of the plugin works now, with other contracts or allowances: lanes are derived anew.
  virtual void PluginChanged(const std::string& plugin_id) = 0;
  // The generation `works` does the plugin's steps now. Lanes whose last failure another one saw are tried at once, an
  // operator's too, as if they had not failed, and so are quantities that wait since; whatever the marketplace asked to
  // wait for (THROTTLED) goes on waiting.
  virtual void TryAgain(const std::string& plugin_id, int64_t works) = 0;
};

}  // namespace quayside
