// What the plugin uses of Reports 2021-06-30, for two report types, both tab-separated text:
// GET_MERCHANT_LISTINGS_ALL_DATA, every listing of one marketplace, and
// GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL, the orders of a span of time.
#pragma once

#include <string>
#include <vector>

#include "caller.h"
#include "documents.h"

namespace quayside::amazon {

struct ReportInfo {
  std::string id;
  std::string status;  // IN_QUEUE, IN_PROGRESS, DONE, CANCELLED, FATAL
  std::string document_id;
  std::vector<std::string> marketplaces;
  int64_t created_us = 0;
  // Of orders: the span it is about; 0 = it names none.
  int64_t from_us = 0;
  int64_t to_us = 0;
};

// What a report of orders is about: last changed in this span, to the second.
struct OrderSpan {
  std::vector<std::string> marketplaces;  // sorted
  int64_t from_us = 0;
  int64_t to_us = 0;
};

// Reports of `marketplace` that are made or being made, ordered at `since_us` (Amazon's time) or later by whatever
// program; those of several marketplaces are left out, since such a report is about the first one alone. One page: as
// many as these cannot be in a few hours.
[[nodiscard]] sdk::Result<std::vector<ReportInfo>> FindReports(Caller& caller, const std::string& marketplace,
                                                               int64_t since_us);

// Reports of these orders, likewise.
[[nodiscard]] sdk::Result<std::vector<ReportInfo>> FindOrderReports(Caller& caller, const OrderSpan& span,
                                                                    int64_t since_us);

[[nodiscard]] sdk::Result<ReportInfo> GetReport(Caller& caller, const std::string& id);

[[nodiscard]] sdk::Result<DocumentAddress> GetReportDocument(Caller& caller, const std::string& document_id);

constexpr char kCreateReport[] = "createReport";
[[nodiscard]] plugin::v1::HttpRequest CreateReportRequest(const Settings& settings, const std::string& marketplace);
[[nodiscard]] plugin::v1::HttpRequest CreateOrderReportRequest(const Settings& settings, const OrderSpan& span);
// The id in its answer; empty when there is none.
[[nodiscard]] std::string ReadReportId(const plugin::v1::HttpReply& answer);

}  // namespace quayside::amazon
