// What systemd was told of the service: that it starts with the machine, and what it may not do. Files are read,
// systemd is not asked: it answers in words of its own. Facts are taken apart from what is made of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

// The unit as this version brings it (tools/package/quaysided.service.in).
[[nodiscard]] std::string_view ShippedUnit();

// What a unit takes from its service: directive -> value, of the texts in the order in which systemd reads them.
// Directives that are lists gather; an empty value begins them anew.
[[nodiscard]] std::map<std::string, std::string> HardeningOf(const std::vector<std::string>& texts);

struct UnitFacts {
  bool systemd = false;                 // it runs this machine
  bool packaged = false;                // the Debian package is installed
  bool present = false;                 // there is a unit
  bool masked = false;                  // it leads nowhere, so that nobody can start it
  bool enabled = false;                 // it starts with the machine
  std::vector<std::string> files = {};  // the unit and its drop-ins
  std::map<std::string, std::string> hardening = {};
};
// Below `root`, which is empty for this machine.
[[nodiscard]] UnitFacts LookAtUnit(const std::string& root);
void JudgeUnit(const UnitFacts& facts, Findings& found);

}  // namespace quayside::cli
