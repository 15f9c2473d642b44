#include "host/ops/setting_table.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "host/base/text.h"
#include "host/ops/origin_url.h"
#include "host/ops/place_address.h"
#include "host/ops/setting_value.h"

namespace quayside {
namespace {

std::string PathProblem(std::string_view path) {
  return path.find('\0') == std::string_view::npos ? "" : "must not hold a NUL character";
}

// No other machine reaches them: there is no sign-in and no encryption on that port.
std::string MetricsAddressProblem(std::string_view address) {
  for (const std::string_view host : {"127.0.0.1:", "[::1]:"}) {
    if (!address.starts_with(host)) continue;
    const std::optional<int64_t> port = ParseWhole(address.substr(host.size()));
    if (port.has_value() && *port >= 0 && *port <= 65'535) return {};
  }
  return address.empty() ? "" : "must be 127.0.0.1:PORT or [::1]:PORT; metrics are served to this machine only";
}

std::string ClockUrlProblem(std::string_view url) {
  if (url.empty()) return {};
  const size_t path = url.find('/', url.find("://") == std::string_view::npos ? 0 : url.find("://") + 3);
  return path != std::string_view::npos && IsOriginUrl(url.substr(0, path)) ? "" : "must be http://host:port/path";
}

std::string OriginListProblem(std::string_view text) {
  for (const std::string_view url : OriginsIn(text)) {
    if (!IsOriginUrl(url)) {
      return Concat("must be origins, written scheme://host[:port] without a path and separated by spaces; '", url,
                    "' is none");
    }
  }
  return {};
}

std::string OriginMapProblem(const TextMap& map) {
  for (const auto& [origin, address] : map) {
    // Presigned origins of a manifest are patterns.
    constexpr std::string_view kAnyLabels = "https://*.";
    const bool is_pattern = origin.starts_with(kAnyLabels);
    for (const std::string& url :
         {is_pattern ? Concat("https://", origin.substr(kAnyLabels.size())) : origin, address}) {
      if (!IsOriginUrl(url))
        return Concat("must map origins, written scheme://host[:port] without a path; '", url, "' is none");
    }
  }
  return {};
}

std::string IsolationMapProblem(const TextMap& map) {
  for (const auto& [plugin, mode] : map) {
    if (mode != "isolated" && mode != "in_process")
      return Concat("must map plugins to isolated or in_process; '", plugin, "' has '", mode, "'");
  }
  return {};
}

std::string AllowMapProblem(const TextMap& map) {
  for (const auto& [name, address] : map) {
    if (!ParsePlaceAddress(address)) {
      return Concat("must map names to addresses like sftp://host[:port]/folder or file:///folder; '", name, "' has '",
                    address, "'");
    }
  }
  return {};
}

// host/api knows the names and roles, and says what is wrong with them before it listens.
std::string NoMapProblem(const TextMap&) { return {}; }

std::string DefaultText(const Setting& setting) {
  const Settings defaults;
  return std::visit(
      [&](auto member) -> std::string {
        const auto& value = defaults.*member;
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string>) return value.empty() ? "empty" : Concat("`\"", value, "\"`");
        if constexpr (std::is_same_v<Value, bool>) return value ? "`true`" : "`false`";
        if constexpr (std::is_same_v<Value, int>) return Concat("`", value, "`");
        if constexpr (std::is_same_v<Value, DurationUs>) return Concat("`\"", DurationText(value), "\"`");
        return "empty";
      },
      setting.member);
}

std::vector<Setting> MakeTable() {
  constexpr int64_t kSecond = kSecondUs;
  return {
      {.table = "host",
       .key = "data_dir",
       .member = &Settings::data_dir,
       .meaning = "Folder of the database and everything else the host writes.",
       .problem = PathProblem},
      {.table = "host",
       .key = "socket",
       .member = &Settings::socket,
       .meaning = "Unix socket of the API; at most 107 bytes. Empty: run/quayside.sock in the data folder.",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "host",
       .key = "plugin_dir",
       .member = &Settings::plugin_dir,
       .meaning = "Installed plugin bundles. Empty: plugins in the data folder.",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "plugins",
       .key = "trusted_keys",
       .member = &Settings::trusted_keys,
       .meaning = "Folder of the keys whose signatures are believed, one KEYID.toml each; read anew at every load.",
       .problem = PathProblem},
      {.table = "plugins",
       .key = "isolation",
       .member = &Settings::isolation,
       .meaning =
           "Where plugins run: as their keys grant, or all in a process of their own. in_process narrows nothing: "
           "a key's limit holds.",
       .choices = {"as_granted", "isolated", "in_process"}},
      {.table = "plugins",
       .key = "isolation_of",
       .member = &Settings::isolation_of,
       .meaning = "The same for single plugins. A table in the file; `amazon=isolated,...` elsewhere.",
       .map_problem = IsolationMapProblem,
       .map_form = "a map of plugin to isolated or in_process"},
      {.table = "plugins",
       .key = "watch_folder",
       .member = &Settings::watch_folder,
       .meaning =
           "A signed bundle that is put into this folder is installed and takes over by itself. Empty: no folder.",
       .may_be_empty = true},
      {.table = "plugins",
       .key = "rollback_window",
       .member = &Settings::rollback_window_us,
       .meaning = "How long a version that was replaced stays loaded for the way back.",
       .minimum = 0,
       .maximum = 604'800 * kSecond},
      {.table = "plugins",
       .key = "crash_strikes",
       .member = &Settings::crash_strikes,
       .meaning = "A version in which the host died so often within the window is not started again.",
       .minimum = 1,
       .maximum = 1'000},
      {.table = "plugins",
       .key = "crash_window",
       .member = &Settings::crash_window_us,
       .meaning = "The window of the setting above.",
       .minimum = kSecond,
       .maximum = 604'800 * kSecond},
      {.table = "security",
       .key = "master_key_file",
       .member = &Settings::master_key_file,
       .meaning = "The key that wraps all others, outside the data folder; keep it in a backup of its own.",
       .problem = PathProblem},
      {.table = "security",
       .key = "create_master_key",
       .member = &Settings::create_master_key,
       .meaning = "Make the key at the first start when the file is missing."},
      {.table = "remote",
       .key = "listen",
       .member = &Settings::remote_listen,
       .meaning = "Address and port where the API is served over TCP, such as 127.0.0.1:8443. Other addresses than "
                  "127.0.0.1 and ::1 need the next three settings. Empty: the socket only.",
       .may_be_empty = true},
      {.table = "remote",
       .key = "certificate",
       .member = &Settings::remote_certificate,
       .meaning = "The server's certificate and those between it and its authority (PEM). Read anew when it changes.",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "remote",
       .key = "key",
       .member = &Settings::remote_key,
       .meaning = "Its private key (PEM, no passphrase, 0600).",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "remote",
       .key = "client_ca",
       .member = &Settings::remote_client_ca,
       .meaning = "Authorities of client certificates (PEM); with it every client must show one.",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "remote",
       .key = "certificate_roles",
       .member = &Settings::remote_certificate_roles,
       .meaning =
           "Names in client certificates = roles, as in `\"dns:ops.example\" = \"operator auditor\"`. A table in the "
           "file; `name=roles,...` elsewhere.",
       .map_problem = NoMapProblem,
       .map_form = "a map of certificate name to roles"},
      {.table = "remote",
       .key = "bootstrap_file",
       .member = &Settings::remote_bootstrap_file,
       .meaning =
           "Where the first admin token is written when the API is first served over TCP. Empty: bootstrap.token "
           "in the data folder.",
       .may_be_empty = true,
       .problem = PathProblem},
      {.table = "remote",
       .key = "max_connections",
       .member = &Settings::remote_max_connections,
       .meaning = "TCP connections at the same time. With TLS one more waits for a place; without it is closed.",
       .minimum = 1,
       .maximum = 65'536},
      {.table = "remote",
       .key = "max_connections_per_address",
       .member = &Settings::remote_max_connections_per_address,
       .meaning = "Of them, of one address (of IPv6 one network of 64 bits); this machine's own are not counted.",
       .minimum = 1,
       .maximum = 65'536},
      {.table = "remote",
       .key = "handshake_timeout",
       .member = &Settings::remote_handshake_timeout_us,
       .meaning = "A connection whose handshake takes longer is closed.",
       .minimum = kSecond,
       .maximum = 60 * kSecond},
      {.table = "limits",
       .key = "calls_per_second",
       .member = &Settings::calls_per_second,
       .meaning = "Calls of one token or certificate in a second. The owner of the socket has no limit.",
       .minimum = 1,
       .maximum = 1'000'000},
      {.table = "limits",
       .key = "streams",
       .member = &Settings::streams,
       .meaning = "Streams that one token or certificate may have open at the same time.",
       .minimum = 1,
       .maximum = 1'000'000},
      {.table = "metrics",
       .key = "listen",
       .member = &Settings::metrics_listen,
       .meaning = "Loopback address and port where Prometheus reads metrics, such as 127.0.0.1:9464 (docs/metrics.md). "
                  "Empty: none are served.",
       .may_be_empty = true,
       .problem = MetricsAddressProblem},
      {.table = "log",
       .key = "level",
       .member = &Settings::log_level,
       .meaning = "The least important lines to write.",
       .choices = {"debug", "info", "warning", "error"}},
      {.table = "log",
       .key = "format",
       .member = &Settings::log_format,
       .meaning = "Lines for people, or one JSON object per line.",
       .choices = {"text", "json"}},
      {.table = "trace",
       .key = "origins",
       .member = &Settings::trace_origins,
       .meaning = "Origins, separated by spaces, whose calls carry `traceparent` (docs/tracing.md): a gateway of your "
                  "own, such as https://gateway.example. Empty: no marketplace learns of traces.",
       .may_be_empty = true,
       .problem = OriginListProblem},
      {.table = "sync",
       .key = "workers_per_plugin",
       .member = &Settings::workers_per_plugin,
       .meaning = "Steps of one plugin that run at the same time.",
       .minimum = 1,
       .maximum = 64},
      {.table = "sync",
       .key = "max_steps_per_account",
       .member = &Settings::max_steps_per_account,
       .meaning = "Steps of one account that run at the same time, so that one outage cannot take every worker.",
       .minimum = 1,
       .maximum = 64},
      {.table = "sync",
       .key = "document_from",
       .member = &Settings::document_from,
       .meaning = "Quantities that wait before they go out in one document instead of one by one; 0 = when they are "
                  "through sooner that way. What is sold out or nearly so goes one by one either way, as far as the "
                  "pace allows.",
       .minimum = 0,
       .maximum = 1'000'000},
      {.table = "sync",
       .key = "history_days",
       .member = &Settings::history_days,
       .meaning = "How far back the orders of a new account are read, on spare allowance, once the recent ones are "
                  "there; 0 = not at all.",
       .minimum = 0,
       .maximum = 3650},
      {.table = "sync",
       .key = "submissions_days",
       .member = &Settings::submissions_days,
       .meaning =
           "How long each quantity that was sent can be explained: -1 = for ever, 0 = the last ten of a SKU alone, "
           "which always can be. Of attempts in a row that came to the same nothing, beyond these ten, the first and "
           "the "
           "last.",
       .minimum = -1,
       .maximum = 3650},
      {.table = "sync",
       .key = "reconcile_minutes",
       .member = &Settings::reconcile_minutes,
       .meaning = "Between two comparisons of a channel's quantities with what it shows; 0 = they are not compared.",
       .minimum = 0,
       .maximum = 1440},
      {.table = "sync",
       .key = "completeness_hours",
       .member = &Settings::completeness_hours,
       .meaning = "Between two comparisons of an account's orders with another list of them that its marketplace can "
                  "give; 0 = they are not compared.",
       .minimum = 0,
       .maximum = 168},
      {.table = "sync",
       .key = "step_timeout",
       .member = &Settings::step_timeout_us,
       .meaning = "Longest time a step may take before it is fenced, unless its plugin states one.",
       .minimum = kSecond,
       .maximum = 300 * kSecond},
      {.table = "sync",
       .key = "drain_timeout",
       .member = &Settings::drain_timeout_us,
       .meaning = "How long running steps may finish when the host stops.",
       .minimum = 0,
       .maximum = 600 * kSecond},
      {.table = "events",
       .key = "keep_days",
       .member = &Settings::events_keep_days,
       .meaning = "How long events are kept for whoever resumes a stream of them or lists them; 0 = for ever.",
       .minimum = 0,
       .maximum = 3650},
      {.table = "documents",
       .key = "limit_mib",
       .member = &Settings::documents_limit_mib,
       .meaning = "MiB on the disk for reports and feeds that plugins fetched; each is kept for at most two days.",
       .minimum = 64,
       .maximum = 1 << 20},
      {.table = "transfers",
       .key = "allow",
       .member = &Settings::transfers_allow,
       .meaning =
           "Where plugins may exchange files: a name of your choosing = file:, sftp:, ftps:, ftpes: or https: address "
           "of a folder; what lies under it is allowed too. A table in the file; `name=address,...` elsewhere.",
       .map_problem = AllowMapProblem,
       .map_form = "a map of name to address"},
      {.table = "transfers",
       .key = "ca_file",
       .member = &Settings::transfers_ca_file,
       .meaning = "Authorities (PEM) that may vouch for ftps: and ftpes: servers, besides those that this machine "
                  "trusts. Empty: those only.",
       .may_be_empty = true},
      {.table = "runner",
       .key = "memory_mib",
       .member = &Settings::runner_memory_mib,
       .meaning = "MiB of private memory that the process of an isolated plugin may have.",
       .minimum = 64,
       .maximum = 1 << 20},
      {.table = "runner",
       .key = "open_files",
       .member = &Settings::runner_open_files,
       .meaning = "Descriptors that the process of an isolated plugin may have.",
       .minimum = 16,
       .maximum = 1 << 16},
      {.table = "runner",
       .key = "quarantine_crashes",
       .member = &Settings::runner_quarantine_crashes,
       .meaning = "An isolated plugin whose process ends so often within the window is not started again.",
       .minimum = 1,
       .maximum = 1'000'000},
      {.table = "runner",
       .key = "quarantine_window",
       .member = &Settings::runner_quarantine_window_us,
       .meaning = "The window of the setting above.",
       .minimum = kSecond,
       .maximum = 86'400 * kSecond},
      {.table = "development",
       .key = "enabled",
       .member = &Settings::development,
       .meaning = "Allows the settings below and plain http. Never in production."},
      {.table = "development",
       .key = "simulator_clock_url",
       .member = &Settings::simulator_clock_url,
       .meaning = "The host's clock follows this simulator clock, such as http://127.0.0.1:8080/sim/v1/clock.",
       .may_be_empty = true,
       .development_only = true,
       .problem = ClockUrlProblem},
      {.table = "development",
       .key = "wait_for_debugger",
       .member = &Settings::wait_for_debugger,
       .meaning =
           "Isolated plugins wait for a debugger before they are loaded, and are not killed while it is attached; "
           "the log says how to attach.",
       .development_only = true},
      {.table = "development",
       .key = "origin_map",
       .member = &Settings::origin_map,
       .meaning = "Declared origin (or pattern of one) = address used instead. A table in the file; "
                  "`origin=address,...` elsewhere.",
       .development_only = true,
       .map_problem = OriginMapProblem,
       .map_form = "a map of origin to address"},
      {.table = "development",
       .key = "record_dir",
       .member = &Settings::record_dir,
       .meaning = "Folder for a cassette of each account, NAME.json: what marketplaces answer, without secrets and "
                  "personal data.",
       .may_be_empty = true,
       .development_only = true},
  };
}

}  // namespace

std::string Setting::Name() const { return Concat(table, ".", key); }

std::string Setting::EnvironmentName() const {
  std::string name = Concat("QUAYSIDE_", table, "_", key);
  absl::AsciiStrToUpper(&name);
  return name;
}

std::string Setting::Form() const {
  if (!choices.empty()) {
    std::string list;
    for (size_t i = 0; i < choices.size(); ++i)
      list += Concat(i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ", choices[i]);
    return list;
  }
  if (std::holds_alternative<bool Settings::*>(member)) return "true or false";
  if (std::holds_alternative<int Settings::*>(member)) return Concat("a whole number from ", minimum, " to ", maximum);
  if (std::holds_alternative<DurationUs Settings::*>(member)) {
    return Concat("a duration from ", DurationText(minimum), " to ", DurationText(maximum),
                  ", such as \"90s\" or \"2m\"");
  }
  if (std::holds_alternative<TextMap Settings::*>(member)) return std::string(map_form);
  return may_be_empty ? "a text" : "a text, not empty";
}

const std::vector<Setting>& SettingTable() {
  static const std::vector<Setting> table = MakeTable();
  return table;
}

std::string SettingsMarkdown() {
  std::string out = "| setting | value | default | environment | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : SettingTable()) {
    out += Concat("| `", setting.Name(), "` | ", setting.Form(), " | ", DefaultText(setting), " | `",
                  setting.EnvironmentName(), "` | ", setting.meaning,
                  setting.development_only ? " Development only." : "", " |\n");
  }
  return out;
}

}  // namespace quayside
