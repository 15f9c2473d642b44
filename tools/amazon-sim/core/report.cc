#include "core/report.h"

#include "core/accounts.h"
#include "core/gzip.h"
#include "core/world.h"

namespace amazon_sim {

void Report::Begin(World& world, Micros now) {
  if (fate != JobStatus::kDone) return;
  const ReportSettings& settings = world.report_settings;
  if (settings.too_soon != JobStatus::kDone && FindRecent(world, now - settings.min_interval, &Report::ended)) {
    fate = settings.too_soon;
    note = "asked for again too soon";
    return;
  }
  if (const Report* earlier = FindRecent(world, now - settings.cache, &Report::data_time)) {
    content_ = earlier->content_;
    content_type_ = earlier->content_type_;
    gzip_ = earlier->gzip_;
    rows = earlier->rows;
    data_time = earlier->data_time;
    note = "same contents as " + earlier->id;
    return;
  }
  Make(world, now);
}

void Report::Make(World& world, Micros now) {
  const ReportSettings& settings = world.report_settings;
  const ReportContext context{
      *account->book, *marketplaces.front(), options, settings, world.seed(), now, marketplaces, data_start, data_end};
  data_time = now;
  content_type_ = kind->content_type(context);
  gzip_ = settings.gzip;
  SpoolWriter spool(world.documents.spool());
  if (gzip_) {
    GzipSink packed(spool, settings.gzip_level);
    rows = kind->write(context, packed);
    packed.Finish();
  } else {
    rows = kind->write(context, spool);
  }
  content_ = spool.Finish();
  if (rows == 0) {
    content_.reset();
    fate = JobStatus::kCancelled;
    note = "no data";
  }
}

void Report::End(World& world, Micros now) {
  if (status != JobStatus::kDone) {
    content_.reset();
    return;
  }
  if (!content_) Make(world, now);  // told to be DONE although it was not going to
  if (!content_) {
    status = JobStatus::kCancelled;
    return;
  }
  Document& document = world.documents.Add(DocumentUse::kReport, *account, now);
  document.content_type = content_type_;
  document.gzip = gzip_;
  document.content = content_;
  document_id = document.id;
}

void Report::Forget(World& world) {
  if (!document_id.empty()) world.documents.Remove(document_id);
}

bool Report::IsLike(const Report& other) const {
  return account == other.account && kind == other.kind && marketplaces.front() == other.marketplaces.front() &&
         data_start == other.data_start && data_end == other.data_end;
}

const Report* Report::FindRecent(const World& world, Micros since, Micros Report::*when) const {
  const Report* found = nullptr;
  world.reports.ForEachNewestFirst([&](const Job& job) {
    const auto& other = static_cast<const Report&>(job);
    if (&other != this && other.status == JobStatus::kDone && IsLike(other) && other.*when > since) found = &other;
    return !found;
  });
  return found;
}

}  // namespace amazon_sim
