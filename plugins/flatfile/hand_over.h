// Files go out whole: written by the host under another name and renamed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columns.h"
#include "quayside/plugin/v1/outcome.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

// The lines of a file that goes out, under a header with their titles. A field that is mapped to nothing is left out.
class OutTable {
 public:
  OutTable(const FileFormat& format, const Fields& fields, const ColumnMap& map);
  // Values by field; those without a value are empty. False: a character that the charset lacks, and nothing was added.
  [[nodiscard]] bool Add(const std::map<std::string_view, std::string>& values);
  [[nodiscard]] bool empty() const { return lines_ == 0; }
  // Encoded.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] bool AddLine(const std::vector<std::string>& fields);

  const FileFormat& format_;
  std::vector<std::string_view> fields_;
  std::string text_;
  int lines_ = 0;
};

enum class Written {
  kThere,    // it is there, from this call or from one before
  kNothing,  // nothing happened: `error` says until when to wait
  kUnknown,  // it may be there
  kStop,     // a person must act: `error`
};

struct WriteResult {
  Written written = Written::kThere;
  sdk::Error error;
};

[[nodiscard]] WriteResult WriteFile(const std::string& place, const std::string& name, const std::string& body,
                                    sdk::Step& step);

// Files of one call, one after the other. Once nothing gets through, the rest is put off as well.
class FileHandOver {
 public:
  FileHandOver(std::string place, sdk::Step& step) : place_(std::move(place)), step_(step) {}
  // Settles the outcome. An error: a person must act, and nothing of the call is settled yet, so the call itself fails.
  [[nodiscard]] std::optional<sdk::Error> Write(const std::string& name, const std::string& text,
                                                plugin::v1::Outcome& outcome);

 private:
  const std::string place_;
  sdk::Step& step_;
  std::optional<WriteResult> trouble_;
  bool settled_any_ = false;
};

void Reject(plugin::v1::Outcome& outcome, std::string reason, std::string message);
// What of it holds for an intent that is in the file. kStop is the caller's to tell.
void Settle(const WriteResult& result, const std::string& name, plugin::v1::Outcome& outcome);

}  // namespace quayside::flatfile
