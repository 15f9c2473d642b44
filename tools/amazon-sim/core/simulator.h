// The simulated Amazon: Login with Amazon, the Selling Partner API, and a control API beside them.
//
//   amazon_sim::Simulator amazon({.base = 1'795'000'000'000'000, .seed = 7});
//   amazon.LoadScenario(scenario);                    // boost::json::object
//   Response answer = amazon.Handle({"POST", "/auth/o2/token", headers, form});
//   amazon.clock().Advance(60 * kSecond);
//
// Deterministic: the same scenario, seed and calls at the same simulated times give the same bytes. Not thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/http_message.h"
#include "core/sim_clock.h"
#include "core/world.h"

namespace amazon_sim {

struct SimulatorOptions {
  Micros base = 1'795'000'000'000'000;  // where the clock starts: 2026-11-18T11:06:40Z
  double speed = 0;                     // 0: the clock moves only by Advance
  SimClock::RealTime real_time;         // needed for a speed above 0
  std::uint64_t seed = 1;
};

class Simulator {
 public:
  explicit Simulator(SimulatorOptions options = {});
  ~Simulator();

  // Answers one request as of the clock's time, after all that was due by then has happened.
  Response Handle(const Request& request);
  // Lets what is due happen, without a request.
  void Tick();

  // Starts a new world. The scenario's clock and seed apply unless overridden. On InputError the old world stays.
  struct Overrides {
    std::optional<std::uint64_t> seed;
    std::optional<double> speed;
  };
  void LoadScenario(const boost::json::object& scenario, Overrides overrides);
  void LoadScenario(const boost::json::object& scenario) { LoadScenario(scenario, {}); }

  SimClock& clock() { return clock_; }
  World& world() { return *world_; }

 private:
  SimClock clock_;
  std::uint64_t seed_;
  std::unique_ptr<World> world_;
};

}  // namespace amazon_sim
