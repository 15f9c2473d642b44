#include "host/plugin/admission.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

absl::StatusOr<Admission> DecideAdmission(const std::string& plugin_id, TrustVerdict trust,
                                          std::vector<LintFinding> findings, const IsolationWishes& wishes,
                                          std::optional<IsolationMode> asked) {
  Admission admission{.trust = std::move(trust), .findings = std::move(findings)};
  admission.isolation = admission.trust.isolation;
  admission.warnings = admission.trust.warnings;
  const auto own = wishes.by_id.find(plugin_id);
  const std::optional<IsolationMode> wish = own != wishes.by_id.end() ? own->second : wishes.all;
  if (wish.has_value() && *wish > admission.isolation) {
    admission.warnings.push_back(
        Concat("the configuration wants it in process, but ",
               admission.trust.is_unsigned ? "nobody signed it" : Concat(admission.trust.signer, " may not grant that"),
               ": it runs isolated"));
  }
  if (wish.has_value()) admission.isolation = std::min(admission.isolation, *wish);
  for (const LintFinding& finding : admission.findings) {
    if (finding.weight == LintWeight::kIsolates) admission.isolation = IsolationMode::kIsolated;
  }
  if (asked.has_value() && *asked > admission.isolation) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                     Concat(plugin_id,
                            " may not run in process here: its keys, its library or the configuration allow "
                            "isolated only; 'quayside plugin inspect' says which"));
  }
  if (asked.has_value()) admission.isolation = *asked;
  const bool in_process = admission.isolation == IsolationMode::kInProcess;
  QS_RETURN_IF_ERROR(RefuseFrom(in_process ? LintWeight::kNotInProcess : LintWeight::kRefused, admission.findings));
  for (const LintFinding& finding : admission.findings) {
    if (finding.weight != LintWeight::kNote) admission.warnings.push_back(LintLine(finding));
  }
  return admission;
}

absl::StatusOr<Admission> BundleGate::Admit(const Bundle& bundle, std::optional<TimeUs> accepted_us,
                                            std::optional<IsolationMode> asked) const {
  QS_ASSIGN_OR_RETURN(TrustVerdict trust, trust_.Judge(bundle, accepted_us));
  QS_ASSIGN_OR_RETURN(const ElfFacts facts, ReadElf(bundle.library));
  return DecideAdmission(bundle.manifest.id(), std::move(trust), LintElf(facts, ThisLintHost()), wishes_, asked);
}

absl::StatusOr<BundleReport> BundleGate::Report(const Bundle& bundle) const {
  BundleReport report;
  QS_ASSIGN_OR_RETURN(report.signatures, trust_.Look(bundle));
  const auto verdict = trust_.Judge(bundle, std::nullopt);
  report.trust_status = verdict.status();
  if (verdict.ok()) report.signer = verdict->signer;
  QS_ASSIGN_OR_RETURN(report.elf, ReadElf(bundle.library));
  report.findings = LintElf(report.elf, ThisLintHost());
  return report;
}

}  // namespace quayside
