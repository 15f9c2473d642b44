// Structured logs. One line per event: time, level, message (constant text), fields. Fields are made with Field(); a
// protobuf message goes in through RedactedText() only, what a plugin wrote through host/security/log_scrub.h, so that
// personal data and secrets cannot get here. What is written while a thread works for a trace (host/base/trace_scope.h)
// ends with its trace_id and span_id. Only log.cc knows spdlog. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace quayside {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view key;
  std::string value;
};

[[nodiscard]] LogField Field(std::string_view key, std::string_view value);
[[nodiscard]] LogField Field(std::string_view key, int64_t value);
// "REASON: message"
[[nodiscard]] LogField Field(std::string_view key, const absl::Status& status);

class Logger {
 public:
  virtual ~Logger() = default;
  virtual void Log(LogLevel level, std::string_view message, const std::vector<LogField>& fields) = 0;
  // Ask before making fields that cost something.
  [[nodiscard]] virtual bool Writes(LogLevel) const { return true; }

  void Debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Log(LogLevel::kError, message, fields);
  }
};

// "debug", "info", "warning" or "error"; anything else counts as "info".
[[nodiscard]] LogLevel ParseLogLevel(std::string_view text);

// The least important level that is written. Can be set while a logger works by it. Thread-safe.
class LogThreshold {
 public:
  explicit LogThreshold(LogLevel level) : level_(level) {}
  [[nodiscard]] LogLevel get() const { return level_.load(std::memory_order_relaxed); }
  // Answers the one before.
  LogLevel Set(LogLevel level) { return level_.exchange(level); }

 private:
  std::atomic<LogLevel> level_;
};

struct LogOptions {
  std::string level = "info";
  std::string format = "text";  // or json: one object per line
};

// Writes to standard error.
[[nodiscard]] std::unique_ptr<Logger> MakeLogger(const LogOptions& options);
// By a threshold that outlives it, whatever `options.level` says.
[[nodiscard]] std::unique_ptr<Logger> MakeLogger(const LogOptions& options, const LogThreshold& threshold);
// Drops everything; for tests.
[[nodiscard]] std::unique_ptr<Logger> MakeNullLogger();

}  // namespace quayside
