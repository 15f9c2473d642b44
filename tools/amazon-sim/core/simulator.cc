#include "core/simulator.h"

#include "core/control_api.h"
#include "core/json_fields.h"
#include "core/router.h"
#include "core/scenario.h"
#include "core/time_text.h"
#include "core/url.h"

namespace amazon_sim {
namespace {

SimClock MakeClock(SimulatorOptions& options) {
  if (!options.real_time) return SimClock(options.base);
  return {options.base, options.speed, std::move(options.real_time)};
}

}  // namespace

Simulator::Simulator(SimulatorOptions options)
    : clock_(MakeClock(options)), seed_(options.seed), world_(std::make_unique<World>(options.seed)) {}

Simulator::~Simulator() = default;

Response Simulator::Handle(const Request& request) {
  Tick();
  const Target target = Target::Parse(request.target);
  if (target.segments.size() >= 2 && target.segments[0] == "sim" && target.segments[1] == "v1") {
    return HandleControl(*this, request, target);
  }
  return HandleAmazonCall(*world_, request, target, clock_.Now());
}

void Simulator::Tick() { world_->RunEvents(clock_.Now()); }

void Simulator::LoadScenario(const boost::json::object& scenario, Overrides overrides) {
  const std::uint64_t seed =
      overrides.seed.value_or(static_cast<std::uint64_t>(IntField(scenario, "seed", static_cast<std::int64_t>(seed_))));
  Micros now = clock_.Now();
  double speed = clock_.speed();
  if (const boost::json::object* clock = ObjectField(scenario, "clock")) {
    const std::string base = TextField(*clock, "base", "now");
    if (base != "now") {
      const auto time = ParseIso8601(base);
      if (!time) throw InputError("clock.base must be \"now\" or an ISO 8601 date-time");
      now = *time;
    }
    speed = NumberField(*clock, "speed", speed);
  }
  auto world = std::make_unique<World>(seed);
  FillWorld(*world, scenario, now);
  world_ = std::move(world);
  clock_.SetSpeed(overrides.speed.value_or(speed));
  clock_.Reset(now);
}

}  // namespace amazon_sim
