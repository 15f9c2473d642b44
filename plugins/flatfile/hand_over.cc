#include "hand_over.h"

#include <utility>

#include "encode.h"

namespace quayside::flatfile {

namespace pb = plugin::v1;

OutTable::OutTable(const FileFormat& format, const Fields& fields, const ColumnMap& map) : format_(format) {
  std::vector<std::string> titles;
  for (const std::string_view field : fields.names) {
    const auto mapped = map.find(std::string(field));
    if (mapped != map.end() && mapped->second.empty()) continue;
    fields_.push_back(field);
    titles.push_back(mapped == map.end() ? std::string(field) : mapped->second);
  }
  // FindProblems refuses titles that the charset lacks.
  if (format.has_header && AddLine(titles)) lines_ = 0;
}

bool OutTable::AddLine(const std::vector<std::string>& fields) {
  const auto encoded = Encode(sdk::CsvLine(format_.csv, fields), format_.charset);
  if (!encoded) return false;
  text_ += *encoded;
  ++lines_;
  return true;
}

bool OutTable::Add(const std::map<std::string_view, std::string>& values) {
  std::vector<std::string> fields;
  for (const std::string_view field : fields_) {
    const auto value = values.find(field);
    fields.push_back(value == values.end() ? std::string() : value->second);
  }
  return AddLine(fields);
}

WriteResult WriteFile(const std::string& place, const std::string& name, const std::string& body, sdk::Step& step) {
  pb::PutFile request;
  request.set_place(place);
  request.set_path(name);
  request.set_body(body);
  auto stored = step.PutFile(request);
  if (stored.ok()) return {Written::kThere, {}};
  switch (stored.error().status) {
    case QS_RETRY:
      return {Written::kNothing, stored.error()};
    // Where the host stopped in the middle, the last rename may have been done.
    case QS_UNKNOWN:
    case QS_CANCELLED:
    case QS_DEADLINE:
      return {Written::kUnknown, stored.error()};
    default:
      return {Written::kStop, stored.error()};
  }
}

std::optional<sdk::Error> FileHandOver::Write(const std::string& name, const std::string& text, pb::Outcome& outcome) {
  if (!trouble_ && step_.Cancelled())
    trouble_ = WriteResult{Written::kNothing, sdk::Error::RetryAt(0, "STEP_ENDED", "the step ended before this file")};
  if (trouble_) {
    Settle(*trouble_, "", outcome);
    return std::nullopt;
  }
  WriteResult result = WriteFile(place_, name, text, step_);
  if (result.written == Written::kStop && !settled_any_) return std::move(result.error);
  // The outcomes of the files before must be told.
  if (result.written == Written::kStop) result.written = Written::kNothing;
  settled_any_ = true;
  Settle(result, name, outcome);
  if (result.written == Written::kNothing) trouble_ = std::move(result);
  return std::nullopt;
}

void Reject(pb::Outcome& outcome, std::string reason, std::string message) {
  outcome.mutable_rejected()->set_reason(std::move(reason));
  outcome.mutable_rejected()->set_message(std::move(message));
}

void Settle(const WriteResult& result, const std::string& name, pb::Outcome& outcome) {
  if (result.written == Written::kThere) {
    outcome.mutable_done()->set_reference(name);
  } else if (result.written == Written::kNothing) {
    outcome.mutable_retry()->set_at_us(result.error.retry_at_us);
    outcome.mutable_retry()->set_reason(result.error.reason);
  } else {
    outcome.mutable_unknown()->set_message(result.error.message);
  }
}

}  // namespace quayside::flatfile
