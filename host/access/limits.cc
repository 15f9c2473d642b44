#include "host/access/limits.h"

#include <algorithm>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// Streams end when they end: nobody knows when, and this is how often it is worth a try.
constexpr DurationUs kStreamRetryUs = 5 * kSecondUs;

absl::Status Exhausted(Reason reason, const std::string& message, TimeUs retry_at) {
  return MakeError(absl::StatusCode::kResourceExhausted, reason, message,
                   {{std::string(kRetryAtKey), Concat(retry_at)}});
}

}  // namespace

absl::Status PrincipalLimits::Call(const Principal& principal) {
  if (!principal.limited) return absl::OkStatus();
  const auto now = now_();
  const std::lock_guard<std::mutex> guard(mutex_);
  const double most = limits_.calls_per_second;
  const auto [found, is_new] = buckets_.try_emplace(principal.actor, Bucket{most, now});
  Bucket& bucket = found->second;
  const std::chrono::duration<double> passed = now - bucket.filled;
  bucket.tokens = std::min(most, bucket.tokens + passed.count() * most);
  bucket.filled = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return absl::OkStatus();
  }
  const auto wait = static_cast<DurationUs>((1 - bucket.tokens) / most * kSecondUs) + 1;
  return Exhausted(Reason::kCallLimit,
                   Concat(principal.actor, " may make ", limits_.calls_per_second, " calls in a second"),
                   clock_.Now() + wait);
}

absl::StatusOr<StreamPlace> PrincipalLimits::Stream(const Principal& principal) {
  if (!principal.limited) return StreamPlace();
  {
    const std::lock_guard<std::mutex> guard(streams_->mutex);
    int& open = streams_->open[principal.actor];
    if (open >= limits_.streams) {
      return Exhausted(Reason::kStreamLimit, Concat(principal.actor, " may have ", limits_.streams, " streams open"),
                       clock_.Now() + kStreamRetryUs);
    }
    ++open;
  }
  // The count is shared, so that a stream may end after the server did.
  return StreamPlace(streams_.get(), [streams = streams_, actor = principal.actor](const void*) {
    const std::lock_guard<std::mutex> guard(streams->mutex);
    if (--streams->open[actor] == 0) streams->open.erase(actor);
  });
}

}  // namespace quayside
