// Watches the generations that took over a short while ago: goes back by itself when one does worse than the one before
// it, and lets that one go when its rollback window is over. One thread, under the host's clock.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "host/base/clock.h"
#include "host/ops/log.h"
#include "host/plugin/reload/reload_driver.h"

namespace quayside {

class WarmKeeper {
 public:
  WarmKeeper(ReloadDriver& driver, const Clock& clock, Logger& logger);
  ~WarmKeeper() { Stop(); }
  WarmKeeper(const WarmKeeper&) = delete;
  WarmKeeper& operator=(const WarmKeeper&) = delete;

  // From now on; the plugin's former watch ends.
  void Watch(WarmWatch watch);
  // Something went wrong somewhere: have a look.
  void Look();
  void Stop();

 private:
  void Work();
  // False: the watch is over.
  bool Serve(const WarmWatch& watch);

  ReloadDriver& driver_;
  const Clock& clock_;
  Logger& logger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, WarmWatch> watches_;  // by plugin
  int64_t looks_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace quayside
