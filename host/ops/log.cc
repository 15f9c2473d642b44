#include "host/ops/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/trace_scope.h"
#include "host/ops/log_text.h"

namespace quayside {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::vector<LogField> WithTrace(std::vector<LogField> fields, const TraceContext& trace) {
  // A plugin chooses the names of its fields.
  for (LogField& field : fields) {
    if (field.key == "trace_id") field.key = "trace_id_";
    if (field.key == "span_id") field.key = "span_id_";
  }
  fields.push_back(Field("trace_id", TraceIdText(trace)));
  fields.push_back(Field("span_id", SpanIdText(trace)));
  return fields;
}

// spdlog brings time, level and the locked sink; the text is ours and goes through it as it is, never as a format
// string.
class SpdlogLogger final : public Logger {
 public:
  explicit SpdlogLogger(const LogOptions& options) : SpdlogLogger(options, nullptr) {}
  // By its own level without a threshold.
  SpdlogLogger(const LogOptions& options, const LogThreshold* threshold)
      : json_(options.format == "json"),
        own_threshold_(ParseLogLevel(options.level)),
        threshold_(threshold == nullptr ? own_threshold_ : *threshold),
        logger_("quayside", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    const char* const pattern =
        json_ ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%fZ %l %v";
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger_.set_level(spdlog::level::trace);
  }

  [[nodiscard]] bool Writes(LogLevel level) const override { return level >= threshold_.get(); }

  void Log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) override {
    if (!Writes(level)) return;
    const TraceContext* trace = CurrentTrace();
    const std::string line = trace == nullptr ? Line(message, fields) : Line(message, WithTrace(fields, *trace));
    logger_.log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  [[nodiscard]] std::string Line(std::string_view message, const std::vector<LogField>& fields) const {
    return json_ ? JsonMembers(message, fields) : TextLine(message, fields);
  }

  const bool json_;
  const LogThreshold own_threshold_;
  const LogThreshold& threshold_;
  spdlog::logger logger_;
};

class NullLogger final : public Logger {
 public:
  void Log(LogLevel, std::string_view, const std::vector<LogField>&) override {}
  [[nodiscard]] bool Writes(LogLevel) const override { return false; }
};

}  // namespace

LogField Field(std::string_view key, std::string_view value) { return {key, std::string(value)}; }

LogField Field(std::string_view key, int64_t value) { return {key, Concat(value)}; }

LogField Field(std::string_view key, const absl::Status& status) {
  if (status.ok()) return {key, "OK"};
  const std::string reason = ReasonOf(status);
  return {key, Concat(reason.empty() ? absl::StatusCodeToString(status.code()) : reason, ": ",
                      std::string(status.message()))};
}

LogLevel ParseLogLevel(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "warning") return LogLevel::kWarning;
  if (text == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

std::unique_ptr<Logger> MakeLogger(const LogOptions& options) { return std::make_unique<SpdlogLogger>(options); }

std::unique_ptr<Logger> MakeLogger(const LogOptions& options, const LogThreshold& threshold) {
  return std::make_unique<SpdlogLogger>(options, &threshold);
}

std::unique_ptr<Logger> MakeNullLogger() { return std::make_unique<NullLogger>(); }

}  // namespace quayside
