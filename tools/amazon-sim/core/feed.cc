#include "core/feed.h"

#include "core/gzip.h"
#include "core/world.h"

namespace amazon_sim {

void Feed::Begin(World& world, Micros now) {
  if (world.feed_settings.apply_at_start && fate == JobStatus::kDone) Process(world, 1, now);
}

void Feed::End(World& world, Micros now) {
  if (status == JobStatus::kCancelled) return;
  if (status == JobStatus::kFatal) {
    if (!processed_ && done_before_fatal > 0) Process(world, done_before_fatal, now);
    outcome.report.clear();
    return;
  }
  if (!processed_) Process(world, 1, now);
  if (outcome.fatal) status = JobStatus::kFatal;
  PublishReport(world, now);
}

void Feed::Process(World& world, double share, Micros now) {
  processed_ = true;
  const Document* input = world.documents.Find(input_id);
  if (!kind->process) {
    outcome.fatal = true;
    note = "Amazon no longer processes feeds of this type";
  } else if (!input || !input->content) {
    outcome.fatal = true;
    note = "its document was never uploaded";
  } else {
    digest = input->digest;
    const FeedContext context{world, *account, marketplaces, options, world.feed_settings, id, share, now};
    outcome = kind->process(context, ReadAll(*input->content));
    if (outcome.accepted > 0) ++world.ledger.Content(digest).applied;
  }
}

void Feed::PublishReport(World& world, Micros now) {
  if (outcome.report.empty()) return;
  Document& document = world.documents.Add(DocumentUse::kFeedResult, *account, now);
  document.content_type = outcome.report_type;
  document.gzip = world.feed_settings.gzip;
  SpoolWriter spool(world.documents.spool());
  if (document.gzip) {
    GzipSink packed(spool, 1);
    packed.Write(outcome.report);
    packed.Finish();
  } else {
    spool.Write(outcome.report);
  }
  document.content = spool.Finish();
  result_id = document.id;
  outcome.report.clear();
  outcome.report.shrink_to_fit();
}

void Feed::Forget(World& world) {
  if (!result_id.empty()) world.documents.Remove(result_id);
}

}  // namespace amazon_sim
