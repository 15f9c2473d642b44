#include "quayside/csv.h"

#include <algorithm>

namespace quayside::sdk {

size_t CsvReader::EndOfLine(size_t from) const {
  const size_t feed = chunk_.find('\n', from);
  return feed == std::string_view::npos ? chunk_.size() : feed + 1;
}

// `at` stands behind the opening quote; afterwards behind the closing one.
CsvReader::Ended CsvReader::ScanQuoted(std::string& field, size_t& at, size_t limit) const {
  while (true) {
    const size_t quote = chunk_.find(format_.quote, at);
    if (quote == std::string_view::npos || quote >= limit)
      return limit == chunk_.size() ? Ended::kChunk : Ended::kTooLong;
    field.append(chunk_.substr(at, quote - at));
    at = quote + 1;
    // At the very end of the chunk it cannot be told a closing quote from half of a doubled one.
    if (at == chunk_.size() && !is_last_) return Ended::kChunk;
    if (at < chunk_.size() && chunk_[at] == format_.quote) {
      field += format_.quote;
      ++at;
      continue;
    }
    return Ended::kRecord;
  }
}

CsvReader::Ended CsvReader::Scan(CsvRecord& record, size_t& end) const {
  const size_t limit = std::min(chunk_.size(), offset_ + kLongestCsvRecord);
  size_t at = offset_;
  while (true) {
    std::string field;
    const bool is_quoted = format_.quote != 0 && at < limit && chunk_[at] == format_.quote;
    if (is_quoted) {
      ++at;
      if (const Ended ended = ScanQuoted(field, at, limit); ended != Ended::kRecord) {
        record.problem_field = static_cast<int>(record.fields.size()) + 1;
        return ended;
      }
    }
    size_t stop = at;
    while (stop < limit && chunk_[stop] != format_.delimiter && chunk_[stop] != '\n') ++stop;
    if (stop == limit && limit < chunk_.size()) return Ended::kTooLong;
    if (stop == limit && !is_last_) return Ended::kChunk;
    const bool ends_record = stop == limit || chunk_[stop] == '\n';
    std::string_view rest = chunk_.substr(at, stop - at);
    if (ends_record && rest.ends_with('\r')) rest.remove_suffix(1);
    if (is_quoted && !rest.empty()) {
      record.problem_field = static_cast<int>(record.fields.size()) + 1;
      return Ended::kBroken;
    }
    field.append(rest);
    record.fields.push_back(std::move(field));
    at = stop + (stop < limit ? 1 : 0);
    if (ends_record) {
      end = at;
      return Ended::kRecord;
    }
  }
}

CsvReader::Found CsvReader::GiveUpLine(CsvRecord& record, std::string problem) {
  const size_t end = EndOfLine(offset_);
  if (end == chunk_.size() && !is_last_ && !chunk_.ends_with('\n')) return Found::kNeedMore;
  record.problem = std::move(problem);
  record.raw = chunk_.substr(offset_, end - offset_);
  while (record.raw.ends_with('\n') || record.raw.ends_with('\r')) record.raw.remove_suffix(1);
  offset_ = end;
  ++line_;
  return Found::kBad;
}

CsvReader::Found CsvReader::Next(CsvRecord& record) {
  while (offset_ < chunk_.size() && (chunk_[offset_] == '\n' || chunk_.substr(offset_, 2) == "\r\n")) {
    offset_ += chunk_[offset_] == '\n' ? 1 : 2;
    ++line_;
  }
  if (offset_ == chunk_.size()) return is_last_ ? Found::kEnd : Found::kNeedMore;
  record.fields.clear();
  record.problem.clear();
  record.problem_field = 0;
  record.line = line_;
  size_t end = offset_;
  switch (Scan(record, end)) {
    case Ended::kRecord:
      break;
    case Ended::kChunk:
      if (!is_last_) return Found::kNeedMore;
      return GiveUpLine(record, "a quote is opened and never closed");
    case Ended::kTooLong:
      return GiveUpLine(record, "it is longer than " + std::to_string(kLongestCsvRecord) +
                                    " bytes; a quote may be opened and never closed");
    case Ended::kBroken:
      return GiveUpLine(record, "text follows a closing quote");
  }
  record.raw = chunk_.substr(offset_, end - offset_);
  line_ += std::count(record.raw.begin(), record.raw.end(), '\n');
  const bool had_line_end = record.raw.ends_with('\n');
  while (record.raw.ends_with('\n') || record.raw.ends_with('\r')) record.raw.remove_suffix(1);
  // The last line may lack its end; it is one all the same.
  if (!had_line_end) ++line_;
  offset_ = end;
  return Found::kRecord;
}

std::string CsvLine(const CsvFormat& format, const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += format.delimiter;
    const std::string& field = fields[i];
    const bool is_special = field.find_first_of(std::string{format.delimiter, '\r', '\n'}) != std::string::npos ||
                            (format.quote != 0 && field.find(format.quote) != std::string::npos);
    if (!is_special) {
      line += field;
    } else if (format.quote != 0) {
      line += format.quote;
      for (const char c : field) line += c == format.quote ? std::string(2, c) : std::string(1, c);
      line += format.quote;
    } else {
      for (const char c : field) line += c == format.delimiter || c == '\r' || c == '\n' ? ' ' : c;
    }
  }
  return line + "\r\n";
}

}  // namespace quayside::sdk
