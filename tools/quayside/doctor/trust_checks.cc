#include <string>
#include <vector>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/key_folder.h"
#include "host/plugin/trust.h"
#include "host/store/database_look.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/machine_rules.h"
#include "tools/quayside/local_host.h"

namespace quayside::cli {
namespace {

void JudgeKeys(const TrustedKeys& keys, TimeUs now, Findings& found) {
  for (const absl::Status& unreadable : keys.unreadable) {
    Problem(found, "trusted keys", std::string(unreadable.message()), "mend the file, or take it away");
  }
  for (const TrustedKey& key : keys.keys) {
    if (key.revoked.has_value()) {
      Fine(found, "trusted keys", Concat(KeyTitle(key), " is revoked"));
    } else if (key.not_after.has_value()) {
      JudgeExpiry("trusted keys", KeyTitle(key), *key.not_after, now,
                  "get a key that is good for longer from its holder, and what it signed signed with it", found);
    } else {
      Fine(found, "trusted keys", Concat(KeyTitle(key), " is trusted"));
    }
  }
}

void JudgeInstalled(const TrustPolicy& trust, const PluginRecord& plugin, Findings& found) {
  if (plugin.unloaded) {
    Remark(found, "signatures", Concat(plugin.id, " ", plugin.version, " is unloaded"),
           Concat("quayside plugin reload ", plugin.id, " starts it again"));
    return;
  }
  const std::string name = Concat(plugin.id, " ", plugin.version);
  const auto bundle = ReadBundle(plugin.folder);
  if (!bundle.ok()) {
    Problem(found, "signatures", Concat(name, ": ", bundle.status().message()), "install the bundle again");
    return;
  }
  if (bundle->sha256 != plugin.sha256) {
    Problem(found, "signatures", Concat(name, " is not the library that was installed"), "install the bundle again");
    return;
  }
  const auto verdict = trust.Judge(*bundle, plugin.installed_us);
  if (!verdict.ok()) {
    Problem(found, "signatures", Concat(name, ": ", verdict.status().message()), "docs/plugin-trust.md");
    return;
  }
  for (const std::string& warning : verdict->warnings) {
    Remark(found, "signatures", Concat(name, ": ", warning), "get the bundle signed with a newer key");
  }
  if (verdict->warnings.empty()) Fine(found, "signatures", Concat(name, ", signed by ", verdict->signer));
}

}  // namespace

void CheckTrust(const Console& console, const Installation& place, Findings& found) {
  const auto keys = ReadTrustedKeys(place.settings.trusted_keys);
  if (!keys.ok()) {
    Problem(found, "trusted keys", std::string(keys.status().message()), "docs/plugin-trust.md");
    return;
  }
  JudgeKeys(*keys, place.now, found);
  if (keys->keys.empty()) {
    Remark(found, "trusted keys", Concat("no key is trusted in ", keys->folder),
           "quayside plugin trust add KEYID.toml");
  }
  std::vector<PluginRecord> installed;
  // A database that cannot be read is told by who looks into it.
  const absl::Status read = LookIntoDatabase(place.database(), [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(installed, tx.ListPlugins());
    return absl::OkStatus();
  });
  if (!read.ok()) return;
  const ConsoleClock clock(console);
  const auto trust =
      MakeTrustPolicy(clock, {.trusted_keys = place.settings.trusted_keys, .development = place.settings.development});
  for (const PluginRecord& plugin : installed) JudgeInstalled(*trust, plugin, found);
}

}  // namespace quayside::cli
