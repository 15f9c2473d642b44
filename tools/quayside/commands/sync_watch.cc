#include "tools/quayside/commands/sync_watch.h"

#include <algorithm>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/event_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Event;

constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

// The stream ended for a reason that goes away: the host restarted, or cut a reader that was too slow.
bool IsResumable(const absl::Status& status) {
  return status.ok() || absl::IsUnavailable(status) || ReasonOf(status) == "WATCH_TOO_SLOW" ||
         absl::IsCancelled(status);
}

std::string EventLine(const Event& event, const Style& style) {
  std::string line =
      absl::StrCat(Paint(absl::StrCat("#", event.revision()), Color::kDim, style), "  ",
                   FormatUtc(ToTime(event.time())), "  ", CleanText(event.type()), "  ", CleanText(event.resource()));
  for (const auto& [key, value] :
       std::map<std::string, std::string>(event.attributes().begin(), event.attributes().end())) {
    absl::StrAppend(&line, "  ", CleanText(key), "=", CleanText(value));
  }
  return line;
}

std::string SnapshotLine(const v1::SnapshotEntry& entry) {
  std::string line = absl::StrCat("present  ", CleanText(entry.resource()));
  for (const auto& [key, value] :
       std::map<std::string, std::string>(entry.attributes().begin(), entry.attributes().end())) {
    absl::StrAppend(&line, "  ", CleanText(key), "=", CleanText(value));
  }
  return line;
}

class EventPrinter {
 public:
  EventPrinter(Context& context, std::int64_t revision) : context_(context), revision_(revision) {}

  void Print(const v1::WatchResponse& message) {
    if (message.has_gap()) {
      context_.output.Note(absl::StrCat("events after revision ", revision_, " are not kept; what there is follows"));
      // What comes may be of lower revisions: those of a restored backup.
      revision_ = 0;
    }
    for (const auto& entry : message.snapshot()) {
      context_.output.StreamLine(entry);
      context_.output.Line(SnapshotLine(entry));
    }
    for (const auto& event : message.events()) {
      // Nothing is printed twice, whatever a host sends after a resumption.
      if (event.revision() <= revision_) continue;
      context_.output.StreamLine(event);
      context_.output.Line(EventLine(event, context_.output.style()));
      revision_ = std::max<std::int64_t>(revision_, event.revision());
    }
    context_.console.out << std::flush;
    revision_ = std::max<std::int64_t>(revision_, message.revision());
  }

  [[nodiscard]] std::int64_t revision() const { return revision_; }

 private:
  Context& context_;
  std::int64_t revision_;
};

void SayResuming(Context& context, const absl::Status& broken, std::int64_t revision) {
  const std::string why =
      ReasonOf(broken).empty() ? "the connection is lost" : absl::StrCat("the stream was cut [", ReasonOf(broken), "]");
  context.output.Note(revision > 0
                          ? absl::StrCat(why, "; resuming after revision ", revision)
                          : absl::StrCat(why,
                                         " before the first revision was known; what happens until it is back may be "
                                         "missing here"));
}

}  // namespace

absl::Status SyncWatchCommand(Context& context, const SyncWatchOptions& options) {
  std::int64_t after = 0;
  if (!options.after.empty() && (!absl::SimpleAtoi(options.after, &after) || after < 0)) {
    return UsageError(absl::StrCat("--after ", options.after, ": is no revision (a whole number)"));
  }
  const Interrupt::Listener listening(context.console.interrupt);
  EventPrinter printer(context, after);
  v1::WatchResponse message;
  bool was_open = false;
  bool said = false;
  absl::Duration pause = kFirstPause;
  const Connection::StreamHandler handler{
      .on_open = [&] { was_open = true; },
      .on_message =
          [&] {
            printer.Print(message);
            pause = kFirstPause;
            said = false;
            // "quayside sync watch | head": nobody reads any more.
            if (!context.console.out.good()) context.console.interrupt.Trigger();
          },
  };
  v1::WatchRequest request;
  for (const auto& type : options.types) request.add_type_prefixes(type);
  request.set_include_snapshot(options.snapshot);
  for (;;) {
    request.set_after_revision(printer.revision());
    absl::Status ended = context.host.Stream(request, message, handler, context.console.interrupt);
    if (context.console.interrupt.triggered()) return absl::OkStatus();
    if (!IsResumable(ended) || (!was_open && IsUnreachable(ended))) return ended;
    if (!said) SayResuming(context, ended, printer.revision());
    said = true;
    if (context.console.interrupt.Wait(pause)) return absl::OkStatus();
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace quayside::cli
