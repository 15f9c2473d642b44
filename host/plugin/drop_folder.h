// A folder that is watched: whoever puts a new signed bundle into it has it installed and reloaded, without a call.
//
//   plugins.watch_folder/
//     anything/            a bundle: plugin.so, manifest.json, signatures/*.sig
//     anything-else/
//
// The folder is looked at now and then rather than listened to: that works on every file system, and a look costs one
// stat per file. A bundle counts when nothing of it has changed between two looks and its signatures fit its bytes, so
// that a copy under way is never taken for the whole.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/plugin/admission.h"

namespace quayside {

// Folders by name with everything about their files that changes when somebody writes there.
using DropStamps = std::map<std::string, std::string>;

// Which folders to act on: those that look as at the look before and are not among `done` with that look.
[[nodiscard]] std::vector<std::string> SettledFolders(const DropStamps& before, const DropStamps& now,
                                                      const DropStamps& done);

class DropFolder {
 public:
  // Makes the bundle in this folder the one that works; why not, otherwise. UNAVAILABLE, ABORTED and RELOAD_UNDER_WAY
  // are tried again at the next look. A version that works already is OK.
  using Take = std::function<absl::Status(const Bundle& bundle, const std::string& folder)>;
  // Called once for each state of a folder that was refused. `plugin_id` is empty when the manifest cannot be read.
  using Refused = std::function<void(const std::string& folder, const std::string& plugin_id, const absl::Status& why)>;

  // `gate` outlives it.
  DropFolder(std::string folder, const BundleGate& gate, Take take, Refused refused);

  // One look. Of several new versions of a plugin the highest is taken. Never at the same time twice.
  void Look();

 private:
  void Refuse(const std::string& name, const std::string& plugin_id, const absl::Status& why);

  const std::string folder_;
  const BundleGate& gate_;
  const Take take_;
  const Refused refused_;
  DropStamps before_;
  DropStamps done_;  // with the look they had when they were taken or refused
};

}  // namespace quayside
