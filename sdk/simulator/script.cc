#include "sdk/simulator/script.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <stdexcept>

#include "core/url.h"
#include "sdk/simulator/items.h"

namespace quayside::simulator {
namespace {

namespace json = boost::json;

[[noreturn]] void Refuse(const std::string& where, const std::string& what) {
  throw std::invalid_argument(where + ": " + what);
}

// Reads the members of one object; those that nobody asked for are mistakes, as a typo would otherwise be silent.
class Members {
 public:
  Members(const json::value& value, std::string where) : where_(std::move(where)) {
    if (!value.is_object()) Refuse(where_, "is no object");
    object_ = &value.get_object();
  }

  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] std::string Where(const std::string& name) const { return where_ + "." + name; }
  [[nodiscard]] const json::object& all() const { return *object_; }

  const json::value* Find(const char* name) {
    asked_.insert(name);
    return object_->if_contains(name);
  }
  const json::value& Need(const char* name) {
    const json::value* value = Find(name);
    if (value == nullptr) Refuse(where_, "'" + std::string(name) + "' is missing");
    return *value;
  }
  std::string Text(const char* name, std::string otherwise = {}) {
    const json::value* value = Find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) Refuse(Where(name), "is no text");
    return std::string(std::string_view(value->get_string()));
  }
  std::string NeedText(const char* name) {
    (void)Need(name);
    std::string text = Text(name);
    if (text.empty()) Refuse(Where(name), "is empty");
    return text;
  }
  int64_t Integer(const char* name, int64_t otherwise, int64_t least, int64_t most) {
    const json::value* value = Find(name);
    if (value == nullptr) return otherwise;
    boost::system::error_code error;
    const auto number = value->is_number() ? value->to_number<int64_t>(error) : int64_t{0};
    if (!value->is_number() || error || number < least || number > most)
      Refuse(Where(name), "is no whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return number;
  }
  double Number(const char* name, double otherwise, double most) {
    const json::value* value = Find(name);
    if (value == nullptr) return otherwise;
    const double number = value->is_number() ? value->to_number<double>() : -1;
    if (!(number >= 0 && number <= most)) Refuse(Where(name), "is no number from 0 to " + std::to_string(most));
    return number;
  }
  bool Flag(const char* name) {
    const json::value* value = Find(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) Refuse(Where(name), "is neither true nor false");
    return value->get_bool();
  }
  std::vector<std::string> Texts(const char* name) {
    std::vector<std::string> texts;
    for (const json::value& one : NeedArray(name)) {
      if (!one.is_string()) Refuse(Where(name), "holds something that is no text");
      texts.emplace_back(std::string_view(one.get_string()));
    }
    if (texts.empty()) Refuse(Where(name), "is empty");
    return texts;
  }
  const json::array& NeedArray(const char* name) {
    const json::value& value = Need(name);
    if (!value.is_array()) Refuse(Where(name), "is no list");
    return value.get_array();
  }

  void Done() const {
    for (const auto& member : *object_) {
      if (asked_.count(std::string(member.key())) == 0)
        Refuse(where_, "there is no member '" + std::string(member.key()) + "'");
    }
  }

 private:
  std::string where_;
  const json::object* object_ = nullptr;
  std::set<std::string> asked_;
};

std::string At(const std::string& where, size_t index) { return where + "[" + std::to_string(index) + "]"; }

std::vector<Condition> ParseConditions(Members& members) {
  std::vector<Condition> conditions;
  if (members.Find("where") == nullptr) return conditions;
  const json::array& written = members.NeedArray("where");
  for (size_t i = 0; i < written.size(); ++i) {
    Members each(written[i], At(members.Where("where"), i));
    Condition condition;
    condition.field = each.NeedText("field");
    int tests = 0;
    for (const auto& [name, test] :
         {std::pair{"equals", Condition::Test::kEquals}, std::pair{"at_least", Condition::Test::kAtLeast},
          std::pair{"after", Condition::Test::kAfter}}) {
      if (each.Find(name) == nullptr) continue;
      ++tests;
      condition.test = test;
      condition.parameter = each.NeedText(name);
    }
    if (tests != 1) Refuse(each.where(), "has one of equals, at_least and after");
    each.Done();
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

ListAction ParseList(const json::value& value, const std::string& where) {
  Members members(value, where);
  ListAction list;
  list.from = members.NeedText("from");
  list.where = ParseConditions(members);
  list.sort = members.Text("sort");
  list.limit = static_cast<size_t>(members.Integer("limit", 50, 1, 1'000));
  list.page = members.Text("page");
  list.as = members.Text("as");
  list.more = members.Text("more");
  list.pages = members.Text("pages");
  if (list.as.empty() && !(list.more.empty() && list.pages.empty()))
    Refuse(where, "more and pages need 'as': an answer that is a list has no members");
  members.Done();
  return list;
}

ItemAction ParseItem(const json::value& value, const std::string& where, ItemAction::What what) {
  Members members(value, where);
  ItemAction action;
  action.what = what;
  action.from = members.NeedText("from");
  action.where = ParseConditions(members);
  if (action.where.empty()) Refuse(where, "'where' says which item is meant");
  members.Done();
  return action;
}

PutAction ParsePut(const json::value& value, const std::string& where) {
  Members members(value, where);
  PutAction put{members.NeedText("into"), members.Texts("key")};
  members.Done();
  return put;
}

Answer ParseAnswer(const json::value& value, const std::string& where) {
  Members members(value, where);
  Answer answer;
  answer.status = static_cast<int>(members.Integer("status", 200, 200, 599));
  if (const json::value* body = members.Find("json")) {
    answer.headers.emplace_back("content-type", "application/json");
    answer.body = json::serialize(*body);
  }
  if (members.Find("body") != nullptr) {
    if (answer.body) Refuse(where, "has both body and json");
    answer.body = members.Text("body");
  }
  if (const json::value* headers = members.Find("headers")) {
    Members each(*headers, members.Where("headers"));
    for (const auto& header : each.all()) {
      const std::string name(header.key());
      std::string text = each.Text(name.c_str());
      if (text.find_first_of("\r\n") != std::string::npos || name.find_first_of("\r\n:") != std::string::npos)
        Refuse(each.Where(name), "is no header");
      answer.headers.emplace_back(name, std::move(text));
    }
  }
  members.Done();
  return answer;
}

Route ParseRoute(const json::value& value, const std::string& where) {
  Members members(value, where);
  Route route;
  route.method = members.NeedText("method");
  const std::string path = members.NeedText("path");
  if (path.front() != '/') Refuse(members.Where("path"), "does not begin with '/'");
  if (path.rfind("/sim/", 0) == 0) Refuse(members.Where("path"), "/sim/ belongs to the simulator");
  route.path = amazon_sim::Target::Parse(path).segments;
  route.operation = members.Text("operation", path);
  int actions = 0;
  if (const json::value* list = members.Find("list")) {
    route.list = ParseList(*list, members.Where("list"));
    ++actions;
  }
  for (const auto& [name, what] :
       {std::pair{"get", ItemAction::What::kGet}, std::pair{"change", ItemAction::What::kChange},
        std::pair{"remove", ItemAction::What::kRemove}}) {
    if (const json::value* item = members.Find(name)) {
      route.item = ParseItem(*item, members.Where(name), what);
      ++actions;
    }
  }
  if (const json::value* put = members.Find("put")) {
    route.put = ParsePut(*put, members.Where("put"));
    ++actions;
  }
  const json::value* reply = members.Find("reply");
  if (reply != nullptr) route.answer = ParseAnswer(*reply, members.Where("reply"));
  if (actions > 1) Refuse(where, "does one of list, get, change, remove and put");
  if (actions == 0 && reply == nullptr) Refuse(where, "neither does anything nor replies");
  members.Done();
  return route;
}

Credential ParseCredential(const json::value& value) {
  Members members(value, "credential");
  Credential credential{members.Text("header"), members.Text("query"), members.NeedText("value")};
  if (credential.header.empty() == credential.query.empty()) Refuse("credential", "has one of header and query");
  members.Done();
  return credential;
}

Event ParseEvent(const json::value& value, const std::string& where) {
  Members members(value, where);
  constexpr double kLatest = 1e9;
  Event event;
  event.after_us = static_cast<int64_t>(members.Number("after_s", 0, kLatest) * 1e6);
  event.into = members.NeedText("into");
  event.key = members.Texts("key");
  const json::value& item = members.Need("item");
  if (!item.is_object()) Refuse(members.Where("item"), "is no object");
  event.item = item.get_object();
  // A time that makes no sense is a mistake of the script, not of the moment.
  (void)ExpandItem(event.item, 0);
  members.Done();
  return event;
}

template <typename One, typename Parse>
void ParseAll(Members& members, const char* name, size_t most, std::vector<One>& all, Parse parse) {
  if (members.Find(name) == nullptr) return;
  const json::array& written = members.NeedArray(name);
  if (written.size() > most) Refuse(name, "are more than " + std::to_string(most));
  for (size_t i = 0; i < written.size(); ++i) all.push_back(parse(written[i], At(name, i)));
}

void ParseState(const json::value& value, int64_t now_us, Script& script) {
  Members members(value, "state");
  if (members.all().size() > kMostCollections)
    Refuse("state", "has more than " + std::to_string(kMostCollections) + " collections");
  for (const auto& collection : members.all()) {
    const std::string name(collection.key());
    script.state[name] = ExpandItems(members.NeedArray(name.c_str()), now_us, members.Where(name));
  }
}

void ParseRateLimits(const json::value& value, Script& script) {
  Members members(value, "rate_limits");
  constexpr double kMost = 1e6;
  constexpr double kLeastPerSecond = 1e-6;  // one in eleven days
  for (const auto& limit : members.all()) {
    Members each(limit.value(), members.Where(std::string(limit.key())));
    RateLimit parsed{each.Number("per_second", 1, kMost), each.Number("burst", 1, kMost)};
    if (parsed.per_second < kLeastPerSecond || parsed.burst < 1) Refuse(each.where(), "lets nothing through");
    each.Done();
    script.rate_limits[std::string(limit.key())] = parsed;
  }
}

// What a route names must be there: a typo would be an empty list for ever.
void CheckNames(const Script& script) {
  std::set<std::string> operations;
  const auto need = [&](const std::string& collection, const std::string& where) {
    if (script.state.count(collection) == 0) Refuse(where, "the state has no collection '" + collection + "'");
  };
  for (size_t i = 0; i < script.routes.size(); ++i) {
    const Route& route = script.routes[i];
    operations.insert(route.operation);
    if (route.list) need(route.list->from, At("routes", i));
    if (route.item) need(route.item->from, At("routes", i));
    if (route.put) need(route.put->into, At("routes", i));
  }
  for (size_t i = 0; i < script.events.size(); ++i) need(script.events[i].into, At("events", i));
  for (const auto& [operation, limit] : script.rate_limits) {
    if (operations.count(operation) == 0) Refuse("rate_limits", "no route has the operation '" + operation + "'");
  }
  for (size_t i = 0; i < script.faults.size(); ++i) {
    const std::string& operation = script.faults[i].operation;
    if (!operation.empty() && operations.count(operation) == 0)
      Refuse(At("faults", i), "no route has the operation '" + operation + "'");
  }
}

Script Parse(const std::string& text, int64_t now_us) {
  if (text.size() > kMostScriptBytes) Refuse("the script", "has more than 16 MiB");
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) Refuse("the script", "is no JSON: " + error.message());
  Members members(value, "the script");
  Script script;
  if (const json::value* credential = members.Find("credential")) script.credential = ParseCredential(*credential);
  if (const json::value* state = members.Find("state")) ParseState(*state, now_us, script);
  ParseAll(members, "routes", kMostRoutes, script.routes, ParseRoute);
  if (script.routes.empty()) Refuse("routes", "are missing: a marketplace answers something");
  if (const json::value* limits = members.Find("rate_limits")) ParseRateLimits(*limits, script);
  ParseAll(members, "faults", kMostFaults, script.faults, ParseFault);
  ParseAll(members, "events", kMostItems, script.events, ParseEvent);
  std::stable_sort(script.events.begin(), script.events.end(),
                   [](const Event& a, const Event& b) { return a.after_us < b.after_us; });
  members.Done();
  CheckNames(script);
  return script;
}

}  // namespace

Fault ParseFault(const json::value& value, const std::string& where) {
  Members members(value, where);
  Fault fault;
  const std::string kind = members.NeedText("fault");
  constexpr int64_t kMost = 1'000'000'000;
  constexpr int64_t kTimeoutMs = 60'000;
  constexpr int64_t kSlowMs = 1'000;
  if (kind == "status") {
    fault.kind = Fault::Kind::kStatus;
    fault.status = static_cast<int>(members.Integer("status", 500, 300, 599));
    fault.retry_after_s = members.Integer("retry_after_s", 0, 0, kMost);
    fault.done = members.Flag("done");
  } else if (kind == "timeout") {
    fault.kind = Fault::Kind::kTimeout;
    fault.hold_ms = members.Integer("hold_ms", kTimeoutMs, 0, kLongestHoldMs);
    fault.done = members.Flag("done");
  } else if (kind == "partial") {
    fault.kind = Fault::Kind::kPartial;
    fault.bytes = members.Integer("bytes", 10, 0, kMost);
  } else if (kind == "slow") {
    fault.kind = Fault::Kind::kSlow;
    fault.hold_ms = members.Integer("hold_ms", kSlowMs, 0, kLongestHoldMs);
  } else {
    Refuse(members.Where("fault"), "is status, timeout, partial or slow, not '" + kind + "'");
  }
  fault.operation = members.Text("operation");
  fault.skip = members.Integer("skip", 0, 0, kMost);
  fault.count = members.Integer("count", -1, 0, kMost);
  fault.probability = members.Number("probability", 1, 1);
  members.Done();
  return fault;
}

ScriptReading ParseScript(const std::string& text, int64_t now_us) {
  ScriptReading reading;
  try {
    reading.script = Parse(text, now_us);
  } catch (const std::exception& error) {
    reading.problem = error.what();
  }
  return reading;
}

}  // namespace quayside::simulator
