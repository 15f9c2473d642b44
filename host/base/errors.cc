#include "host/base/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "host/base/error_metadata.h"

namespace quayside {
namespace {

constexpr absl::string_view kReasonUrl = "quayside/reason";
constexpr absl::string_view kMetadataUrl = "quayside/metadata";
constexpr absl::string_view kViolationsUrl = "quayside/violations";
// Payloads are lists of texts; these bytes cannot occur in UTF-8.
constexpr char kPairEnd = '\xff';
constexpr char kKeyEnd = '\xfe';

// The distribution's Abseil is built with a string_view of its own.
absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

std::string EncodePairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out;
  for (const auto& [key, value] : pairs)
    absl::StrAppend(&out, key, std::string(1, kKeyEnd), value, std::string(1, kPairEnd));
  return out;
}

std::vector<std::pair<std::string, std::string>> DecodePairs(const absl::Status& status, absl::string_view url) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto payload = status.GetPayload(url);
  if (!payload.has_value()) return pairs;
  const std::string text(*payload);
  for (absl::string_view pair : absl::StrSplit(text, kPairEnd, absl::SkipEmpty())) {
    pairs.push_back(absl::StrSplit(pair, absl::MaxSplits(kKeyEnd, 1)));
  }
  return pairs;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, Reason reason, std::string_view message, const ErrorMetadata& metadata) {
  absl::Status status(code, AbslView(message));
  status.SetPayload(kReasonUrl, absl::Cord(AbslView(ReasonText(reason))));
  if (!metadata.empty()) status.SetPayload(kMetadataUrl, absl::Cord(EncodePairs({metadata.begin(), metadata.end()})));
  return status;
}

absl::Status MakeFieldError(Reason reason, const std::vector<FieldViolation>& violations) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<std::string> lines;
  for (const FieldViolation& violation : violations) {
    pairs.emplace_back(violation.field, violation.description);
    lines.push_back(absl::StrCat(violation.field, ": ", violation.description));
  }
  absl::Status status = MakeError(absl::StatusCode::kInvalidArgument, reason, absl::StrJoin(lines, "; "));
  status.SetPayload(kViolationsUrl, absl::Cord(EncodePairs(pairs)));
  return status;
}

absl::Status AddContext(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  absl::Status with_context(status.code(), absl::StrCat(AbslView(context), ": ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { with_context.SetPayload(url, payload); });
  return with_context;
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonUrl);
  return payload.has_value() ? std::string(*payload) : std::string();
}

bool HasReason(const absl::Status& status, Reason reason) { return ReasonOf(status) == ReasonText(reason); }

ErrorMetadata MetadataOf(const absl::Status& status) {
  const auto pairs = DecodePairs(status, kMetadataUrl);
  return {pairs.begin(), pairs.end()};
}

absl::Status AddMetadata(const absl::Status& status, const ErrorMetadata& more) {
  if (status.ok()) return status;
  ErrorMetadata metadata = MetadataOf(status);
  for (const auto& [key, value] : more) metadata[key] = value;
  absl::Status told = status;
  told.SetPayload(kMetadataUrl, absl::Cord(EncodePairs({metadata.begin(), metadata.end()})));
  return told;
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  for (auto& [field, description] : DecodePairs(status, kViolationsUrl)) violations.push_back({field, description});
  return violations;
}

}  // namespace quayside
