#include "tools/quayside/output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/util/json_util.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

std::string ToJson(const google::protobuf::Message& message, bool several_lines) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = several_lines;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for Any values of unknown types; then what could be written is better than nothing.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

bool ColorAllowed(const Console& console, bool no_color) {
  if (no_color) return false;
  // https://no-color.org: set and not empty.
  if (const auto value = console.environment("NO_COLOR"); value && !value->empty()) return false;
  const auto terminal = console.environment("TERM");
  return !terminal || *terminal != "dumb";
}

}  // namespace

std::string JsonDocument(const google::protobuf::Message& message) { return ToJson(message, true); }

std::string JsonLine(const google::protobuf::Message& message) { return ToJson(message, false); }

Output::Output(Console& console, bool json, bool no_color)
    : console_(console), json_(json), color_allowed_(ColorAllowed(console, no_color)) {}

Style Output::style() const {
  if (!console_.out_is_terminal) return {};
  return {console_.out_columns(), color_allowed_};
}

Style Output::error_style() const { return {0, console_.err_is_terminal && color_allowed_}; }

void Output::Text(absl::string_view text) {
  if (json_) return;
  Progress("");
  console_.out << text;
}

void Output::Line(absl::string_view line) { Text(absl::StrCat(line, "\n")); }

void Output::Document(const google::protobuf::Message& message) {
  if (json_) console_.out << JsonDocument(message);
}

void Output::StreamLine(const google::protobuf::Message& message) {
  if (json_) console_.out << JsonLine(message) << "\n" << std::flush;
}

void Output::TableOr(const Table& table, absl::string_view when_empty) {
  if (table.empty()) {
    Line(when_empty);
  } else {
    Text(table.Render(style()));
  }
}

void Output::Note(absl::string_view line) {
  Progress("");
  console_.err << CleanText(line) << "\n" << std::flush;
}

void Output::Progress(absl::string_view text) {
  if (!console_.err_is_terminal || (text.empty() && !progress_shown_)) return;
  // Back to the first column and clear to the end of the line.
  console_.err << "\r\x1b[K" << text << std::flush;
  progress_shown_ = !text.empty();
}

std::string Count(long long number, absl::string_view singular, absl::string_view plural) {
  if (number == 1 || number == -1) return absl::StrCat(number, " ", singular);
  return plural.empty() ? absl::StrCat(number, " ", singular, "s") : absl::StrCat(number, " ", plural);
}

}  // namespace quayside::cli
