#include "write_answer.h"

#include "errors.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

using sdk::Error;
using Kind = WriteAnswer::Kind;

WriteAnswer Waiting(Error error, int64_t now_us) {
  if (error.retry_at_us == 0) error.retry_at_us = now_us + kMinuteUs;
  return {.kind = Kind::kWait, .reply = {}, .error = std::move(error)};
}

WriteAnswer OnNoAnswer(Error error, const char* operation, int64_t now_us) {
  if (error.status == QS_RETRY) return Waiting(std::move(error), now_us);
  if (WasNotSent(error)) return {.kind = Kind::kStop, .reply = {}, .error = std::move(error)};
  error.message = std::string("no answer to ") + operation + ": " + error.reason;
  return {.kind = Kind::kUnknown, .reply = {}, .error = std::move(error)};
}

}  // namespace

WriteAnswer SendWrite(Caller& caller, const char* operation, const plugin::v1::HttpRequest& request) {
  auto answer = caller.Write(request);
  const int64_t now_us = caller.NowUs();
  if (!answer.ok()) return OnNoAnswer(std::move(answer.error()), operation, now_us);
  const int status = answer.value().status();
  if (status >= 200 && status < 300) return {.kind = Kind::kTaken, .reply = std::move(answer.value()), .error = {}};
  Error error = ErrorFrom(answer.value(), operation, now_us);
  if (status == 429) return Waiting(std::move(error), now_us);
  if (error.status == QS_AUTH) return {.kind = Kind::kStop, .reply = {}, .error = std::move(error)};
  if (error.status == QS_NOT_FOUND) return {.kind = Kind::kNotFound, .reply = {}, .error = std::move(error)};
  if (error.status == QS_INVALID) return {.kind = Kind::kRefused, .reply = {}, .error = std::move(error)};
  return {.kind = Kind::kUnknown, .reply = {}, .error = std::move(error)};
}

}  // namespace quayside::amazon
