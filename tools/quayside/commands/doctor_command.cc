// Looks at a whole installation on this machine, whether its host runs or not.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/machine_rules.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/local_host.h"

namespace quayside::cli {
namespace {

constexpr char kUsualFront[] = "/etc/nginx/conf.d/quayside.conf";

struct DoctorOptions {
  LocalSettingsOptions settings;
  std::string front;  // empty: the usual one when it is there, of the installation that the service runs
  bool all = false;
};

google::protobuf::Struct FindingDocument(const Finding& finding) {
  google::protobuf::Struct document;
  auto& fields = *document.mutable_fields();
  fields["state"].set_string_value(WeightWord(finding.weight));
  fields["check"].set_string_value(finding.check);
  fields["found"].set_string_value(finding.text);
  fields["remedy"].set_string_value(finding.remedy);
  return document;
}

Color ColorOf(Weight weight) {
  return weight == Weight::kFine ? Color::kGreen : weight == Weight::kRemark ? Color::kYellow : Color::kRed;
}

// What is wrong, each with its remedy on the line below; what is fine only when asked for.
void Tell(Context& context, const Findings& found, bool all) {
  google::protobuf::Struct document;
  auto& list = *(*document.mutable_fields())["findings"].mutable_list_value();
  const Style style = context.output.style();
  for (const Finding& finding : found) {
    *list.add_values()->mutable_struct_value() = FindingDocument(finding);
    if (finding.weight == Weight::kFine && !all) continue;
    context.output.Line(absl::StrCat(Paint(WeightWord(finding.weight), ColorOf(finding.weight), style), "  ",
                                     finding.check, ": ", finding.text));
    if (!finding.remedy.empty()) context.output.Line(absl::StrCat("  what to do: ", finding.remedy));
  }
  context.output.Document(document);
}

absl::Status DoctorCommand(Context& context, const DoctorOptions& options) {
  const auto settings = LocalSettings(options.settings, context.console);
  if (!settings.ok()) return FromHostRules(settings.status());
  Installation place = InstallationOf(*settings, absl::ToUnixMicros(context.console.now()));
  place.is_service = IsOfTheService(*settings);
  place.front = options.front;
  if (place.front.empty() && place.is_service && LookAtPath(kUsualFront).exists) place.front = kUsualFront;
  Findings found;
  CheckFolders(place, found);
  CheckHost(context, place, found);
  CheckData(place, found);
  CheckTrust(context.console, place, found);
  CheckCertificates(place, found);
  CheckFront(place, found);
  CheckMetrics(place, found);
  CheckBackup(place, found);
  CheckUnit(place, found);
  Tell(context, found, options.all);
  const auto count = [&](Weight weight) {
    return std::count_if(found.begin(), found.end(), [&](const Finding& each) { return each.weight == weight; });
  };
  const auto problems = count(Weight::kProblem);
  const std::string summary = absl::StrCat(Count(static_cast<long long>(found.size()), "look"), ", ",
                                           Count(problems, "problem"), ", ", Count(count(Weight::kRemark), "remark"));
  if (problems > 0) return absl::FailedPreconditionError(summary);
  context.output.Line(summary);
  return absl::OkStatus();
}

}  // namespace

void AddDoctorCommand(Command root) {
  auto options = std::make_shared<DoctorOptions>();
  Command doctor = root.Sub("doctor", "Check this machine's whole installation and say what to do");
  AddLocalSettings(doctor, options->settings);
  doctor.Option("--front", options->front, "FILE",
                "nginx's configuration of the front; /etc/nginx/conf.d/quayside.conf if it is there");
  doctor.Flag("--all", options->all, "Also what is fine");
  doctor.Footer(
      "Works with the host up or down; run it as the host's user or as root. Exit code 1 when there is a problem; "
      "remarks\nalone are 0.");
  doctor.Example("  sudo -u quayside quayside doctor");
  doctor.Run([options](Context& context) { return DoctorCommand(context, *options); });
}

}  // namespace quayside::cli
