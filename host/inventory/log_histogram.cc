#include "host/inventory/log_histogram.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

// Buckets of each power of two; below, each millisecond has one of its own.
constexpr uint64_t kParts = 16;
constexpr uint64_t kLongestMs = (uint64_t{1} << 32) - 1;

int BucketOf(DurationUs time) {
  if (time <= 0) return 0;
  const uint64_t ms = std::min<uint64_t>((static_cast<uint64_t>(time) + 999) / 1000, kLongestMs);
  if (ms < kParts) return static_cast<int>(ms);
  const auto shift = static_cast<uint64_t>(std::bit_width(ms)) - 5;
  return static_cast<int>(shift * kParts + (ms >> shift));
}

DurationUs UpperEnd(int bucket) {
  const auto number = static_cast<uint64_t>(bucket);
  const uint64_t shift = number < 2 * kParts ? 0 : number / kParts - 1;
  const uint64_t top = number - shift * kParts;
  return static_cast<DurationUs>(((top + 1) << shift) - 1) * kMillisecondUs;
}

static_assert(LogHistogram::kBuckets == 27 * kParts + 2 * kParts);

}  // namespace

void LogHistogram::Add(DurationUs time) {
  ++counts_[BucketOf(time)];
  ++count_;
  longest_us_ = std::max(longest_us_, time);
}

void LogHistogram::Add(const LogHistogram& other) {
  for (const auto& [bucket, count] : other.counts_) counts_[bucket] += count;
  count_ += other.count_;
  longest_us_ = std::max(longest_us_, other.longest_us_);
}

std::optional<DurationUs> LogHistogram::Quantile(int per_mille) const {
  const int64_t rank = std::max<int64_t>((count_ / 1000) * per_mille + ((count_ % 1000) * per_mille + 999) / 1000, 1);
  int64_t so_far = 0;
  for (const auto& [bucket, count] : counts_) {
    so_far += count;
    if (so_far < rank) continue;
    return bucket == kBuckets - 1 ? longest_us_ : std::min(UpperEnd(bucket), longest_us_);
  }
  return std::nullopt;
}

std::string LogHistogram::ToText() const {
  std::string text = Concat(longest_us_);
  for (const auto& [bucket, count] : counts_) text += Concat(" ", bucket, ":", count);
  return text;
}

absl::StatusOr<LogHistogram> LogHistogram::FromText(std::string_view text) {
  const auto corrupt = [&] {
    return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                     Concat("a histogram in the database cannot be read: '", text, "'"));
  };
  LogHistogram read;
  bool first = true;
  for (const std::string_view part : absl::StrSplit(text, ' ')) {
    if (std::exchange(first, false)) {
      if (!absl::SimpleAtoi(part, &read.longest_us_) || read.longest_us_ < 0) return corrupt();
      continue;
    }
    const std::pair<std::string_view, std::string_view> pair = absl::StrSplit(part, absl::MaxSplits(':', 1));
    int bucket = 0;
    int64_t count = 0;
    const bool numbers = absl::SimpleAtoi(pair.first, &bucket) && absl::SimpleAtoi(pair.second, &count);
    if (!numbers || bucket < 0 || bucket >= kBuckets || count <= 0) return corrupt();
    if (!read.counts_.emplace(bucket, count).second) return corrupt();
    read.count_ += count;
  }
  return read;
}

}  // namespace quayside
