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

}  // namespace

json::object ReportJson(const ReportPosition& report) {
  return {{"stage", static_cast<int64_t>(report.stage)},
          {"asked", report.asked_us},
          {"id", report.id},
          {"created", report.created_us},
          {"wait", report.wait_us},
          {"polls", report.polls},
          {"document_id", report.document_id},
          {"refusals", report.refusals},
          {"size", report.size},
          {"offset", report.offset},
          {"lines", report.lines},
          {"inside", report.inside},
          {"document", report.document},
          {"columns", ColumnsJson(report.columns)}};
}

ReportPosition ReadReport(JsonFields& fields, const json::object& object) {
  ReportPosition report;
  report.stage = ReadStage(fields, object);
  report.asked_us = fields.GetInteger(object, "asked").value_or(0);
  report.id = fields.GetText(object, "id");
  report.created_us = fields.GetInteger(object, "created").value_or(0);
  report.wait_us = fields.GetInteger(object, "wait").value_or(0);
  report.polls = fields.NeedCount(object, "polls");
  report.document_id = fields.GetText(object, "document_id");
  report.refusals = fields.NeedCount(object, "refusals");
  report.size = ReadPlace(fields, object, "size");
  report.offset = ReadPlace(fields, object, "offset");
  report.lines = ReadPlace(fields, object, "lines");
  const json::value* inside = object.if_contains("inside");
  report.inside = inside != nullptr && inside->is_bool() && inside->get_bool();
  report.document = fields.GetText(object, "document");
  const json::array* columns = fields.GetArray(object, "columns");
  if (columns != nullptr) report.columns = ReadColumns(fields, *columns);
  return report;
}

}  // namespace quayside::amazon
