#include "host/inspection/plugin_view.h"

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
  }
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
