#include "tools/quayside/commands/listing_import.h"

#include <cstddef>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "quayside/v1/rule_import_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/rules_csv.h"

namespace quayside::cli {
namespace {

constexpr int kRowsPerCall = 2000;
constexpr std::size_t kBytesPerCall = 1 << 20;

struct ImportOptions {
  std::string channel;
  std::string file;
  std::string hash;
  RuleColumnNames names;
  int rows = 20;
};

std::string RuleText(bool has, const std::string& value) { return has ? value : std::string("-"); }

// "max 5, share 33.3, end -"
std::string RulesText(const v1::ListingRules& rules) {
  return absl::StrCat("max ", RuleText(rules.has_max_listed_quantity(), absl::StrCat(rules.max_listed_quantity())),
                      ", share ",
                      RuleText(rules.has_listed_percentage_e4(), FormatPercentageE4(rules.listed_percentage_e4())),
                      ", end ", RuleText(rules.has_end_when_quantity(), absl::StrCat(rules.end_when_quantity())));
}

// A part at a time: the file may be larger than memory.
absl::StatusOr<v1::RuleImport> Upload(Context& context, std::istream& in, const ImportOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(RulesCsv csv, RulesCsv::Open(in, options.names));
  v1::StageRulesRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  *request.mutable_columns() = csv.columns();
  for (;;) {
    request.clear_rows();
    request.set_last(true);
    for (std::size_t bytes = 0; std::optional<v1::RuleRow> row = csv.Next();) {
      bytes += row->ByteSizeLong();
      *request.add_rows() = *std::move(row);
      if (request.rows_size() < kRowsPerCall && bytes < kBytesPerCall) continue;
      request.set_last(false);
      break;
    }
    const auto response = context.host.Call<v1::StageRulesResponse>(request, Pace::kSlow);
    if (!response.ok()) {
      context.output.Progress("");
      return response.status();
    }
    if (request.last()) {
      context.output.Progress("");
      return response->rule_import();
    }
    request.clear_columns();
    request.set_import_id(response->rule_import().id());
    request.set_rows_before(response->rule_import().rows());
    context.output.Progress(absl::StrCat(response->rule_import().rows(), " rows staged ..."));
  }
}

absl::StatusOr<v1::RuleImport> UploadFile(Context& context, const ImportOptions& options) {
  if (options.file == "-") return Upload(context, context.console.in, options);
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return UsageError(absl::StrCat("the file ", options.file, " cannot be read"));
  return Upload(context, in, options);
}

absl::Status PrintProblems(Context& context, const ImportOptions& options) {
  v1::ListRuleProblemsRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  QS_CLI_ASSIGN_OR_RETURN(const auto problems,
                          ListPages<v1::ListRuleProblemsResponse>(context.host, request, options.rows,
                                                                  [](auto& page) { return page.mutable_problems(); }));
  for (const v1::RuleProblem& problem : problems.problems()) {
    context.output.Note(absl::StrCat("line ", problem.line(), problem.column().empty() ? "" : ", ", problem.column(),
                                     ": ", problem.problem()));
  }
  SayWhenCut(context, !problems.next_page_token().empty(), problems.problems_size());
  return absl::OkStatus();
}

absl::Status PrintChanges(Context& context, const ImportOptions& options) {
  v1::ListRuleChangesRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  QS_CLI_ASSIGN_OR_RETURN(const auto changes,
                          ListPages<v1::ListRuleChangesResponse>(context.host, request, options.rows,
                                                                 [](auto& page) { return page.mutable_changes(); }));
  for (const v1::RuleChange& change : changes.changes()) {
    context.output.Line(absl::StrCat("line ", change.line(), ": ", change.sku(), ": ", RulesText(change.before()),
                                     " -> ", RulesText(change.after())));
  }
  SayWhenCut(context, !changes.next_page_token().empty(), changes.changes_size());
  return absl::OkStatus();
}

absl::Status Preview(Context& context, const ImportOptions& options, const v1::RuleImport& import) {
  context.output.Document(import);
  QS_CLI_RETURN_IF_ERROR(PrintChanges(context, options));
  if (import.problems() > 0) QS_CLI_RETURN_IF_ERROR(PrintProblems(context, options));
  context.output.Line(absl::StrCat(Count(import.rows(), "row"), ": would change ", Count(import.changes(), "listing"),
                                   ", ", Count(import.problems(), "problem")));
  if (import.changes() > 0) {
    context.output.Line(absl::StrCat("apply exactly that: quayside listings import-rules ",
                                     ResourceId("channels", options.channel), " ", options.file, " --apply ",
                                     import.hash()));
  }
  return absl::OkStatus();
}

absl::Status Apply(Context& context, const ImportOptions& options) {
  v1::ApplyRuleImportRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.set_hash(options.hash);
  v1::ApplyRuleImportResponse response;
  // One call applies a part of it.
  do {
    auto part = context.host.Call<v1::ApplyRuleImportResponse>(request, Pace::kSlow);
    if (!part.ok()) {
      context.output.Progress("");
      return WithAdvice(part.status(), "what is applied stays so; the same command goes on with the rest");
    }
    response = *std::move(part);
    context.output.Progress(
        absl::StrCat(response.rule_import().applied(), " of ", response.rule_import().changes(), " applied ..."));
  } while (response.more());
  context.output.Progress("");
  const v1::RuleImport& import = response.rule_import();
  context.output.Document(import);
  context.output.Line(
      absl::StrCat("changed ", Count(import.applied(), "listing"), " of ", request.parent(),
                   import.skipped() > 0 ? absl::StrCat(", left ", import.skipped(), " as they are") : ""));
  return import.skipped() > 0 ? PrintProblems(context, options) : absl::OkStatus();
}

// The import that was shown, as far as it is still there: a repetition after a crash goes on where it stopped.
absl::StatusOr<bool> IsThere(Context& context, const ImportOptions& options) {
  v1::GetRuleImportRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  const auto response = context.host.Call<v1::GetRuleImportResponse>(request);
  if (absl::IsNotFound(response.status())) return false;
  if (!response.ok()) return response.status();
  return response->rule_import().hash() == options.hash;
}

absl::Status ImportCommand(Context& context, const ImportOptions& options) {
  if (!options.hash.empty()) {
    QS_CLI_ASSIGN_OR_RETURN(const bool there, IsThere(context, options));
    if (there) return Apply(context, options);
  }
  QS_CLI_ASSIGN_OR_RETURN(const v1::RuleImport import, UploadFile(context, options));
  if (options.hash.empty()) return Preview(context, options, import);
  if (import.hash() == options.hash) return Apply(context, options);
  return WithAdvice(
      absl::FailedPreconditionError(absl::StrCat("the file would change something else by now: ", import.hash())),
      "look at it once more without --apply; nothing was changed");
}

}  // namespace

void AddListingImportCommand(Command listings) {
  auto options = std::make_shared<ImportOptions>();
  Command command = listings.Sub("import-rules", "Own rules of many listings from a CSV file: shown, then applied");
  command.Argument("CHANNEL", options->channel, "Channel");
  command.Argument("FILE", options->file, "SKU and MaxListedQuantity, EndWhenStock, StockPercentage; - reads stdin");
  command.Option("--apply", options->hash, "HASH", "Apply what was shown with this hash");
  command.Option("--rows", options->rows, "N", "Show so many changes and problems, 0 = all; 20 unless given");
  command.Option("--sku-column", options->names.sku, "NAME", "The file's name of the SKU column");
  command.Option("--max-column", options->names.max, "NAME", "The file's name of the MaxListedQuantity column");
  command.Option("--end-column", options->names.end, "NAME", "The file's name of the EndWhenStock column");
  command.Option("--percentage-column", options->names.percentage, "NAME",
                 "The file's name of the StockPercentage column");
  command.Option("--max-default", options->names.max_default, "N",
                 "Stands in empty cells; else the channel's rule counts");
  command.Option("--end-default", options->names.end_default, "N",
                 "Stands in empty cells; else the channel's rule counts");
  command.Option("--percentage-default", options->names.percentage_default, "PERCENT",
                 "Stands in empty cells; else the channel's rule counts");
  command.Example(
      "  quayside listings import-rules uk rules.csv\n"
      "  quayside listings import-rules uk rules.csv --apply 5f1c...");
  command.Run([options](Context& context) { return ImportCommand(context, *options); });
}

}  // namespace quayside::cli
