#include "core/job_commands.h"

#include <functional>

#include "core/call.h"
#include "core/feed.h"
#include "core/job_body.h"
#include "core/json_fields.h"
#include "core/report.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

Job& ChooseJob(JobBook& book, const json::object& arguments, std::string_view id_field, const std::string& seller) {
  const std::string id = TextField(arguments, id_field);
  Job* chosen = id.empty() ? nullptr : book.Find(id, nullptr);
  if (id.empty()) {
    book.ForEachNewestFirst([&](const Job& job) {
      const bool fits = !IsOver(job.status) && (seller.empty() || job.account->seller_id() == seller);
      if (fits) chosen = book.Find(job.id, nullptr);
      return !fits;
    });
  }
  if (!chosen) throw InputError(id.empty() ? "nothing is under way" : "there is no " + id);
  return *chosen;
}

void ChangeJob(World& world, JobBook& book, Job& job, const json::object& arguments, Micros now) {
  const auto insist = [&](bool changed) {
    if (!changed) throw InputError(job.id + " is " + std::string(Name(job.status)));
  };
  if (arguments.contains("delay_s")) insist(book.Delay(world, job, TimeField(arguments, "delay_s", kSecond, 0)));
  if (arguments.contains("hang")) insist(book.Hang(world, job, BoolField(arguments, "hang"), now));
  if (arguments.contains("status")) {
    const auto status = ParseJobStatus(TextField(arguments, "status"));
    if (!status || !IsOver(*status)) throw InputError("status must be DONE, FATAL or CANCELLED");
    insist(book.Finish(world, job, *status, now));
  }
}

// Entries of a list that the query wants: counted, and shown when they are on its page.
class ControlPage {
 public:
  explicit ControlPage(const Query& query)
      : after_(ReadWhole(query, "after").value_or(0)), limit_(ReadWhole(query, "limit").value_or(100)) {}

  void Add(const std::function<json::object()>& show) {
    const std::int64_t number = total_++;
    if (number >= after_ && number - after_ < limit_) shown_.push_back(show());
  }
  json::object Finish(std::string_view name) { return {{name, std::move(shown_)}, {"total", total_}}; }

 private:
  std::int64_t after_, limit_;
  std::int64_t total_ = 0;
  json::array shown_;
};

json::object TrueJobJson(const Job& job) {
  json::array marketplaces;
  for (const Marketplace* marketplace : job.marketplaces) marketplaces.emplace_back(marketplace->id);
  const auto time = [](Micros at) { return at == 0 ? json::value(nullptr) : json::value(Iso8601(at)); };
  return {{"id", job.id},
          {"seller", job.account->seller_id()},
          {"type", job.type},
          {"marketplaces", std::move(marketplaces)},
          {"status", Name(job.status)},
          {"created", time(job.created)},
          {"started", time(job.started)},
          {"ended", time(job.ended)},
          {"hung", job.hung}};
}

json::object TrueReportJson(const World& world, const Job& job) {
  const auto& report = static_cast<const Report&>(job);
  const Document* document = world.documents.Find(report.document_id);
  json::object shown = TrueJobJson(job);
  shown["data_time"] = report.data_time == 0 ? json::value(nullptr) : json::value(Iso8601(report.data_time));
  shown["rows"] = report.rows;
  shown["document_id"] = report.document_id;
  shown["described"] = document ? document->described : 0;
  shown["downloads"] = document ? document->downloads : 0;
  shown["note"] = report.note;
  return shown;
}

json::object TrueFeedJson(const World& world, const Job& job) {
  const auto& feed = static_cast<const Feed&>(job);
  const Document* result = world.documents.Find(feed.result_id);
  json::object shown = TrueJobJson(job);
  shown["messages"] = feed.outcome.messages;
  shown["accepted"] = feed.outcome.accepted;
  shown["invalid"] = feed.outcome.invalid;
  shown["input_document_id"] = feed.input_id;
  shown["digest"] = feed.digest;
  shown["result_document_id"] = feed.result_id;
  shown["described"] = result ? result->described : 0;
  shown["downloads"] = result ? result->downloads : 0;
  shown["note"] = feed.note;
  return shown;
}

json::object JobsJson(const JobBook& book, const Query& query, std::string_view name,
                      const std::function<json::object(const Job&)>& show) {
  const std::string seller = query.Get("seller");
  const std::string status = query.Get("status");
  const std::string type = query.Get("type");
  const std::string id = query.Get("id");
  ControlPage page(query);
  book.ForEachNewestFirst([&](const Job& job) {
    const bool fits = (seller.empty() || job.account->seller_id() == seller) &&
                      (status.empty() || Name(job.status) == status) && (type.empty() || job.type == type) &&
                      (id.empty() || job.id == id);
    if (fits) page.Add([&] { return show(job); });
    return true;
  });
  return page.Finish(name);
}

}  // namespace

boost::json::object SetReport(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  Job& job = ChooseJob(world.reports, arguments, "report_id", TextField(arguments, "seller"));
  ChangeJob(world, world.reports, job, arguments, now);
  return TrueReportJson(world, job);
}

boost::json::object SetFeed(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  Job& job = ChooseJob(world.feeds, arguments, "feed_id", TextField(arguments, "seller"));
  if (arguments.contains("applied")) {
    job.done_before_fatal = DoneBeforeFatal(ChoiceField(arguments, "applied", {"none", "some", "all"}, "none"));
  }
  ChangeJob(world, world.feeds, job, arguments, now);
  return TrueFeedJson(world, job);
}

boost::json::object ReportsJson(const World& world, const Query& query) {
  return JobsJson(world.reports, query, "reports", [&](const Job& job) { return TrueReportJson(world, job); });
}

boost::json::object FeedsJson(const World& world, const Query& query) {
  return JobsJson(world.feeds, query, "feeds", [&](const Job& job) { return TrueFeedJson(world, job); });
}

boost::json::object DocumentsJson(const World& world, const Query& query) {
  const std::string seller = query.Get("seller");
  const std::string id = query.Get("id");
  ControlPage page(query);
  for (const auto& [its_id, document] : world.documents.all()) {
    const bool fits = (seller.empty() || document->account->seller_id() == seller) && (id.empty() || its_id == id);
    if (!fits) continue;
    page.Add([&, &each = *document]() -> json::object {
      return {{"id", each.id},
              {"seller", each.account->seller_id()},
              {"use", Name(each.use)},
              {"created", Iso8601(each.created)},
              {"content_type", each.content_type},
              {"gzip", each.gzip},
              {"bytes", each.content ? each.content->size() : 0},
              {"described", each.described},
              {"downloads", each.downloads},
              {"uploads", each.uploads}};
    });
  }
  return page.Finish("documents");
}

}  // namespace amazon_sim
