#include "host/inspection/plugin_view.h"

#include <string>

#include "google/protobuf/util/time_util.h"
#include "host/base/names.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

google::protobuf::Timestamp TimeOf(TimeUs time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time);
}

api::PluginState ToProto(PluginHealth health) {
  switch (health) {
    case PluginHealth::kVerified:
      return api::PLUGIN_STATE_VERIFIED;
    case PluginHealth::kActive:
      return api::PLUGIN_STATE_ACTIVE;
    case PluginHealth::kRejected:
      return api::PLUGIN_STATE_REJECTED;
  }
  return api::PLUGIN_STATE_UNSPECIFIED;
}

api::PluginVersionState StateOf(const PluginVersionRecord& version, const PluginStatus& plugin) {
  if (plugin.health == PluginHealth::kActive && plugin.record.version == version.version) {
    return api::PLUGIN_VERSION_STATE_ACTIVE;
  }
  switch (version.standing) {
    case VersionStanding::kPlaced:
      return api::PLUGIN_VERSION_STATE_PLACED;
    case VersionStanding::kGood:
      return api::PLUGIN_VERSION_STATE_GOOD;
    case VersionStanding::kRolledBack:
      return api::PLUGIN_VERSION_STATE_ROLLED_BACK;
    case VersionStanding::kQuarantined:
      return api::PLUGIN_VERSION_STATE_QUARANTINED;
  }
  return api::PLUGIN_VERSION_STATE_UNSPECIFIED;
}

api::IsolationMode ToProto(IsolationMode mode) {
  return mode == IsolationMode::kInProcess ? api::ISOLATION_MODE_IN_PROCESS : api::ISOLATION_MODE_ISOLATED;
}

// The API's numbers follow the order of the host's, from 1.
template <typename Proto, typename Enum>
Proto InOrder(Enum value) {
  return static_cast<Proto>(static_cast<int>(value) + 1);
}
static_assert(static_cast<int>(SignatureState::kTrusted) + 1 == api::SIGNATURE_STATE_TRUSTED);
static_assert(static_cast<int>(SignatureState::kRevoked) + 1 == api::SIGNATURE_STATE_REVOKED);
static_assert(static_cast<int>(LintWeight::kRefused) + 1 == api::FINDING_WEIGHT_REFUSED);

void PutReport(const BundleReport& report, api::InspectPluginResponse& response) {
  response.mutable_exported_symbols()->Assign(report.elf.exported.begin(), report.elf.exported.end());
  response.mutable_needed_libraries()->Assign(report.elf.needed.begin(), report.elf.needed.end());
  for (const SignatureFinding& signature : report.signatures) {
    auto* added = response.add_signatures();
    added->set_key(signature.key_id);
    added->set_key_name(signature.key_name);
    added->set_state(InOrder<api::SignatureState>(signature.state));
    added->set_message(signature.message);
    added->set_isolation(ToProto(signature.isolation));
  }
  for (const LintFinding& finding : report.findings) {
    auto* added = response.add_findings();
    added->set_id(finding.id);
    added->set_weight(InOrder<api::FindingWeight>(finding.weight));
    added->set_what(finding.what);
    added->set_remedy(finding.remedy);
  }
}

}  // namespace

int64_t ActiveNumber(const PluginStatus& status) {
  for (const GenerationStatus& generation : status.generations) {
    if (generation.works) return generation.number;
  }
  return 0;
}

api::Plugin PluginView(const PluginStatus& status) {
  api::Plugin out;
  const auto& manifest = status.manifest;
  out.set_name(PluginName(status.record.id));
  out.set_version(status.record.version);
  out.set_display_name(manifest.name());
  out.set_vendor(manifest.vendor());
  out.set_state(ToProto(status.health));
  out.set_signer(status.signer);
  out.mutable_signing_keys()->Assign(status.signing_keys.begin(), status.signing_keys.end());
  out.set_isolation(ToProto(status.isolation));
  out.set_sha256(status.record.sha256);
  for (const auto& contract : manifest.contracts()) {
    auto* added = out.add_contracts();
    added->set_id(contract.id());
    added->set_scope(contract.scope());
    *added->mutable_methods() = contract.methods();
  }
  for (const GenerationStatus& generation : status.generations) {
    auto* added = out.add_generations();
    added->set_number(generation.number);
    added->set_version(generation.version);
    added->set_state(generation.state);
    added->set_steps_in_flight(generation.steps_in_flight);
    added->set_steps_done(generation.steps_done);
    if (generation.loaded_us != 0) *added->mutable_load_time() = TimeOf(generation.loaded_us);
    added->set_reason(generation.why);
    added->set_signer(generation.signer);
    added->set_steps_stuck(generation.steps_stuck);
    added->set_isolation(ToProto(generation.isolation));
  }
  for (const PluginVersionRecord& version : status.versions) {
    auto* added = out.add_versions();
    added->set_version(version.version);
    added->set_state(StateOf(version, status));
    added->set_reason(version.why);
    added->set_sha256(version.sha256);
    if (const auto signer = status.version_signers.find(version.version); signer != status.version_signers.end()) {
      added->set_signer(signer->second);
    }
    if (version.placed_us != 0) *added->mutable_install_time() = TimeOf(version.placed_us);
    if (version.last_active_us != 0) *added->mutable_last_active_time() = TimeOf(version.last_active_us);
  }
  out.set_etag(std::to_string(ActiveNumber(status)));
  out.set_error(status.error);
  if (status.record.installed_us != 0) *out.mutable_install_time() = TimeOf(status.record.installed_us);
  out.set_config_schema(manifest.config_schema());
  for (const auto& secret : manifest.secrets()) {
    auto* added = out.add_secrets();
    added->set_name(secret.name());
    added->set_label(secret.label());
    added->set_help(secret.help());
  }
  for (const auto& marketplace : manifest.marketplaces()) {
    auto* added = out.add_marketplaces();
    added->set_id(marketplace.id());
    added->set_display_name(marketplace.name());
    added->set_country_code(marketplace.country_code());
    added->set_currency_code(marketplace.currency_code());
    added->set_region(marketplace.region());
  }
  return out;
}

api::InspectPluginResponse InspectionView(const BundleInspection& inspection) {
  api::InspectPluginResponse response;
  *response.mutable_plugin() = PluginView(inspection.status);
  PutReport(inspection.report, response);
  return response;
}

}  // namespace quayside
