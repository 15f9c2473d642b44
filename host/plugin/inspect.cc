#include "host/plugin/inspect.h"

#include "host/base/errors.h"

namespace quayside {

absl::StatusOr<BundleInspection> InspectBundle(const std::string& path, const BundleGate& gate) {
  QS_ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(path));
  BundleInspection inspection;
  QS_ASSIGN_OR_RETURN(inspection.report, gate.Report(bundle));
  PluginStatus& status = inspection.status;
  status.record.id = bundle.manifest.id();
  status.record.version = bundle.manifest.version();
  status.record.folder = path;
  status.record.sha256 = bundle.sha256;
  status.record.manifest_json = bundle.manifest_json;
  status.manifest = bundle.manifest;
  status.signer = inspection.report.signer;
  const auto admission = gate.Admit(bundle, std::nullopt);
  if (admission.ok()) {
    status.signing_keys = admission->trust.key_ids;
    status.isolation = admission->isolation;
  } else {
    status.health = PluginHealth::kRejected;
    status.error = std::string(admission.status().message());
  }
  return inspection;
}

}  // namespace quayside
