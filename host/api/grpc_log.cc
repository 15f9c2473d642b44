#include "host/api/grpc_log.h"

#include <filesystem>
#include <utility>

#include "grpc/support/log.h"
#include "host/security/log_scrub.h"

namespace quayside {
namespace {

// gRPC calls a plain function, on any thread; the mutex keeps the log it speaks to alive meanwhile.
std::mutex hook_mutex;
GrpcLog* hooked = nullptr;

LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return LogLevel::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      break;
  }
  // Its errors are mostly other people's; nothing of the host has failed.
  return LogLevel::kWarning;
}

void Hook(gpr_log_func_args* said) {
  const std::lock_guard<std::mutex> guard(hook_mutex);
  if (hooked != nullptr) hooked->Say(LevelOf(said->severity), said->file, said->line, said->message);
}

}  // namespace

GrpcLog::GrpcLog(Logger& logger, SteadyNow now) : logger_(logger), now_(std::move(now)) {
  const std::lock_guard<std::mutex> guard(hook_mutex);
  hooked = this;
  gpr_set_log_function(&Hook);
}

GrpcLog::~GrpcLog() {
  gpr_set_log_function(nullptr);
  const std::lock_guard<std::mutex> guard(hook_mutex);
  hooked = nullptr;
}

void GrpcLog::Say(LogLevel level, std::string_view file, int64_t line, std::string_view text) {
  int64_t left_out = 0;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto now = now_();
    if (now - minute_began_ >= std::chrono::minutes(1)) {
      minute_began_ = now;
      lines_ = 0;
    }
    if (lines_ == kLinesPerMinute) {
      ++left_out_;
      return;
    }
    ++lines_;
    left_out = std::exchange(left_out_, 0);
  }
  const std::string place = std::filesystem::path(file).filename().string() + ":" + std::to_string(line);
  logger_.Log(level, "gRPC says",
              {Field("text", ScrubbedText(text)), Field("place", place), Field("left_out", left_out)});
}

}  // namespace quayside
