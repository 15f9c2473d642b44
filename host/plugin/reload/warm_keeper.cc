#include "host/plugin/reload/warm_keeper.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/plugin/reload/rollback_rules.h"

namespace quayside {

WarmKeeper::WarmKeeper(ReloadDriver& driver, const Clock& clock, Logger& logger)
    : driver_(driver), clock_(clock), logger_(logger), thread_([this] { Work(); }) {}

void WarmKeeper::Watch(WarmWatch watch) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string id = watch.line->plugin_id();
  watches_.insert_or_assign(id, std::move(watch));
  ++looks_;
  changed_.notify_all();
}

void WarmKeeper::Look() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (watches_.empty()) return;
  ++looks_;
  changed_.notify_all();
}

void WarmKeeper::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  watches_.clear();
}

void WarmKeeper::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const int64_t seen = looks_;
    std::vector<WarmWatch> watches;
    for (const auto& [id, watch] : watches_) watches.push_back(watch);
    lock.unlock();
    std::vector<WarmWatch> over;
    TimeUs wake = clock_.Now() + kHourUs;
    for (const WarmWatch& watch : watches) {
      if (Serve(watch)) {
        wake = std::min(wake, watch.until_us);
      } else {
        over.push_back(watch);
      }
    }
    lock.lock();
    for (const WarmWatch& watch : over) {
      const auto found = watches_.find(watch.line->plugin_id());
      // A newer watch of the plugin may have come meanwhile.
      if (found != watches_.end() && found->second.warm == watch.warm && found->second.active == watch.active) {
        watches_.erase(found);
      }
    }
    while (!stopping_ && looks_ == seen && clock_.Now() < wake) clock_.WaitUntil(lock, changed_, wake);
  }
}

bool WarmKeeper::Serve(const WarmWatch& watch) {
  // Another one is active, or somebody ended the window.
  if (watch.line->active_number() != watch.active) return false;
  const auto state = watch.line->StateOf(watch.warm);
  if (!state.has_value() || *state == GenerationState::kUnloaded) return false;
  const std::string why = WhyRollBack(watch.before, watch.line->SumsOf(watch.active));
  if (!why.empty()) {
    const auto report = driver_.Rollback(watch.line, why, "host", nullptr);
    if (report.ok()) {
      logger_.Warning("a plugin was rolled back",
                      {Field("plugin", watch.line->plugin_id()), Field("to", report->version), Field("why", why)});
      return false;
    }
    // Another operation is under way; the next step's end brings it up again.
    if (!HasReason(report.status(), Reason::kReloadUnderWay)) {
      logger_.Error("a plugin could not be rolled back",
                    {Field("plugin", watch.line->plugin_id()), Field("error", report.status())});
    }
  }
  if (clock_.Now() < watch.until_us) return true;
  driver_.RetireWarm(watch.line, watch.warm, "its rollback window is over");
  return false;
}

}  // namespace quayside
