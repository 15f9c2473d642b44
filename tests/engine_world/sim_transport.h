// The simulated Amazon under the host's HTTP service, without sockets: what the simulator's carrier does to an answer
// (drops it, cuts it off, delays it) becomes what the real client would report. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "core/simulator.h"
#include "host/base/rng.h"
#include "host/net/http_client.h"
#include "tests/engine_world/stepped_clock.h"

namespace quayside {

class SimTransport final : public HttpClient {
 public:
  SimTransport(amazon_sim::Simulator& simulator, SteppedClock& clock, uint64_t seed)
      : simulator_(simulator), clock_(clock), rng_(seed) {}

  // Each call takes a little time on both clocks.
  absl::StatusOr<HttpAnswer> Send(const HttpExchange& exchange) override;

  // Time passes for the host and for Amazon.
  void Advance(DurationUs duration);
  // The control API.
  boost::json::value Look(const std::string& what);
  boost::json::value Act(const std::string& command, const boost::json::object& arguments);

  // Every so many calls (per 1,000) no connection comes about.
  void RefuseConnections(int per_thousand) { refused_per_thousand_ = per_thousand; }
  [[nodiscard]] int64_t calls() const { return calls_; }
  [[nodiscard]] int64_t failed() const { return failed_; }
  // Of the failed ones, those that never got to Amazon.
  [[nodiscard]] int64_t refused() const { return refused_; }

 private:
  absl::StatusOr<HttpAnswer> Carry(const HttpExchange& exchange, amazon_sim::Response response) const;
  boost::json::value Control(amazon_sim::Request request);
  void AdvanceLocked(DurationUs duration);

  std::mutex mutex_;
  amazon_sim::Simulator& simulator_;
  SteppedClock& clock_;
  SeededRng rng_;
  std::atomic<int> refused_per_thousand_{0};
  std::atomic<int64_t> calls_{0};
  std::atomic<int64_t> failed_{0};
  std::atomic<int64_t> refused_{0};
};

}  // namespace quayside
