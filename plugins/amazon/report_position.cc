#include "report_position.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr int64_t kLastStage = static_cast<int64_t>(ReportStage::kRead);

ReportStage ReadStage(JsonFields& fields, const json::object& object) {
  const int64_t stage = fields.GetInteger(object, "stage").value_or(-1);
  if (stage < 0 || stage > kLastStage) {
    fields.Fail("stage", "is unknown");
    return ReportStage::kLook;
  }
  return static_cast<ReportStage>(stage);
}

int64_t ReadPlace(JsonFields& fields, const json::object& object, const char* key) {
  const int64_t place = fields.GetInteger(object, key).value_or(0);
  if (place < 0) fields.Fail(key, "is negative");
  return place;
}

bool Flag(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

json::object ReportPlaceJson(const ReportPlace& place) {
  return {{"stage", static_cast<int64_t>(place.stage)},
          {"asked", place.asked_us},
          {"id", place.id},
          {"created", place.created_us},
          {"wait", place.wait_us},
          {"polls", place.polls},
          {"document_id", place.document_id},
          {"refusals", place.refusals},
          {"size", place.size},
          {"offset", place.offset},
          {"lines", place.lines},
          {"document", place.document}};
}

ReportPlace ReadReportPlace(JsonFields& fields, const json::object& object) {
  ReportPlace place;
  place.stage = ReadStage(fields, object);
  place.asked_us = fields.GetInteger(object, "asked").value_or(0);
  place.id = fields.GetText(object, "id");
  place.created_us = fields.GetInteger(object, "created").value_or(0);
  place.wait_us = fields.GetInteger(object, "wait").value_or(0);
  place.polls = fields.NeedCount(object, "polls");
  place.document_id = fields.GetText(object, "document_id");
  place.refusals = fields.NeedCount(object, "refusals");
  place.size = ReadPlace(fields, object, "size");
  place.offset = ReadPlace(fields, object, "offset");
  place.lines = ReadPlace(fields, object, "lines");
  place.document = fields.GetText(object, "document");
  return place;
}

json::object ReportJson(const ReportPosition& report) {
  json::object object = ReportPlaceJson(report.place);
  object["inside"] = report.inside;
  object["columns"] = ColumnsJson(report.columns);
  if (!report.doubts.empty()) object["doubts"] = json::array(report.doubts.begin(), report.doubts.end());
  if (report.settling) object["settling"] = true;
  return object;
}

ReportPosition ReadReport(JsonFields& fields, const json::object& object) {
  ReportPosition report;
  report.place = ReadReportPlace(fields, object);
  report.inside = Flag(object, "inside");
  const json::array* columns = fields.GetArray(object, "columns");
  if (columns != nullptr) report.columns = ReadColumns(fields, *columns);
  if (const json::array* doubts = fields.GetArray(object, "doubts"); doubts != nullptr) {
    for (const json::value& sku : *doubts) {
      if (!sku.is_string()) fields.Fail("doubts", "must be texts");
      if (sku.is_string()) report.doubts.emplace_back(sku.get_string());
    }
  }
  report.settling = Flag(object, "settling");
  if (report.settling && report.doubts.empty()) fields.Fail("doubts", "are missing");
  return report;
}

}  // namespace quayside::amazon
