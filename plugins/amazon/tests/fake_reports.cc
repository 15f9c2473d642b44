#include "fake_reports.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fake_amazon.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
using sdk::testing::Json;

constexpr char kReportsPath[] = "/reports/2021-06-30/reports";
constexpr char kDocumentsPath[] = "/reports/2021-06-30/documents/";
constexpr char kType[] = "GET_MERCHANT_LISTINGS_ALL_DATA";
constexpr int64_t kAddressLives = 5 * kMinute;

json::object ReportJson(const FakeReport& report) {
  json::object object{{"reportId", report.id},
                      {"reportType", kType},
                      {"marketplaceIds", json::array{report.marketplace}},
                      {"createdTime", IsoTime(report.created_us)},
                      {"processingStatus", report.status}};
  if (report.status == "DONE") object["reportDocumentId"] = report.document_id;
  return object;
}

}  // namespace

FakeReports::FakeReports(sdk::testing::FakeHost& host, const int64_t& clock_offset_us, Render render)
    : host_(host), clock_offset_us_(clock_offset_us), render_(std::move(render)) {}

FakeReport& FakeReports::Put(const std::string& marketplace, int64_t age_us, const std::string& status) {
  FakeReport report;
  report.id = std::to_string(++serial_);
  report.marketplace = marketplace;
  report.created_us = (Now() - age_us) / kSecond * kSecond;
  report.status = status;
  report.document_id = "amzn1.spdoc." + report.id;
  report.text = render_(marketplace, report.created_us - cache_age_us);
  return reports.emplace_back(std::move(report));
}

std::optional<pb::HttpReply> FakeReports::Answer(const pb::HttpRequest& request) {
  std::map<std::string, std::string> query;
  for (const pb::QueryParameter& parameter : request.query()) query[parameter.name()] = parameter.value();
  const std::string& path = request.path();
  const std::string& operation = request.operation();
  if (operation == "getReports" && path == kReportsPath) return Find(query);
  if (operation == "createReport" && path == kReportsPath) return Create(request);
  if (operation == "getReport" && path.rfind(std::string(kReportsPath) + "/", 0) == 0)
    return Get(path.substr(sizeof kReportsPath));
  if (operation == "getReportDocument" && path.rfind(kDocumentsPath, 0) == 0)
    return GetDocument(path.substr(sizeof kDocumentsPath - 1));
  return std::nullopt;
}

pb::HttpReply FakeReports::Find(const std::map<std::string, std::string>& query) const {
  EXPECT_EQ(query.at("reportTypes"), kType);
  json::array found;
  for (const FakeReport& report : reports) {
    if (hides_reports || report.marketplace != query.at("marketplaceIds")) continue;
    if (query.at("processingStatuses").find(report.status) == std::string::npos) continue;
    if (IsoTime(report.created_us) < query.at("createdSince")) continue;
    found.push_back(ReportJson(report));
  }
  return Json(200, json::serialize(json::object{{"reports", std::move(found)}}));
}

pb::HttpReply FakeReports::Create(const pb::HttpRequest& request) {
  const json::object body = json::parse(request.body()).as_object();
  orders.push_back(body);
  EXPECT_EQ(body.at("reportType").as_string(), kType);
  FakeReport& report = Put(std::string(body.at("marketplaceIds").at(0).as_string()), 0, "IN_QUEUE");
  report.polls_left = polls;
  if (next_text) report.text = *std::exchange(next_text, std::nullopt);
  return Json(202, json::serialize(json::object{{"reportId", report.id}}));
}

pb::HttpReply FakeReports::Get(const std::string& id) {
  const auto report = std::find_if(reports.begin(), reports.end(), [&](const FakeReport& one) { return one.id == id; });
  if (report == reports.end()) return ErrorReply(404, "NotFound", "no such report");
  const bool ended = report->status != "IN_QUEUE" && report->status != "IN_PROGRESS";
  if (!ended && report->polls_left-- <= 0) report->status = end_status.empty() ? "IN_PROGRESS" : end_status;
  return Json(200, json::serialize(ReportJson(*report)));
}

pb::HttpReply FakeReports::GetDocument(const std::string& id) {
  const std::string url = "https://reports.s3.amazonaws.com/" + std::to_string(++serial_) + "?X-Amz-Signature=s3cr3t";
  addresses_[url] = {id, expired_addresses-- > 0 ? Now() - 1 : Now() + kAddressLives};
  json::object body{{"reportDocumentId", id}, {"url", url}};
  if (gzip) body["compressionAlgorithm"] = "GZIP";
  return Json(200, json::serialize(body));
}

sdk::Result<sdk::testing::FetchedBytes> FakeReports::Serve(const pb::FetchDocument& request) {
  fetched.push_back(request);
  const auto address = addresses_.find(request.url());
  if (address == addresses_.end()) return sdk::testing::FetchedBytes{404, ""};
  const auto& [document, valid_until_us] = address->second;
  if (Now() > valid_until_us) return sdk::testing::FetchedBytes{403, "<Error><Code>AccessDenied</Code></Error>"};
  for (const FakeReport& report : reports) {
    if (report.document_id == document) return sdk::testing::FetchedBytes{200, report.text};
  }
  return sdk::testing::FetchedBytes{404, ""};
}

}  // namespace quayside::amazon
