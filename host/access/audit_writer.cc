#include "host/access/audit_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/store/trace_key.h"

namespace quayside {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kCountedFor{60};
// Kinds are methods times reasons times callers; a bound all the same.
constexpr size_t kMostKinds = 10'000;

AuditRecord RecordOf(const Denial& first, int64_t times, TimeUs now) {
  AuditRecord record{.time_us = now,
                     .actor = first.actor,
                     .action = first.action,
                     .resource = first.resource,
                     .outcome = first.reason,
                     .details = {}};
  if (!first.peer.empty()) record.details["peer"] = first.peer;
  if (!first.trace_id.empty()) record.details[kTraceIdKey] = first.trace_id;
  if (times > 1) record.details["times"] = absl::StrCat(times);
  return record;
}

}  // namespace

AuditWriter::AuditWriter(Store& store, const Clock& clock, Logger& logger, TokenTable& tokens)
    : store_(store), clock_(clock), logger_(logger), tokens_(tokens), thread_([this] { Work(); }) {}

AuditWriter::~AuditWriter() {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  Write(true);
}

void AuditWriter::Refused(const Denial& denial) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    Kind kind{denial.actor, denial.action, denial.reason};
    // Beyond the bound one kind stands for the others.
    if (denials_.size() >= kMostKinds && denials_.find(kind) == denials_.end()) kind = Kind{"various", "", ""};
    Counted& counted = denials_[kind];
    if (counted.times++ == 0) counted.first = denial;
    if (counted.is_known) return;
  }
  changed_.notify_one();
}

void AuditWriter::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const auto has_new = [this] {
      return stopping_ || std::any_of(denials_.begin(), denials_.end(),
                                      [](const auto& each) { return each.second.times > 0 && !each.second.is_known; });
    };
    changed_.wait_for(lock, kCountedFor, has_new);
    if (stopping_) return;
    lock.unlock();
    Write(false);
    lock.lock();
  }
}

void AuditWriter::Write(bool all) {
  const TimeUs now = clock_.Now();
  std::vector<AuditRecord> records;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto real_now = SteadyClock::now();
    for (auto each = denials_.begin(); each != denials_.end();) {
      Counted& counted = each->second;
      const bool due = all || !counted.is_known || real_now >= counted.due;
      if (due && counted.times == 0) {
        each = denials_.erase(each);
        continue;
      }
      if (due) {
        records.push_back(RecordOf(counted.first, counted.times, now));
        counted = {.first = {}, .times = 0, .due = real_now + kCountedFor, .is_known = true};
      }
      ++each;
    }
  }
  const std::map<std::string, TimeUs> uses = tokens_.TakeUses();
  if (records.empty() && uses.empty()) return;
  const absl::Status written = store_.Write([&](Tx& tx) -> absl::Status {
    for (const AuditRecord& record : records) QS_RETURN_IF_ERROR(tx.AppendAudit(record).status());
    for (const auto& [id, time] : uses) QS_RETURN_IF_ERROR(tx.SetTokenUsed(id, time));
    return absl::OkStatus();
  });
  // Nobody waits for the answer: the log is the only place left for it.
  if (!written.ok()) {
    logger_.Error("refusals could not be written to the audit trail",
                  {Field("records", static_cast<int64_t>(records.size())), Field("error", written)});
  }
}

}  // namespace quayside
