#include "issues.h"

#include <algorithm>
#include <array>

namespace quayside::amazon {
namespace {

constexpr size_t kMaxIssueTextBytes = 1000;
// "An internal error has occurred. Please try again." and "An internal error occurred. Please resubmit your data."
constexpr std::array<std::string_view, 2> kTransientCodes = {"4000000", "5002"};

}  // namespace

Issue ReadIssue(JsonFields& fields, const boost::json::object& issue) {
  return {std::string(fields.GetText(issue, "code")), std::string(fields.GetText(issue, "message")),
          fields.GetText(issue, "severity") == "ERROR"};
}

void IssueList::Add(const Issue& issue) {
  if (!issue.error) return;
  ++count_;
  if (std::find(kTransientCodes.begin(), kTransientCodes.end(), issue.code) != kTransientCodes.end()) ++transient_;
  if (text_.size() > kMaxIssueTextBytes) return;
  if (!text_.empty()) text_ += "; ";
  text_ += issue.code.empty() ? issue.message : issue.code + ": " + issue.message;
}

std::string IssueList::Describe() const { return text_.empty() ? "Amazon names no issue." : text_; }

}  // namespace quayside::amazon
