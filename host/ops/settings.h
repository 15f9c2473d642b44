// The host's settings: a TOML file, overridden by environment (QUAYSIDE_...), overridden by flags. Every mistake is
// reported at once, with file, line and what to change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "host/base/time.h"

namespace quayside {

struct Settings {
  // [host]
  std::string data_dir = "/var/lib/quayside";
  std::string socket;      // empty = {data_dir}/run/quayside.sock
  std::string plugin_dir;  // installed bundles; empty = {data_dir}/plugins
  // [plugins]
  std::string trusted_keys = "/etc/quayside/trusted-keys";
  std::string isolation = "as_granted";             // as_granted, isolated, in_process
  std::map<std::string, std::string> isolation_of;  // plugin id -> isolated, in_process
  std::string watch_folder;  // bundles put there are installed and reloaded; empty: none is watched
  DurationUs rollback_window_us = 5 * kMinuteUs;
  int crash_strikes = 2;
  DurationUs crash_window_us = kHourUs;
  // [security]
  std::string master_key_file = "/etc/quayside/master.key";
  bool create_master_key = true;
  // [remote]
  std::string remote_listen;       // empty: the socket only
  std::string remote_certificate;  // PEM files
  std::string remote_key;
  std::string remote_client_ca;
  std::map<std::string, std::string> remote_certificate_roles;  // "dns:ops.example" -> "operator auditor"
  std::string remote_bootstrap_file;                            // empty = {data_dir}/bootstrap.token
  int remote_max_connections = 256;
  int remote_max_connections_per_address = 128;
  DurationUs remote_handshake_timeout_us = 3 * kSecondUs;
  // [limits], of each caller
  int calls_per_second = 200;
  int streams = 100;
  // [metrics]
  std::string metrics_listen;  // "127.0.0.1:9464"; empty: none are served
  // [log]
  std::string log_level = "info";   // debug, info, warning, error
  std::string log_format = "text";  // text, json
  // [trace]
  std::string trace_origins;  // "https://gateway.example ...": calls there carry traceparent; empty: none do
  // [sync]
  int workers_per_plugin = 4;
  int max_steps_per_account = 2;
  int document_from = 0;
  int history_days = 730;
  int submissions_days = -1;  // -1 = for ever
  int reconcile_minutes = 60;
  int completeness_hours = 24;
  DurationUs step_timeout_us = 60 * kSecondUs;
  DurationUs drain_timeout_us = 20 * kSecondUs;
  // [events]
  int events_keep_days = 30;
  // [documents]
  int documents_limit_mib = 8 << 10;  // of all fetched documents together
  // [transfers]
  std::map<std::string, std::string> transfers_allow;  // name of the operator's choosing -> address (place_address.h)
  std::string transfers_ca_file;                       // authorities of ftps: and ftpes: servers (PEM)
  // [runner]
  int runner_memory_mib = 1024;
  int runner_open_files = 64;
  int runner_quarantine_crashes = 5;
  DurationUs runner_quarantine_window_us = kMinuteUs;
  // [development]
  bool development = false;
  bool wait_for_debugger = false;
  std::string simulator_clock_url;                // http://127.0.0.1:PORT/sim/v1/clock: the host's clock follows it
  std::map<std::string, std::string> origin_map;  // declared origin -> address used instead
  std::string record_dir;                         // cassettes of what marketplaces answer go there; empty: none are
};

// For how long a submission is kept; the largest number = for ever.
[[nodiscard]] DurationUs SubmissionsKeptUs(const Settings& settings);

struct SettingsOverrides {
  std::string config_file;                         // empty = none
  std::map<std::string, std::string> environment;  // as the process has it; only QUAYSIDE_ names are read
  std::vector<std::string> sets;                   // "sync.workers_per_plugin=8" from --set
};

// INVALID_ARGUMENT CONFIG_FILE with every mistake, one per line.
[[nodiscard]] absl::StatusOr<Settings> LoadSettings(const SettingsOverrides& overrides);
[[nodiscard]] absl::StatusOr<Settings> ParseSettings(const std::string& toml, const std::string& file_name);

}  // namespace quayside
