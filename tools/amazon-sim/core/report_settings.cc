#include "core/report_settings.h"

#include "core/charset.h"
#include "core/json_fields.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

std::vector<std::string> ReadNames(const json::array& names) {
  std::vector<std::string> read;
  for (const json::value& name : names) {
    if (!name.is_string()) throw InputError("omit must be a list of column names");
    read.emplace_back(name.get_string());
  }
  return read;
}

std::vector<ExtraColumn> ReadExtraColumns(const json::array& columns) {
  std::vector<ExtraColumn> read;
  for (const json::value& each : columns) {
    const json::object& column = AsObject(each, "an extra column");
    RefuseUnknown(column, {"name", "after", "value"}, "extra");
    read.push_back({TextField(column, "name"), TextField(column, "after"), TextField(column, "value")});
    if (read.back().name.empty()) throw InputError("an extra column needs a name");
  }
  return read;
}

}  // namespace

void ChangeReportSettings(ReportSettings& settings, const boost::json::object& wanted) {
  RefuseUnknown(wanted,
                {"queue_s", "work_s", "min_interval_s", "too_soon", "cache_s", "retention_days", "compression",
                 "gzip_level", "charset", "declared_charset", "header", "column_order", "line_end", "omit", "extra"},
                "reports");
  ReportSettings changed = settings;
  changed.queue_s = SecondsField(wanted, "queue_s", changed.queue_s);
  changed.work_s = SecondsField(wanted, "work_s", changed.work_s);
  changed.min_interval = TimeField(wanted, "min_interval_s", kSecond, changed.min_interval);
  changed.cache = TimeField(wanted, "cache_s", kSecond, changed.cache);
  changed.retention = TimeField(wanted, "retention_days", kDay, changed.retention);
  const auto too_soon = ParseJobStatus(TextField(wanted, "too_soon", std::string(Name(changed.too_soon))));
  if (!too_soon || !IsOver(*too_soon)) throw InputError("too_soon must be FATAL, CANCELLED or DONE");
  changed.too_soon = *too_soon;
  changed.gzip = ChoiceField(wanted, "compression", {"gzip", "none"}, changed.gzip ? "gzip" : "none") == "gzip";
  changed.gzip_level = static_cast<int>(IntField(wanted, "gzip_level", changed.gzip_level));
  if (changed.gzip_level < 1 || changed.gzip_level > 9) throw InputError("gzip_level must be 1 to 9");
  changed.charset = TextField(wanted, "charset", changed.charset);
  if (changed.charset != "auto") CharsetEncoder tried(changed.charset);
  changed.declared_charset = TextField(wanted, "declared_charset", changed.declared_charset);
  changed.header = ChoiceField(wanted, "header", {"en", "local"}, changed.header);
  changed.column_order = ChoiceField(wanted, "column_order", {"amazon", "shuffled"}, changed.column_order);
  changed.line_end = ChoiceField(wanted, "line_end", {"\n", "\r\n"}, changed.line_end);
  if (const json::array* names = ArrayField(wanted, "omit")) changed.omitted_columns = ReadNames(*names);
  if (const json::array* columns = ArrayField(wanted, "extra")) changed.extra_columns = ReadExtraColumns(*columns);
  settings = std::move(changed);
}

boost::json::object ToJson(const ReportSettings& settings) {
  json::array omitted;
  for (const std::string& name : settings.omitted_columns) omitted.emplace_back(name);
  json::array extra;
  for (const ExtraColumn& column : settings.extra_columns) {
    extra.push_back({{"name", column.name}, {"after", column.after}, {"value", column.value}});
  }
  return {{"queue_s", ToJson(settings.queue_s)},
          {"work_s", ToJson(settings.work_s)},
          {"min_interval_s", SecondsNumber(settings.min_interval)},
          {"too_soon", Name(settings.too_soon)},
          {"cache_s", SecondsNumber(settings.cache)},
          {"retention_days", PlainNumber(static_cast<double>(settings.retention) / kDay)},
          {"compression", settings.gzip ? "gzip" : "none"},
          {"gzip_level", settings.gzip_level},
          {"charset", settings.charset},
          {"declared_charset", settings.declared_charset},
          {"header", settings.header},
          {"column_order", settings.column_order},
          {"line_end", settings.line_end},
          {"omit", std::move(omitted)},
          {"extra", std::move(extra)}};
}

}  // namespace amazon_sim
