// What Amazon finds wrong with a submission of listings data.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>

#include "json_fields.h"
#include "time_text.h"

namespace quayside::amazon {

// How long to wait when the fault was Amazon's own.
constexpr int64_t kTransientIssueWaitUs = 15 * kMinuteUs;

struct Issue {
  std::string code;
  std::string message;
  bool error = false;  // warnings and notes refuse nothing
};

// An element of `issues` in an answer of Listings Items or in the result of a feed.
[[nodiscard]] Issue ReadIssue(JsonFields& fields, const boost::json::object& issue);

// The errors of one submission.
class IssueList {
 public:
  // Passes over what is no error.
  void Add(const Issue& issue);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  // Every error is one of Amazon's own that the same submission may not meet again ("4000000: An internal error has
  // occurred. Please try again.").
  [[nodiscard]] bool IsTransient() const { return count_ > 0 && transient_ == count_; }
  // "90220: 'size' is required; 8541: ...", shortened.
  [[nodiscard]] std::string Describe() const;

 private:
  int count_ = 0;
  int transient_ = 0;
  std::string text_;
};

}  // namespace quayside::amazon
