// One reload, rollback or unload on its way: its transitions with their times, told to whoever watches, kept for the
// report, and collected until they are stored. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "host/plugin/reload/reload.h"

namespace quayside {

class Journey {
 public:
  using RealTime = std::chrono::steady_clock::time_point;

  explicit Journey(const ReloadObserver& observer) : observer_(observer) {}

  void Note(GenerationTransition transition) {
    transition.took_us = Since(last_);
    last_ = std::chrono::steady_clock::now();
    if (observer_) observer_(transition);
    report.transitions.push_back(transition);
    unwritten_.push_back(std::move(transition));
  }
  void Note(std::optional<GenerationTransition> transition) {
    if (transition.has_value()) Note(*std::move(transition));
  }

  // A flip's transitions before it happens, with the times it will have: for the transaction that precedes it.
  [[nodiscard]] std::vector<GenerationTransition> Stamped(std::vector<GenerationTransition> planned) const {
    if (!planned.empty()) planned.front().took_us = Since(last_);
    return planned;
  }
  // They have happened, and are stored.
  void Happened(const std::vector<GenerationTransition>& stamped) {
    last_ = std::chrono::steady_clock::now();
    for (const GenerationTransition& each : stamped) {
      if (observer_) observer_(each);
      report.transitions.push_back(each);
    }
  }

  // What is to be stored with the next commit; it stays until Written().
  [[nodiscard]] const std::vector<GenerationTransition>& unwritten() const { return unwritten_; }
  void Written() { unwritten_.clear(); }

  [[nodiscard]] static DurationUs Since(RealTime begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count();
  }

  ReloadReport report;

 private:
  const ReloadObserver& observer_;
  RealTime last_ = std::chrono::steady_clock::now();
  std::vector<GenerationTransition> unwritten_;
};

}  // namespace quayside
