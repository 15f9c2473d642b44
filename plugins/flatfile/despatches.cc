#include "despatches.h"

#include <optional>
#include <set>

#include "columns.h"
#include "hand_over.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

constexpr int kMostDespatchFiles = 10'000;

// The same package of the same order, whatever is said of it.
std::string DespatchId(const pb::DespatchIntent& intent) {
  return ShortHash(intent.order_external_id()) + "-" + std::to_string(intent.package_number());
}

std::string NameOf(const pb::DespatchIntent& intent, const std::string& text) {
  return "despatch-" + DespatchId(intent) + "-" + ShortHash(text) + ".csv";
}

// nullopt: a character that the charset lacks.
std::optional<std::string> TextOf(const Settings& settings, const pb::DespatchIntent& intent) {
  OutTable table(settings.format, DespatchFields(), settings.despatches.columns);
  for (const pb::PackageLine& line : intent.lines()) {
    const bool added =
        table.Add({{"despatch_id", DespatchId(intent)},
                   {"order_id", intent.order_external_id()},
                   {"package", std::to_string(intent.package_number())},
                   {"line_id", line.external_line_id()},
                   {"quantity", std::to_string(line.quantity())},
                   {"carrier_code", intent.carrier_code()},
                   {"carrier", intent.carrier_name()},
                   {"service", intent.service_name()},
                   {"tracking_number", intent.tracking_number()},
                   {"shipped", intent.shipped_us() > 0 ? FormatTime(intent.shipped_us()) : std::string()}});
    if (!added) return std::nullopt;
  }
  return table.text();
}

}  // namespace

Result<pb::ConfirmDespatchReply> ConfirmDespatch(const Settings& settings, const pb::ConfirmDespatchRequest& request,
                                                 Step& step) {
  pb::ConfirmDespatchReply reply;
  FileHandOver hand_over(settings.despatches.place, step);
  for (const pb::DespatchIntent& intent : request.intents()) {
    pb::Outcome& outcome = *reply.add_outcomes();
    outcome.set_intent_id(intent.intent_id());
    const auto text = TextOf(settings, intent);
    if (settings.despatches.place.empty()) {
      Reject(outcome, "NOT_CONFIGURED", "Option despatches_address names no place for despatches.");
    } else if (!text) {
      Reject(outcome, "NOT_IN_CHARSET", "The package has a character that the files' charset lacks.");
    } else if (auto failed = hand_over.Write(NameOf(intent, *text), *text, outcome)) {
      return *std::move(failed);
    }
  }
  return reply;
}

Result<pb::ReconcileDespatchReply> ReconcileDespatch(const Settings& settings,
                                                     const pb::ReconcileDespatchRequest& request, Step& step) {
  pb::ReconcileDespatchReply reply;
  std::set<std::string> names;
  if (!settings.despatches.place.empty()) {
    pb::ListFiles list;
    list.set_place(settings.despatches.place);
    list.set_max_files(kMostDespatchFiles);
    auto found = step.ListFiles(list);
    // https lists nothing; a package is then told as absent, which its id makes harmless.
    if (!found.ok() && found.error().status != QS_UNSUPPORTED) return found.error();
    if (found.ok())
      for (const pb::FileEntry& file : found.value().files()) names.insert(file.name());
  }
  for (const pb::DespatchIntent& intent : request.intents()) {
    pb::DespatchFinding& finding = *reply.add_findings();
    finding.set_intent_id(intent.intent_id());
    const auto text = TextOf(settings, intent);
    const bool is_there = text && names.contains(NameOf(intent, *text));
    finding.set_state(is_there ? pb::DespatchFinding::STATE_CONFIRMED : pb::DespatchFinding::STATE_ABSENT);
    if (!is_there) finding.set_message("no such file lies there; it was not written, or was taken already");
  }
  return reply;
}

}  // namespace quayside::flatfile
