#include "tools/quayside/commands/stock_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/levels_csv.h"

namespace quayside::cli {
namespace {

constexpr std::size_t kBatch = 1000;
constexpr std::size_t kBadRowsShown = 50;

absl::StatusOr<std::string> ReadLevelsText(Context& context, const std::string& file) {
  const auto all_of = [](std::istream& in) {
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  };
  if (file == "-") return all_of(context.console.in);
  std::ifstream in(file, std::ios::binary);
  if (!in) return UsageError(absl::StrCat("the file ", file, " cannot be read"));
  return all_of(in);
}

std::vector<std::string> BadRowLines(const std::vector<BadRow>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    if (lines.size() == kBadRowsShown) {
      lines.push_back(absl::StrCat("... and ", rows.size() - kBadRowsShown, " more"));
      break;
    }
    lines.push_back(absl::StrCat("line ", row.line, ": ", row.problem));
  }
  return lines;
}

// "changes[12].level" -> 12.
std::optional<std::size_t> ChangeIndex(absl::string_view field) {
  if (!absl::ConsumePrefix(&field, "changes[")) return std::nullopt;
  std::size_t index = 0;
  if (!absl::SimpleAtoi(field.substr(0, field.find(']')), &index)) return std::nullopt;
  return index;
}

// The host names rows by their place in the batch; the person knows the lines of the file.
absl::Status InTermsOfLines(const absl::Status& failed, const LevelRow* batch, std::size_t size,
                            std::size_t sent_before, bool dry_run) {
  std::vector<std::string> lines;
  for (const auto& violation : ViolationsOf(failed)) {
    const auto index = ChangeIndex(violation.field);
    lines.push_back(index && *index < size ? absl::StrCat("line ", batch[*index].line, ": ", batch[*index].change.sku(),
                                                          ": ", violation.description)
                                           : absl::StrCat(violation.field, ": ", violation.description));
  }
  lines.push_back(
      absl::StrCat("nothing of lines ", batch[0].line, " to ", batch[size - 1].line, " was set",
                   sent_before > 0 && !dry_run
                       ? absl::StrCat("; the ", Count(static_cast<long long>(sent_before), "row"), " before are")
                       : ""));
  const absl::Status explained = WithLines(failed, lines);
  const std::string repeat =
      "correct the file and run the command again; levels that are right already stay as they are";
  return IsUnreachable(failed)      ? explained
         : absl::IsNotFound(failed) ? WithAdvice(explained, absl::StrCat("--create makes unknown items; or ", repeat))
                                    : WithAdvice(explained, repeat);
}

}  // namespace

absl::Status StockFileCommand(Context& context, const StockFileOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const std::string text, ReadLevelsText(context, options.file));
  QS_CLI_ASSIGN_OR_RETURN(const LevelsFile file, ParseLevels(text, options.location));
  if (!file.bad_rows.empty() && !options.skip_bad) {
    return WithAdvice(WithLines(absl::InvalidArgumentError(absl::StrCat(
                                    Count(static_cast<long long>(file.bad_rows.size()), "row"), " of ",
                                    options.file == "-" ? "stdin" : options.file, " cannot be used; nothing was set")),
                                BadRowLines(file.bad_rows)),
                      "correct them, or set the others with --skip-bad");
  }
  for (const auto& line : BadRowLines(file.bad_rows)) context.output.Note(absl::StrCat("left out: ", line));
  v1::SetLevelsResponse total;
  for (std::size_t begin = 0; begin < file.rows.size(); begin += kBatch) {
    const std::size_t size = std::min(kBatch, file.rows.size() - begin);
    v1::SetLevelsRequest request;
    for (std::size_t i = begin; i < begin + size; ++i) *request.add_changes() = file.rows[i].change;
    request.set_create_items(options.create_items);
    request.set_validate_only(options.dry_run);
    context.output.Progress(absl::StrCat(begin, " of ", file.rows.size(), " levels"));
    const auto response = context.host.Call<v1::SetLevelsResponse>(request, Pace::kSlow);
    if (!response.ok()) {
      context.output.Progress("");
      return InTermsOfLines(response.status(), &file.rows[begin], size, begin, options.dry_run);
    }
    total.set_changed(total.changed() + response->changed());
    total.set_items_created(total.items_created() + response->items_created());
  }
  context.output.Progress("");
  context.output.Document(total);
  context.output.Line(absl::StrCat(Count(static_cast<long long>(file.rows.size()), "row"), ": ",
                                   Did(options.dry_run, "changed ", "change "), Count(total.changed(), "level"), ", ",
                                   Did(options.dry_run, "created ", "create "), Count(total.items_created(), "item")));
  return absl::OkStatus();
}

}  // namespace quayside::cli
