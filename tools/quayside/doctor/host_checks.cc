#include <sys/timex.h>

#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "host/base/text.h"
#include "quayside/v1/admin_service.pb.h"
#include "quayside/v1/plugin_service.pb.h"
#include "quayside/v1/sync_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/machine_rules.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/socket_path.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

constexpr absl::Duration kClocksApart = absl::Seconds(2);
// A step takes at most five minutes, and retries are closer together than this.
constexpr absl::Duration kOverdue = absl::Minutes(15);

void JudgeClock(Context& context, const Installation& place, Findings& found) {
  const absl::Duration apart = context.now() - context.console.now();
  // In development the host's clock may be a simulator's.
  if (place.settings.simulator_clock_url.empty() && absl::AbsDuration(apart) > kClocksApart) {
    Problem(found, "clock", absl::StrCat("the host's clock and this one are ", FormatLength(apart), " apart"),
            "restart the host after the clock was set (timedatectl)");
  }
  timex clock{};
  if (::adjtimex(&clock) == TIME_ERROR) {
    Remark(found, "clock", "nothing keeps the system's clock right",
           "run a time service: systemctl enable --now systemd-timesyncd");
  }
}

void JudgeSteps(const v1::SafeToStopResponse& state, Findings& found) {
  for (const v1::StepUnderWay& step : state.steps()) {
    if (!step.stuck()) continue;
    Problem(found, "steps",
            absl::StrCat("a step of lane ", ResourceId("lanes", step.lane()), " is stuck in ",
                         ResourceId("plugins", step.plugin()), " ", step.version()),
            "tell its vendor; run the plugin isolated, or restart the host");
  }
  if (state.draining()) {
    Remark(found, "steps", "the host is drained: no step is started", "quayside admin resume lets lanes go on");
  }
  if (state.outcomes_size() > 0) {
    Fine(found, "steps",
         absl::StrCat(Count(state.outcomes_size(), "outcome"), " unknown at this moment; the marketplace is asked"));
  }
}

void JudgeLoaded(const v1::ListPluginsResponse& plugins, Findings& found) {
  for (const v1::Plugin& plugin : plugins.plugins()) {
    const std::string name = absl::StrCat(ResourceId("plugins", plugin.name()), " ", plugin.version());
    if (!plugin.error().empty()) {
      Problem(found, "plugins", absl::StrCat(name, " does not run: ", plugin.error()),
              absl::StrCat("quayside plugin status ", ResourceId("plugins", plugin.name())));
    } else {
      Fine(found, "plugins", absl::StrCat(name, " runs, signed by ", plugin.signer()));
    }
  }
}

// As the host has them in memory: what is stored of a lane may be older.
void JudgeDue(const v1::ListLanesResponse& lanes, absl::Time now, Findings& found) {
  for (const v1::Lane& lane : lanes.lanes()) {
    const bool waits = lane.state() == v1::LANE_STATE_IDLE || lane.state() == v1::LANE_STATE_BACKOFF;
    if (!waits || !lane.has_next_run_time() || now - ToTime(lane.next_run_time()) < kOverdue) continue;
    Problem(found, "lanes",
            absl::StrCat("lane ", ResourceId("lanes", lane.name()), " was due ",
                         FormatRelative(ToTime(lane.next_run_time()), now), " and does not run"),
            "quayside admin safe-to-stop names the steps that are stuck; restart the host if none is");
  }
}

void CheckLanes(Context& context, Findings& found) {
  const auto lanes = ListPages<v1::ListLanesResponse>(context.host, v1::ListLanesRequest(), 0,
                                                      [](auto& response) { return response.mutable_lanes(); });
  if (lanes.ok()) {
    JudgeDue(*lanes, context.now(), found);
  } else {
    Problem(found, "lanes", Concat("cannot be listed: ", std::string(lanes.status().message())),
            "quayside sync status");
  }
}

// Nobody runs: what is at the socket is left over, or another's.
void CheckSocketOfNobody(const Installation& place, Findings& found) {
  if (InspectSocket(place.socket) == SocketFinding::kNotASocket) {
    Problem(found, "socket", Concat(place.socket, " is no socket, and keeps the host from starting"),
            Concat("move ", place.socket, " away"));
  }
  Problem(found, "host", Concat("no host runs on ", place.data_dir),
          "systemctl start quaysided; journalctl -u quaysided says why it does not stay up");
}

}  // namespace

void CheckHost(Context& context, Installation& place, Findings& found) {
  if (!place.running()) {
    CheckSocketOfNobody(place, found);
    return;
  }
  const auto state = context.host.Call<v1::SafeToStopResponse>(v1::SafeToStopRequest());
  if (!state.ok()) {
    Problem(found, "host",
            Concat("process ", place.host_pid,
                   " holds the data folder, and does not answer: ", std::string(state.status().message())),
            IsUnreachable(state.status())
                ? SocketAdvice(InspectSocket(place.socket), {.path = place.socket, .chosen_by = "the configuration"})
                : std::string("run the doctor as the host's user, or name a token with --token-file"));
  } else {
    Fine(found, "host", Concat("process ", place.host_pid, " answers"));
    place.now = absl::ToUnixMicros(context.now());
    JudgeClock(context, place, found);
    JudgeSteps(*state, found);
    CheckLanes(context, found);
    const auto plugins = ListPages<v1::ListPluginsResponse>(context.host, v1::ListPluginsRequest(), 0,
                                                            [](auto& response) { return response.mutable_plugins(); });
    if (plugins.ok()) {
      JudgeLoaded(*plugins, found);
    } else {
      Problem(found, "plugins", Concat("cannot be listed: ", std::string(plugins.status().message())),
              "quayside plugin list");
    }
  }
  if (const auto limit = OpenFilesOf(place.host_pid)) {
    JudgeOpenFiles(*limit, place.settings.remote_listen.empty() ? 0 : place.settings.remote_max_connections, found);
  }
}

}  // namespace quayside::cli
