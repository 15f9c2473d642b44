// What a simulated marketplace is: one JSON file with its state, its routes, its allowances and what goes wrong.
// README.md describes the file.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quayside::simulator {

// Limits of a script and of what becomes of it.
inline constexpr size_t kMostScriptBytes = size_t{16} << 20;
inline constexpr size_t kMostItems = 100'000;  // of one collection
inline constexpr size_t kMostCollections = 50;
inline constexpr size_t kMostRoutes = 200;
inline constexpr size_t kMostFaults = 200;
inline constexpr int64_t kLongestHoldMs = 600'000;

using Item = boost::json::object;
using Items = std::vector<Item>;

// A request's parameter against a member of an item. A request without the parameter is not narrowed by it.
struct Condition {
  enum class Test { kEquals, kAtLeast, kAfter };
  std::string field;
  Test test = Test::kEquals;
  std::string parameter;  // of the path ("{id}") or of the query
};

struct ListAction {
  std::string from;
  std::vector<Condition> where;
  std::string sort;   // member to sort by, rising; empty = as they came
  size_t limit = 50;  // items of one answer
  std::string page;   // query parameter with the number of the page, from 1; empty = always the first
  std::string as;     // member of the answer that holds the items; empty = the answer is the list
  std::string more;   // member that says whether there are more behind; empty = none
  std::string pages;  // member with the number of pages; empty = none
};

// One item: shown, changed by the body's members, or removed. 404 when there is none.
struct ItemAction {
  enum class What { kGet, kChange, kRemove };
  What what = What::kGet;
  std::string from;
  std::vector<Condition> where;
};

// The body, with the path's parameters, becomes an item in place of the one with the same key. 400 without the key.
struct PutAction {
  std::string into;
  std::vector<std::string> key;
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;  // in place of what the action would show
};

struct Route {
  std::string method;
  std::vector<std::string> path;  // segments; "{name}" takes any
  std::string operation;          // whose allowance it takes from and whose faults it has; empty = its path
  std::optional<ListAction> list;
  std::optional<ItemAction> item;
  std::optional<PutAction> put;
  Answer answer;
};

// Requests must carry it, else 401.
struct Credential {
  std::string header;  // in small letters; or
  std::string query;
  std::string value;
};

// A token bucket; an empty one answers 429 with Retry-After.
struct RateLimit {
  double per_second = 1;
  double burst = 1;
};

struct Fault {
  enum class Kind { kStatus, kTimeout, kPartial, kSlow };
  Kind kind = Kind::kStatus;
  std::string operation;  // empty = of any
  int64_t skip = 0;       // calls that pass before
  int64_t count = -1;     // calls it befalls; negative = all
  double probability = 1;
  bool done = false;          // the call has its effect all the same (status, timeout)
  int status = 500;           // status
  int64_t retry_after_s = 0;  // status; 0 = no header
  int64_t hold_ms = 0;        // timeout: until the line drops; slow: until the answer
  int64_t bytes = 0;          // partial: of the body that are sent before the line drops
};

// An item that is put later.
struct Event {
  int64_t after_us = 0;  // since the beginning
  std::string into;
  std::vector<std::string> key;
  Item item;  // not expanded
};

struct Script {
  std::optional<Credential> credential;
  std::map<std::string, Items> state;
  std::vector<Route> routes;
  std::map<std::string, RateLimit> rate_limits;
  std::vector<Fault> faults;
  std::vector<Event> events;  // by time
};

struct ScriptReading {
  std::string problem;  // empty, or what is wrong with the text, and where
  Script script;
};

// `now_us`: the beginning, UTC microseconds; times in the state are told from it.
[[nodiscard]] ScriptReading ParseScript(const std::string& text, int64_t now_us);

// One fault as the script has it, for the control API. Throws std::exception.
[[nodiscard]] Fault ParseFault(const boost::json::value& value, const std::string& where);

}  // namespace quayside::simulator
