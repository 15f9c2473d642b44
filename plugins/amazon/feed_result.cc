#include "feed_result.h"

#include <boost/json.hpp>

#include "json_fields.h"
#include "quantity_rules.h"

namespace quayside::amazon {

namespace json = boost::json;

std::optional<FeedResult> ReadFeedResult(std::string_view text) {
  json::monotonic_resource memory;
  const auto report = ParsePage(text, memory);
  if (!report) return std::nullopt;
  JsonFields fields;
  const json::array* issues = fields.GetArray(report->get_object(), "issues");
  const json::object* summary = fields.GetObject(report->get_object(), "summary");
  if (issues == nullptr || summary == nullptr) return std::nullopt;
  FeedResult result;
  result.processed = fields.NeedCount(*summary, "messagesProcessed");
  result.accepted = fields.NeedCount(*summary, "messagesAccepted");
  result.invalid = fields.NeedCount(*summary, "messagesInvalid");
  ForEachObject(fields, issues, "issues", [&](const json::object& object) {
    const Issue issue = ReadIssue(fields, object);
    if (!issue.error) return;
    const std::string sku(fields.GetText(object, "sku"));
    (sku.empty() ? result.unplaced : result.refused[sku]).Add(issue);
  });
  if (!fields.ok()) return std::nullopt;
  return result;
}

bool AddsUp(const FeedResult& result, int64_t messages) {
  return result.processed >= messages && result.accepted + result.invalid == result.processed &&
         result.invalid <= static_cast<int64_t>(result.refused.size()) && result.unplaced.empty();
}

bool JudgeNamed(const FeedResult& result, const std::string& sku, int64_t now_us, plugin::v1::Outcome& outcome) {
  const auto refused = result.refused.find(sku);
  if (refused == result.refused.end()) return false;
  if (refused->second.IsTransient()) {
    PutOff(outcome, now_us + kTransientIssueWaitUs, "AMAZON_INTERNAL_ERROR");
  } else {
    Reject(outcome, "REFUSED_BY_MARKETPLACE", refused->second.Describe());
  }
  return true;
}

}  // namespace quayside::amazon
