#include "host/inventory/log_histogram.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <system_error>

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

template <typename Number>
bool TakeNumber(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool TakeSign(std::string_view& text, char sign) {
  if (text.empty() || text.front() != sign) return false;
  text.remove_prefix(1);
  return true;
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
  const absl::Status corrupt = MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                                         Concat("a histogram in the database cannot be read: '", text, "'"));
  LogHistogram read;
  if (!TakeNumber(text, read.longest_us_) || read.longest_us_ < 0) return corrupt;
  while (!text.empty()) {
    int bucket = 0;
    int64_t count = 0;
    const bool understood =
        TakeSign(text, ' ') && TakeNumber(text, bucket) && TakeSign(text, ':') && TakeNumber(text, count);
    if (!understood || bucket < 0 || bucket >= kBuckets || count <= 0) return corrupt;
    if (!read.counts_.emplace(bucket, count).second) return corrupt;
    read.count_ += count;
  }
  return read;
}

}  // namespace quayside
