// What a command prints: text for people, or proto JSON with --json. Field names and enum values are those of proto
// JSON, and every field is there, also when it has its default value.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "tools/quayside/console.h"
#include "tools/quayside/table.h"

namespace quayside::cli {

// One JSON document on several lines, ended by a line break.
[[nodiscard]] std::string JsonDocument(const google::protobuf::Message& message);

// One line without its break: for streams.
[[nodiscard]] std::string JsonLine(const google::protobuf::Message& message);

class Output {
 public:
  Output(Console& console, bool json, bool no_color);

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] Style style() const;
  [[nodiscard]] Style error_style() const;

  // A command either prints text or one document. Text is left out with --json and the document without it, so that
  // commands can say both in turn.
  void Text(absl::string_view text);
  void Line(absl::string_view line);
  void Document(const google::protobuf::Message& message);
  // One element of a stream, with --json; flushed.
  void StreamLine(const google::protobuf::Message& message);

  // A table, or what to do next when it is empty.
  void TableOr(const Table& table, absl::string_view when_empty);

  // Remarks that are not the answer go to stderr, also with --json.
  void Note(absl::string_view line);

  // One line on stderr that is overwritten by the next; only on a terminal. An empty text clears it.
  void Progress(absl::string_view text);

 private:
  Console& console_;
  bool json_;
  bool color_allowed_;
  bool progress_shown_ = false;
};

// "1 listing", "2 listings"
[[nodiscard]] std::string Count(long long number, absl::string_view singular, absl::string_view plural = "");

}  // namespace quayside::cli
