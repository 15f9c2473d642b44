#include "reports_api.h"

#include <algorithm>
#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr char kGetReports[] = "getReports";
constexpr char kGetReport[] = "getReport";
constexpr char kGetReportDocument[] = "getReportDocument";
constexpr char kReportsPath[] = "/reports/2021-06-30/reports";
constexpr char kReportType[] = "GET_MERCHANT_LISTINGS_ALL_DATA";
constexpr char kOrderReportType[] = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL";
constexpr char kUsableStatuses[] = "DONE,IN_QUEUE,IN_PROGRESS";
constexpr char kLargestPage[] = "100";
constexpr size_t kMostMarketplaces = 10;  // that one search may name
// Of the header line. Amazon may give another one all the same: see report_columns.h.
constexpr char kHeaderLocale[] = "en_US";

ReportInfo ReadReportInfo(JsonFields& fields, const json::object& object) {
  ReportInfo report;
  report.id = fields.NeedText(object, "reportId");
  report.status = fields.NeedText(object, "processingStatus");
  report.document_id = fields.GetText(object, "reportDocumentId");
  report.created_us = fields.NeedTime(object, "createdTime");
  ForEachText(fields, fields.GetArray(object, "marketplaceIds"), "marketplaceIds",
              [&](std::string_view id) { report.marketplaces.emplace_back(id); });
  report.from_us = fields.GetTime(object, "dataStartTime");
  report.to_us = fields.GetTime(object, "dataEndTime");
  return report;
}

// One page, of any marketplaces among those given; of many only the first are named.
Result<std::vector<ReportInfo>> SearchReports(Caller& caller, const char* type, std::vector<std::string> marketplaces,
                                              int64_t since_us) {
  marketplaces.resize(std::min(marketplaces.size(), kMostMarketplaces));
  pb::HttpRequest request = NewRequest(caller.settings(), kGetReports, "GET", kReportsPath);
  AddQuery(request, "reportTypes", type);
  AddQuery(request, "processingStatuses", kUsableStatuses);
  AddQuery(request, "marketplaceIds", Csv(marketplaces));
  AddQuery(request, "createdSince", FormatTime(since_us));
  AddQuery(request, "pageSize", kLargestPage);
  QS_TRY(const pb::HttpReply answer, caller.Read(request));
  if (answer.status() != 200) return ErrorFrom(answer, kGetReports, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* array = body ? fields.GetArray(body->get_object(), "reports") : nullptr;
  if (array == nullptr) return Unreadable(answer, kGetReports);
  std::vector<ReportInfo> reports;
  ForEachObject(fields, array, "reports",
                [&](const json::object& object) { reports.push_back(ReadReportInfo(fields, object)); });
  if (!fields.ok()) return Unreadable(answer, kGetReports);
  std::erase_if(reports, [&](const ReportInfo& report) { return report.created_us < since_us; });
  return reports;
}

}  // namespace

Result<std::vector<ReportInfo>> FindReports(Caller& caller, const std::string& marketplace, int64_t since_us) {
  QS_TRY(std::vector<ReportInfo> reports, SearchReports(caller, kReportType, {marketplace}, since_us));
  std::erase_if(reports,
                [&](const ReportInfo& report) { return report.marketplaces != std::vector<std::string>{marketplace}; });
  return reports;
}

Result<std::vector<ReportInfo>> FindOrderReports(Caller& caller, const OrderSpan& span, int64_t since_us) {
  QS_TRY(std::vector<ReportInfo> reports, SearchReports(caller, kOrderReportType, span.marketplaces, since_us));
  std::erase_if(reports, [&](ReportInfo& report) {
    std::sort(report.marketplaces.begin(), report.marketplaces.end());
    return report.marketplaces != span.marketplaces || report.from_us != span.from_us || report.to_us != span.to_us;
  });
  return reports;
}

Result<ReportInfo> GetReport(Caller& caller, const std::string& id) {
  QS_TRY(const pb::HttpReply answer, caller.Read(NewRequest(caller.settings(), kGetReport, "GET",
                                                            std::string(kReportsPath) + "/" + EncodeSegment(id))));
  if (answer.status() != 200) return ErrorFrom(answer, kGetReport, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  if (!body) return Unreadable(answer, kGetReport);
  JsonFields fields;
  ReportInfo report = ReadReportInfo(fields, body->get_object());
  if (!fields.ok()) return Unreadable(answer, kGetReport);
  return report;
}

Result<DocumentAddress> GetReportDocument(Caller& caller, const std::string& document_id) {
  return FindDocument(caller, kGetReportDocument, "/reports/2021-06-30/documents/" + EncodeSegment(document_id));
}

pb::HttpRequest CreateReportRequest(const Settings& settings, const std::string& marketplace) {
  pb::HttpRequest request = NewRequest(settings, kCreateReport, "POST", kReportsPath);
  SetJsonBody(request, {{"reportType", kReportType},
                        {"marketplaceIds", json::array{marketplace}},
                        {"reportOptions", {{"preferredReportDocumentLocale", kHeaderLocale}}}});
  return request;
}

pb::HttpRequest CreateOrderReportRequest(const Settings& settings, const OrderSpan& span) {
  pb::HttpRequest request = NewRequest(settings, kCreateReport, "POST", kReportsPath);
  json::array marketplaces;
  for (const std::string& marketplace : span.marketplaces) marketplaces.emplace_back(marketplace);
  SetJsonBody(request, {{"reportType", kOrderReportType},
                        {"marketplaceIds", std::move(marketplaces)},
                        {"dataStartTime", FormatTime(span.from_us)},
                        {"dataEndTime", FormatTime(span.to_us)}});
  return request;
}

std::string ReadReportId(const pb::HttpReply& answer) {
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  JsonFields fields;
  return body ? std::string(fields.GetText(body->get_object(), "reportId")) : std::string();
}

}  // namespace quayside::amazon
