#include "quayside/retry.h"

#include <charconv>

#include "quayside/time.h"

namespace quayside::sdk {
namespace {

// Longer ones are a mistake of the sender.
constexpr int64_t kLongestWaitUs = kDayUs;

bool IsClientError(int status) { return status >= 400 && status < 500 && status != 408 && status != 429; }

std::string Said(std::string_view what, const pb::HttpReply& reply) {
  return std::string(what) + " answered HTTP " + std::to_string(reply.status());
}

}  // namespace

std::string_view HeaderOf(const pb::HttpReply& reply, std::string_view name) {
  for (const pb::Header& header : reply.headers()) {
    if (header.name() == name) return header.value();
  }
  return {};
}

int64_t RetryAtOf(const pb::HttpReply& reply, int64_t now_us) {
  const std::string_view text = HeaderOf(reply, "retry-after");
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size() && seconds >= 0)
    return now_us + (seconds < kLongestWaitUs / kSecondUs ? seconds * kSecondUs : kLongestWaitUs);
  const auto date = ParseHttpDate(text);
  if (!date) return 0;
  // By the marketplace's clock when it tells: it may be off.
  const int64_t wait_us = *date - (reply.server_time_us() != 0 ? reply.server_time_us() : now_us);
  return wait_us <= 0 ? 0 : now_us + (wait_us < kLongestWaitUs ? wait_us : kLongestWaitUs);
}

Error ErrorOf(const pb::HttpReply& reply, std::string_view what, int64_t now_us) {
  const int status = reply.status();
  const std::string said = Said(what, reply);
  if (status == 429) return Error::RetryAt(RetryAtOf(reply, now_us), "THROTTLED", said);
  if (status == 401 || status == 403)
    return Error::Auth("CREDENTIALS_REFUSED", "the marketplace does not accept the credentials: " + said);
  if (status == 404 || status == 410) return Error::NotFound("NOT_FOUND_AT_MARKETPLACE", said);
  if (IsClientError(status)) return Error::Invalid("REQUEST_REFUSED", said);
  return Error::RetryAt(RetryAtOf(reply, now_us), "CHANNEL_UNAVAILABLE", said);
}

pb::Outcome OutcomeOf(std::string intent_id, const Result<pb::HttpReply>& reply, std::string reference,
                      int64_t now_us) {
  pb::Outcome outcome;
  outcome.set_intent_id(std::move(intent_id));
  const auto reject = [&](const std::string& reason, const std::string& message) {
    outcome.mutable_rejected()->set_reason(reason.empty() ? "REFUSED_BY_MARKETPLACE" : reason);
    outcome.mutable_rejected()->set_message(message);
  };
  if (!reply.ok()) {
    const Error& error = reply.error();
    if (error.status == QS_RETRY) {
      outcome.mutable_retry()->set_at_us(error.retry_at_us);
      outcome.mutable_retry()->set_reason(error.reason);
    } else if (error.status == QS_DENIED || error.status == QS_INVALID || error.status == QS_AUTH) {
      reject(error.reason, error.message);
    } else {
      outcome.mutable_unknown()->set_message(error.message);
    }
    return outcome;
  }
  const int status = reply.value().status();
  if (status >= 200 && status < 300) {
    outcome.mutable_done()->set_reference(std::move(reference));
  } else if (status == 429) {
    outcome.mutable_retry()->set_at_us(RetryAtOf(reply.value(), now_us));
    outcome.mutable_retry()->set_reason("THROTTLED");
  } else if (IsClientError(status)) {
    reject(status == 404 ? "NOT_FOUND_AT_MARKETPLACE" : "", Said("the marketplace", reply.value()));
  } else {
    outcome.mutable_unknown()->set_message(Said("the marketplace", reply.value()));
  }
  return outcome;
}

}  // namespace quayside::sdk
