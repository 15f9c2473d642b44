#include "tools/quayside/commands/stock_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "quayside/v1/inventory_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/levels_csv.h"

namespace quayside::cli {
namespace {

constexpr std::size_t kChunk = 1000;
// So often a stream that broke is gone on with, as long as none of them stored anything.
constexpr int kTries = 3;
constexpr absl::Duration kPause = absl::Milliseconds(250);
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

// One import, as far as it is. The host names rows by their place in it; the person knows the lines of the file.
class RowsImport {
 public:
  RowsImport(Context& context, const std::vector<LevelRow>& rows, const StockFileOptions& options)
      : context_(context), rows_(rows), options_(options), request_id_(NewRequestId()) {}

  // Goes on after a stream that broke, where the host says it is.
  absl::StatusOr<v1::ImportLevelsResponse> Run() {
    absl::Status failed;
    for (int tried = 0; tried < kTries; ++tried) {
      const std::size_t begin = stored_;
      auto done = Send();
      if (done.ok()) return done;
      failed = done.status();
      if (!absl::IsUnavailable(failed) && ReasonOf(failed) != "OVERLOADED") break;
      absl::SleepFor(kPause);
      Ask();
      if (stored_ > begin) tried = -1;
    }
    return InTermsOfLines(failed);
  }

 private:
  absl::StatusOr<v1::ImportLevelsResponse> Send() {
    v1::ImportLevelsRequest message;
    std::size_t sent = stored_;
    const auto next = [&] {
      // An import of nothing is one message, too.
      if (sent == rows_.size() && (sent > stored_ || !message.request_id().empty())) return false;
      message.Clear();
      if (sent == stored_) {
        message.set_request_id(request_id_);
        message.set_create_items(options_.create_items);
        message.set_validate_only(options_.dry_run);
        message.set_begin(static_cast<std::int64_t>(stored_));
      }
      context_.output.Progress(absl::StrCat(sent, " of ", rows_.size(), " levels"));
      const std::size_t end = std::min(rows_.size(), sent + kChunk);
      for (; sent < end; ++sent) *message.add_changes() = rows_[sent].change;
      return true;
    };
    v1::ImportLevelsResponse response;
    const absl::Status status = context_.host.Upload(message, next, response);
    context_.output.Progress("");
    if (!status.ok()) return status;
    return response;
  }

  // What it cannot be told stays as it was known.
  void Ask() {
    v1::ImportLevelsRequest message;
    message.set_request_id(request_id_);
    bool asked = false;
    v1::ImportLevelsResponse response;
    const absl::Status answered = context_.host.Upload(
        message, [&] { return !std::exchange(asked, true); }, response);
    if (answered.ok()) stored_ = std::min(rows_.size(), static_cast<std::size_t>(response.levels()));
  }

  absl::Status InTermsOfLines(const absl::Status& failed) {
    std::size_t stored = stored_;
    if (const auto told = ErrorFact(failed, "levels"); told.has_value() && !absl::SimpleAtoi(*told, &stored))
      stored = stored_;
    std::vector<std::string> lines;
    for (const auto& violation : ViolationsOf(failed)) {
      const auto index = ChangeIndex(violation.field);
      lines.push_back(
          index && *index < rows_.size()
              ? absl::StrCat("line ", rows_[*index].line, ": ", rows_[*index].change.sku(), ": ", violation.description)
              : absl::StrCat(violation.field, ": ", violation.description));
    }
    if (const auto field = ErrorFact(failed, "field"); field.has_value()) {
      if (const auto index = ChangeIndex(*field); index && *index < rows_.size())
        lines.push_back(absl::StrCat("line ", rows_[*index].line, ": ", rows_[*index].change.sku()));
    }
    if (absl::IsUnavailable(failed)) {
      lines.push_back(absl::StrCat("known to be set: ", Count(static_cast<long long>(stored), "row")));
    } else if (stored < rows_.size()) {
      const std::size_t end = std::min(rows_.size(), stored + kChunk);
      lines.push_back(absl::StrCat(
          "nothing of lines ", rows_[stored].line, " to ", rows_[end - 1].line, " was set",
          stored > 0 ? absl::StrCat("; the ", Count(static_cast<long long>(stored), "row"), " before are") : ""));
    }
    const absl::Status explained = WithLines(failed, lines);
    const std::string repeat =
        "correct the file and run the command again; levels that are right already stay as they are";
    if (ReasonOf(failed) == "ITEM_NOT_FOUND")
      return WithAdvice(explained, absl::StrCat("--create makes unknown items; or ", repeat));
    // Whatever else it is about has advice of its own.
    const bool is_about_rows =
        absl::IsInvalidArgument(failed) || absl::IsNotFound(failed) || absl::IsFailedPrecondition(failed);
    return is_about_rows ? WithAdvice(explained, repeat) : explained;
  }

  Context& context_;
  const std::vector<LevelRow>& rows_;
  const StockFileOptions& options_;
  const std::string request_id_;
  std::size_t stored_ = 0;
};

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
  QS_CLI_ASSIGN_OR_RETURN(const auto total, RowsImport(context, file.rows, options).Run());
  context.output.Document(total);
  context.output.Line(absl::StrCat(Count(static_cast<long long>(file.rows.size()), "row"), ": ",
                                   Did(options.dry_run, "changed ", "change "), Count(total.levels(), "level"), ", ",
                                   Did(options.dry_run, "created ", "create "), Count(total.items_created(), "item")));
  return absl::OkStatus();
}

}  // namespace quayside::cli
