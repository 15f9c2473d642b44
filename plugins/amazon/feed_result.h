// The processing report of a JSON_LISTINGS_FEED (Amazon's listings-feed-processing-report-schema-v2), and what it says
// of each message. Pure.
//
// That a feed is DONE says nothing of its messages. An error names its message by SKU; messages are known by that, for
// whoever asks later may no longer know their numbers. Amazon's own counts are the check: as long as a message is
// missing from them, or refused without being named, none that is not named is taken for done.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "issues.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

namespace quayside::amazon {

struct FeedResult {
  int64_t processed = 0;
  int64_t accepted = 0;
  int64_t invalid = 0;
  std::map<std::string, IssueList, std::less<>> refused;  // by SKU
  IssueList unplaced;                                     // errors of no message that can be told
};

// Nothing when the text is no processing report.
[[nodiscard]] std::optional<FeedResult> ReadFeedResult(std::string_view text);

// The counts account for `messages` messages or more, and for every refusal.
[[nodiscard]] bool AddsUp(const FeedResult& result, int64_t messages);

// The outcome of a message that the report names. False: it names none.
[[nodiscard]] bool JudgeNamed(const FeedResult& result, const std::string& sku, int64_t now_us,
                              plugin::v1::Outcome& outcome);

}  // namespace quayside::amazon
