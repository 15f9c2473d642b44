#include "host/api/event_batch.h"

#include "absl/strings/str_cat.h"
#include "host/api/convert.h"

namespace quayside {
namespace {

constexpr int kBatch = 512;
// Of one transaction; more than the largest bulk change makes, and well below a message's limit.
constexpr int kLargestBatch = 8192;

}  // namespace

quayside::v1::Event ToProto(const EventRecord& record) {
  quayside::v1::Event out;
  out.set_revision(record.revision);
  SetTime(out, &quayside::v1::Event::mutable_time, record.time_us);
  out.set_type(record.type);
  out.set_resource(record.resource);
  out.mutable_attributes()->insert(record.attributes.begin(), record.attributes.end());
  return out;
}

absl::Status CheckEventFilter(int64_t after_revision, const std::vector<std::string>& type_prefixes) {
  std::vector<FieldViolation> violations;
  if (after_revision < 0) violations.push_back({"after_revision", "must not be negative"});
  if (type_prefixes.size() > 50) violations.push_back({"type_prefixes", "has more than 50 entries"});
  for (size_t i = 0; i < type_prefixes.size(); ++i) {
    const std::string& prefix = type_prefixes[i];
    // SQLite's JSON, in which the database is asked, ends a text at its first NUL: "order.\0x" would let "order."
    // through.
    if (!prefix.empty() && prefix.size() <= 100 && prefix.find('\0') == std::string::npos) continue;
    violations.push_back({absl::StrCat("type_prefixes[", i, "]"), "must have 1..100 bytes, none of them NUL"});
  }
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, violations);
}

absl::StatusOr<EventSpan> ReadEventSpan(ReadTx& tx) {
  EventSpan span;
  QS_ASSIGN_OR_RETURN(span.first, tx.FirstEventRevision());
  QS_ASSIGN_OR_RETURN(span.last, tx.LastEventRevision());
  return span;
}

absl::Status CheckHistory(const EventSpan& span, int64_t after_revision) {
  const int64_t first_missing = span.first == 0 ? span.last : span.first - 1;
  if (after_revision >= first_missing && after_revision <= span.last) return absl::OkStatus();
  return MakeError(absl::StatusCode::kOutOfRange, Reason::kHistoryGone,
                   absl::StrCat("the events after revision ", after_revision, " are not kept; there are those after ",
                                first_missing, " up to ", span.last),
                   {{"first_revision", absl::StrCat(span.first)}, {"last_revision", absl::StrCat(span.last)}});
}

absl::StatusOr<quayside::v1::WatchResponse> ReadEventBatch(ReadTx& tx, int64_t after_revision,
                                                           const std::vector<std::string>& type_prefixes) {
  quayside::v1::WatchResponse response;
  std::vector<EventRecord> records;
  for (int limit = kBatch;; limit *= 2) {
    QS_ASSIGN_OR_RETURN(
        records, tx.ListEvents({.after_revision = after_revision, .type_prefixes = type_prefixes, .limit = limit}));
    if (records.size() < static_cast<size_t>(limit)) {
      QS_ASSIGN_OR_RETURN(const int64_t last, tx.LastEventRevision());
      response.set_revision(last);
      break;
    }
    // The batch may end inside a transaction. A transaction's events have one time, so that the last time's are left
    // for the next batch; several transactions of one time just travel together.
    size_t end = records.size();
    const TimeUs last_time = records.back().time_us;
    while (end > 0 && records[end - 1].time_us == last_time) --end;
    if (end == 0 && limit < kLargestBatch) continue;
    if (end > 0) records.resize(end);
    response.set_revision(records.back().revision);
    break;
  }
  for (const EventRecord& record : records) *response.add_events() = ToProto(record);
  return response;
}

}  // namespace quayside
