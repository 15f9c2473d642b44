#include "tools/quayside/cassette_file.h"

#include "absl/strings/str_cat.h"
#include "sdk/conformance/files.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

std::string MemberText(const boost::json::value& value) {
  if (!value.is_array() || value.get_array().empty()) return boost::json::serialize(value);
  std::string text = "[";
  const char* separator = "\n    ";
  for (const boost::json::value& element : value.get_array()) {
    absl::StrAppend(&text, separator, boost::json::serialize(element));
    separator = ",\n    ";
  }
  return text + "]";
}

}  // namespace

absl::StatusOr<boost::json::object> ReadCassetteFile(const std::string& path) {
  const auto text = conformance::ReadFile(path);
  if (!text) return UsageError(absl::StrCat(path, " cannot be read"));
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*text, error);
  if (error || !value.is_object()) return UsageError(absl::StrCat(path, " is no JSON object: ", error.message()));
  return value.get_object();
}

std::string CassetteText(const boost::json::object& cassette) {
  std::string text = "{";
  const char* separator = "\n  ";
  for (const auto& member : cassette) {
    absl::StrAppend(&text, separator, boost::json::serialize(boost::json::value(member.key())), ": ",
                    MemberText(member.value()));
    separator = ",\n  ";
  }
  return text + "\n}\n";
}

}  // namespace quayside::cli
