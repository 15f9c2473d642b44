// A lane read to its end the way the host reads it: page after page, each from the cursor that the one before left.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sdk/conformance/methods.h"
#include "sdk/conformance/session.h"

namespace quayside::conformance {

struct ReadingPlan {
  int page_size = 0;
  // Each step runs twice, and the first reply is thrown away: a host that ended before the commit.
  bool repeat_steps = false;
  // A new instance for each step: a host that ended after it.
  bool new_instances = false;
  // And the library loaded anew, or its runner begun anew, for the first of them.
  bool new_libraries = false;
  // Steps may fail so often before the reading is given up; each is made again, later, from the same cursor.
  int patience = 8;
  // Any failure is met with patience, not only those that say so.
  bool forgiving = false;
  // A page may end early and leave the rest to the next time the host looks: so often it looks again.
  int polls_after_end = 0;
  // From here instead of the beginning.
  std::optional<pb::Cursor> from;
  std::function<void(World&)> prepare;
  // What else happens in the process before each step, once its instance is there; `cursor` is where the step begins.
  std::function<void(const std::optional<pb::Cursor>& cursor)> beside;
};

struct Read {
  // Key -> record as it was handed over last.
  std::map<std::string, std::string> items;
  int bad_records = 0;
  std::vector<std::string> replies;
  // Cursor that each step began at; the first is empty.
  std::vector<std::optional<pb::Cursor>> cursors;
  // Where the last page left.
  std::optional<pb::Cursor> last_cursor;
  size_t exchanges = 0;  // that left the host
  int failures = 0;
  int invocations = 0;  // service calls
  // Empty, or why the end was not reached.
  std::string problem;
  // What a page must not be: cursors without a schema, a watermark that goes backwards ...
  std::vector<std::string> flaws;
  std::vector<std::string> violations;
  std::set<std::string> unanswered;
  int64_t longest_sleep_us = 0;
  // Its log lines, and what the errors of its steps say.
  std::vector<std::string> said;
};

// `method` is of kind kRead.
[[nodiscard]] Read ReadAll(Plugin& plugin, const Method& method, const ReadingPlan& plan);

// The request of one page.
[[nodiscard]] std::string PageRequest(const Trial& trial, const Method& method, const std::optional<pb::Cursor>& cursor,
                                      int page_size);

// What any method is called with first: a lane's first page, else the method's request.
[[nodiscard]] std::string FirstRequest(const Trial& trial, const Method& method);

// The undisturbed reading that others are compared with; throws CaseOver when it does not reach its end.
[[nodiscard]] Read ReadUndisturbed(Plugin& plugin, const Method& method, int page_size = 0);

// Empty, or how `read` differs from what should have been handed over: keys, and the records when `records` is set.
[[nodiscard]] std::string Difference(const Read& expected, const Read& read, bool records);

}  // namespace quayside::conformance
