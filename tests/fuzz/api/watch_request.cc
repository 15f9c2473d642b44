// Where a watcher resumes and which events it wants: the request as it comes off the wire, held to a model of the log.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "host/api/event_batch.h"
#include "host/base/errors.h"
#include "quayside/v1/event_service.pb.h"
#include "tests/fuzz/api/unlinked_store.h"
#include "tests/fuzz/target.h"

namespace {

namespace api = quayside::v1;

constexpr int64_t kEvents = 40;
constexpr int64_t kCompacted = 8;  // events before this one are gone
constexpr std::array kTypes = {"item.created", "item.created_many", "stock.set", "order.received",
                               "l%_.x",        "\xc3\xa9.y"};

std::string TypeOf(int64_t revision) { return kTypes[static_cast<size_t>(revision) % kTypes.size()]; }

quayside::Store& Log() {
  static const std::unique_ptr<quayside::Store> log =
      quayside::fuzz::MakeUnlinkedStore("watch", [](quayside::Tx& tx) -> absl::Status {
        for (int64_t i = 1; i <= kEvents; ++i) {
          QS_RETURN_IF_ERROR(tx.AppendEvent({.time_us = i, .type = TypeOf(i), .resource = "r"}).status());
        }
        return tx.DeleteEventsBefore(kCompacted);
      });
  return *log;
}

bool IsWanted(const std::string& type, const std::vector<std::string>& prefixes) {
  return prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(),
                                         [&](const std::string& prefix) { return type.starts_with(prefix); });
}

std::vector<int64_t> Expected(int64_t after, const std::vector<std::string>& prefixes) {
  std::vector<int64_t> revisions;
  for (int64_t i = std::max(after + 1, kCompacted); i <= kEvents; ++i) {
    if (IsWanted(TypeOf(i), prefixes)) revisions.push_back(i);
  }
  return revisions;
}

// Batch by batch up to the newest event.
std::vector<int64_t> Delivered(quayside::ReadTx& tx, int64_t after, const std::vector<std::string>& prefixes) {
  std::vector<int64_t> revisions;
  while (after < kEvents) {
    const auto batch = quayside::ReadEventBatch(tx, after, prefixes);
    quayside::fuzz::Require(batch.ok() && batch->revision() > after, "a watcher gets on");
    for (const api::Event& event : batch->events()) revisions.push_back(event.revision());
    after = batch->revision();
  }
  return revisions;
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(watch_request) {
  api::WatchRequest request;
  if (!request.ParseFromArray(input.data(), static_cast<int>(input.size()))) return;
  const std::vector<std::string> prefixes(request.type_prefixes().begin(), request.type_prefixes().end());
  const int64_t after = request.after_revision();
  if (const absl::Status fit = quayside::CheckEventFilter(after, prefixes); !fit.ok()) {
    Require(!quayside::ViolationsOf(fit).empty(), "a refusal names the fields");
    return;
  }
  Require(after >= 0 && prefixes.size() <= 50, "what is taken is within its bounds");
  const absl::Status read = Log().Read([&](quayside::ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const quayside::EventSpan span, quayside::ReadEventSpan(tx));
    const absl::Status kept = quayside::CheckHistory(span, after);
    Require(kept.ok() == (after >= kCompacted - 1 && after <= kEvents), "a watcher resumes where nothing is missing");
    Require(kept.ok() || HasReason(kept, quayside::Reason::kHistoryGone), "and is told when something is");
    if (kept.ok()) Require(Delivered(tx, after, prefixes) == Expected(after, prefixes), "each wanted event comes once");
    return absl::OkStatus();
  });
  Require(read.ok(), "the log can be read");
}
