#include "host/plugin/isolation/runner_events.h"

#include "host/base/names.h"
#include "host/base/text.h"

namespace quayside {

std::function<void(const RunnerReport&)> RunnerEvents(Store& store, const Clock& clock, Logger& logger) {
  return [&store, &clock, &logger](const RunnerReport& report) {
    EventRecord event{0,
                      clock.Now(),
                      "",
                      PluginName(report.plugin_id),
                      {{"version", report.version}, {"generation", Concat(report.generation)}}};
    switch (report.kind) {
      case RunnerReport::Kind::kCrashed:
        event.type = "plugin.crashed";
        event.attributes["how"] = report.message;
        break;
      case RunnerReport::Kind::kRestarted:
        event.type = "plugin.restarted";
        event.attributes["after_us"] = Concat(report.restart_us);
        break;
      case RunnerReport::Kind::kQuarantined:
        return;  // the catalog tells it, with what it does about it
    }
    const absl::Status written = store.Write([&](Tx& tx) { return tx.AppendEvent(event).status(); });
    if (!written.ok()) {
      logger.Error("an event could not be written", {Field("type", event.type), Field("error", written)});
    }
  };
}

}  // namespace quayside
