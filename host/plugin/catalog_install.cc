// A bundle arrives: it becomes the version that works, or waits beside the one that does.
#include <algorithm>
#include <utility>

#include "host/plugin/disk_catalog.h"
#include "host/plugin/downgrade.h"
#include "host/plugin/generation.h"
#include "host/plugin/reload/reload_records.h"

namespace quayside {
namespace {

constexpr size_t kDevelopmentDigits = 8;

PluginStatus StatusOf(const Bundle& bundle, std::string folder, TimeUs now) {
  PluginStatus status;
  status.record = {bundle.manifest.id(), bundle.manifest.version(), std::move(folder),
                   bundle.sha256,        bundle.manifest_json,      now};
  status.manifest = bundle.manifest;
  return status;
}

}  // namespace

absl::StatusOr<PluginStatus> DiskPluginCatalog::Install(const std::string& path, const InstallOptions& options,
                                                        const InstallHook& also) {
  QS_ASSIGN_OR_RETURN(const AdmittedBundle admitted, loader_.ReadNew(path));
  const Bundle& bundle = admitted.bundle;
  const std::string& id = bundle.manifest.id();
  const std::lock_guard<std::mutex> installing(install_mutex_);
  const Line present = Find(id);
  const PluginStatus status = present == nullptr ? PluginStatus() : present->Status();
  const bool runs = present != nullptr && present->active_number() != 0;
  QS_ASSIGN_OR_RETURN(const Naming naming, NameOf(bundle, status.versions));
  if (naming.installed && runs) {
    // Again, without effect: it works, or waits beside the one that works. Only its signatures may be new.
    if (options.validate_only || HasItsSignatures(status, admitted, naming.version)) return status;
    return TakeSignatures(present, admitted, naming.version, options.actor, also);
  }
  std::vector<std::string> ever_active;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.last_active_us != 0) ever_active.push_back(each.version);
  }
  QS_RETURN_IF_ERROR(RefuseQuarantined(status, naming.version));
  const absl::Status downgrade = CheckDowngrade(id, naming.version, ever_active);
  if (!options.allow_downgrade) QS_RETURN_IF_ERROR(downgrade);
  if (options.validate_only) {
    PluginStatus shown = StatusOf(bundle, path, clock_.Now());
    shown.signer = admitted.admission.trust.signer;
    shown.signing_keys = admitted.admission.trust.key_ids;
    shown.isolation = admitted.admission.isolation;
    return shown;
  }
  const Arrival arrival{admitted, naming.version, downgrade.ok() ? "" : HighestVersion(ever_active), also,
                        options.actor};
  const Line line = FindOrMake(id);
  return runs ? PlaceBeside(line, arrival) : FirstInstall(line, arrival);
}

bool DiskPluginCatalog::HasItsSignatures(const PluginStatus& status, const AdmittedBundle& admitted,
                                         const std::string& version) const {
  if (status.record.version == version) return status.signing_keys == admitted.admission.trust.key_ids;
  const auto signer = status.version_signers.find(version);
  if (signer != status.version_signers.end() && signer->second != admitted.admission.trust.signer) return false;
  for (const PluginVersionRecord& each : status.versions) {
    if (each.version != version) continue;
    const auto placed = ReadBundle(FolderOfPlaced(options_.plugin_dir, each.plugin_id, version, each.folder));
    return placed.ok() && placed->signatures == admitted.bundle.signatures;
  }
  return false;
}

// A build that is installed has been signed anew. From the next loading on the new signatures say where it runs.
absl::StatusOr<PluginStatus> DiskPluginCatalog::TakeSignatures(const Line& line, const AdmittedBundle& admitted,
                                                               const std::string& version, const std::string& actor,
                                                               const InstallHook& also) {
  QS_RETURN_IF_ERROR(PlaceBundleAs(admitted.bundle, options_.plugin_dir, version).status());
  PluginStatus status = line->Status();
  const TrustVerdict& trust = admitted.admission.trust;
  status.version_signers[version] = trust.signer;
  if (status.record.version == version) {
    status.signer = trust.signer;
    status.signing_keys = trust.key_ids;
  }
  QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(
        AppendPluginAct(tx, clock_.Now(), actor, "plugin.signed", line->plugin_id(),
                        {{"version", version}, {"sha256", admitted.bundle.sha256}, {"signer", trust.signer}}));
    return also ? also(tx, status) : absl::OkStatus();
  }));
  line->SetSigners(version, trust.signer, trust.key_ids);
  return line->Status();
}

absl::StatusOr<DiskPluginCatalog::Naming> DiskPluginCatalog::NameOf(
    const Bundle& bundle, const std::vector<PluginVersionRecord>& versions) const {
  const std::string& declared = bundle.manifest.version();
  const auto same_bytes = [&](const PluginVersionRecord& each) {
    return each.sha256 == bundle.sha256 && each.manifest_json == bundle.manifest_json;
  };
  std::string version = declared;
  for (const PluginVersionRecord& each : versions) {
    if (each.version != declared || same_bytes(each)) continue;
    if (!options_.development) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, Reason::kPluginVersionExists,
          Concat(bundle.manifest.id(), " ", declared, " is installed with other bytes; give this build a new version"));
    }
    version = Concat(declared, "+dev.", bundle.sha256.substr(0, kDevelopmentDigits));
  }
  const bool installed = std::any_of(versions.begin(), versions.end(), [&](const PluginVersionRecord& each) {
    return each.version == version && same_bytes(each);
  });
  return Naming{version, installed};
}

// The event of an installation, and of the downgrade it may be.
absl::Status DiskPluginCatalog::TellInstalled(Tx& tx, const Arrival& arrival) {
  const std::string& id = arrival.admitted.bundle.manifest.id();
  QS_RETURN_IF_ERROR(AppendPluginAct(tx, clock_.Now(), arrival.actor, "plugin.installed", id,
                                     {{"version", arrival.version},
                                      {"sha256", arrival.admitted.bundle.sha256},
                                      {"signer", arrival.admitted.admission.trust.signer}}));
  if (arrival.downgraded_from.empty()) return absl::OkStatus();
  return AppendPluginAct(tx, clock_.Now(), arrival.actor, "plugin.downgraded", id,
                         {{"version", arrival.version}, {"highest", arrival.downgraded_from}});
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::FirstInstall(const Line& line, const Arrival& arrival) {
  std::unique_lock<std::mutex> lifecycle(line->lifecycle());
  // Somebody reloaded it while this waited.
  if (line->active_number() != 0) {
    lifecycle.unlock();
    return PlaceBeside(line, arrival);
  }
  const auto place = [&]() -> absl::StatusOr<std::string> {
    QS_RETURN_IF_ERROR(PlaceBundleAs(arrival.admitted.bundle, options_.plugin_dir, arrival.version).status());
    return PlacedName(line->plugin_id(), arrival.version);
  };
  const auto store = [&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(TellInstalled(tx, arrival));
    if (!arrival.also) return absl::OkStatus();
    PluginStatus shown = line->Status();
    // This very transaction makes it active.
    if (!shown.generations.empty()) {
      shown.generations.back().state = std::string(StateName(GenerationState::kActive));
      shown.generations.back().works = true;
    }
    return arrival.also(tx, shown);
  };
  QS_RETURN_IF_ERROR(driver_.Begin(line, arrival.admitted, arrival.version, arrival.actor, place, store));
  return line->Status();
}

absl::StatusOr<PluginStatus> DiskPluginCatalog::PlaceBeside(const Line& line, const Arrival& arrival) {
  const Bundle& bundle = arrival.admitted.bundle;
  QS_RETURN_IF_ERROR(loader_.Probe(arrival.admitted));
  QS_RETURN_IF_ERROR(PlaceBundleAs(bundle, options_.plugin_dir, arrival.version).status());
  const PluginVersionRecord record{.plugin_id = bundle.manifest.id(),
                                   .version = arrival.version,
                                   .folder = PlacedName(bundle.manifest.id(), arrival.version),
                                   .sha256 = bundle.sha256,
                                   .manifest_json = bundle.manifest_json,
                                   .placed_us = clock_.Now(),
                                   .standing_us = clock_.Now()};
  line->SetVersionSigner(arrival.version, arrival.admitted.admission.trust.signer);
  QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutPluginVersion(record));
    QS_RETURN_IF_ERROR(TellInstalled(tx, arrival));
    if (!arrival.also) return absl::OkStatus();
    PluginStatus shown = line->Status();
    shown.versions.push_back(record);
    return arrival.also(tx, shown);
  }));
  driver_.RefreshVersions(line);
  return line->Status();
}

}  // namespace quayside
