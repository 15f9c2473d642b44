// The looks at an installation, in the order they are told. Each takes its facts and leaves what it found; what cannot
// be looked at is a finding, too.
#pragma once

#include <string>

#include "host/ops/settings.h"
#include "tools/quayside/context.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

struct Installation {
  Settings settings;
  std::string data_dir;
  std::string socket;
  std::string plugin_dir;
  // Of the host that holds the data folder; empty: none runs.
  std::string host_pid;
  // The host's clock when it answers, else this machine's.
  TimeUs now = 0;
  // It is the one that the machine's service runs.
  bool is_service = false;
  // nginx's file of the front; empty: there is none.
  std::string front;

  [[nodiscard]] bool running() const { return !host_pid.empty(); }
  [[nodiscard]] std::string database() const { return data_dir + "/quayside.db"; }
};

// The paths that the settings mean, and who holds the data folder.
[[nodiscard]] Installation InstallationOf(const Settings& settings, TimeUs now);

// Folders, modes, room, an unfinished restore.
void CheckFolders(const Installation& place, Findings& found);
// The socket, whether the host answers, its descriptors, stuck steps and clock. Sets place.now.
void CheckHost(Context& context, Installation& place, Findings& found);
// Schema, pages, master key, and what the rows say: lanes, letters, budgets, plugins.
void CheckData(const Installation& place, Findings& found);
// Trusted keys, and the signatures of what is installed.
void CheckTrust(const Console& console, const Installation& place, Findings& found);
// Of the listener on TCP.
void CheckCertificates(const Installation& place, Findings& found);
// The listener of the figures: that it answers, and this machine only.
void CheckMetrics(const Installation& place, Findings& found);
// nginx in front of the host, when there is one: its configuration, a call through it, its certificate.
void CheckFront(const Installation& place, Findings& found);
// How old the newest backup is, and whether it could be restored.
void CheckBackup(const Installation& place, Findings& found);
// The unit of the service, of the installation that it runs.
void CheckUnit(const Installation& place, Findings& found);

}  // namespace quayside::cli
