// Reports 2021-06-30: getReports, createReport, getReport, cancelReport, getReportDocument.
#include <algorithm>

#include "core/call.h"
#include "core/document_json.h"
#include "core/job_body.h"
#include "core/job_search.h"
#include "core/report.h"
#include "core/time_text.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

json::object ReportJson(const Job& job) {
  const auto& report = static_cast<const Report&>(job);
  json::object shown = JobJson(job);
  shown["reportId"] = report.id;
  shown["reportType"] = report.type;
  if (report.data_start) shown["dataStartTime"] = Iso8601(*report.data_start);
  if (report.data_end) shown["dataEndTime"] = Iso8601(*report.data_end);
  if (!report.document_id.empty()) shown["reportDocumentId"] = report.document_id;
  return shown;
}

std::optional<Micros> ReadDataTime(const json::object& body, std::string_view name, Micros now) {
  const json::value* value = body.if_contains(name);
  if (!value) return std::nullopt;
  const auto time = value->is_string() ? ParseIso8601(value->get_string()) : std::nullopt;
  if (!time) RefuseInput("'" + std::string(name) + "' is not an ISO 8601 date-time.");
  if (*time > now) RefuseInput("'" + std::string(name) + "' lies in the future.");
  return time;
}

std::unique_ptr<Report> ReadReport(const Call& call) {
  const json::object body = ReadBodyObject(call.request);
  auto report = std::make_unique<Report>();
  report->type = ReadBodyText(body, "reportType");
  report->kind = FindReportType(report->type);
  if (!report->kind) RefuseInput("'" + report->type + "' is not a report type.");
  report->account = &call.account;
  report->marketplaces = ReadBodyMarketplaces(call, body);
  report->options = ReadBodyOptions(body, "reportOptions");
  report->data_start = ReadDataTime(body, "dataStartTime", call.now);
  report->data_end = ReadDataTime(body, "dataEndTime", call.now);
  if (report->data_start && report->data_end && *report->data_end < *report->data_start) {
    RefuseInput("'dataEndTime' lies before 'dataStartTime'.");
  }
  return report;
}

}  // namespace

Response CreateReport(Call& call) {
  auto report = ReadReport(call);
  const ReportSettings& settings = call.world.report_settings;
  Micros queue = settings.queue_s.Draw(call.world.delays);
  report->work = settings.work_s.Draw(call.world.delays);
  if (const auto fault = call.world.faults.DecideJob("createReport", call.account.seller_id())) {
    ApplyJobFault(*fault, *report);
  }
  const Job& added = call.world.reports.Add(call.world, std::move(report), queue, call.now);
  return JsonAnswer(202, json::object{{"reportId", added.id}});
}

Response GetReports(Call& call) {
  return SearchJobs(call, call.world.reports, {.types = "reportTypes", .found = "reports"}, ReportJson);
}

Response GetReport(Call& call) { return JsonAnswer(200, ReportJson(RequireJob<Report>(call, call.world.reports))); }

Response CancelReport(Call& call) { return CancelJob(call, call.world.reports); }

Response GetReportDocument(Call& call) {
  const json::object described = DescribeDocument(call, {DocumentUse::kReport});
  json::object body{{"reportDocumentId", call.target.segments.back()}};
  body.insert(described.begin(), described.end());
  return JsonAnswer(200, body);
}

}  // namespace amazon_sim
