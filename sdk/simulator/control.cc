// What a test asks of the simulator itself: what there is, what was called, what goes wrong from here on.
#include <stdexcept>

#include "sdk/simulator/items.h"
#include "sdk/simulator/marketplace.h"

namespace quayside::simulator {
namespace {

namespace json = boost::json;
using amazon_sim::Request;
using amazon_sim::Response;
using amazon_sim::Target;

Response Answered(int status, const json::value& body) {
  return {.status = status, .headers = {{"content-type", "application/json"}}, .body = json::serialize(body)};
}

json::array AllOf(const Collection& collection) {
  json::array items;
  for (const Item& item : collection.items()) items.push_back(item);
  return items;
}

}  // namespace

Response Marketplace::Control(const Request& request, const Target& target) {
  const std::string what = target.segments.size() > 2 ? target.segments[2] : std::string();
  if (request.method == "GET" && what == "state") return ShowState(target);
  if (request.method == "GET" && what == "calls") return ShowCalls();
  if (request.method == "DELETE" && what == "faults") {
    faults_.Clear();
    return Answered(200, json::object{{"faults", 0}});
  }
  if (request.method != "POST" || (what != "faults" && what != "items"))
    return Answered(
        404, json::object{{"error", "GET state, GET state/NAME, GET calls, POST items, POST faults, DELETE faults"}});
  try {
    const json::value body = json::parse(request.body);
    return what == "items" ? PutItem(body) : AddFault(body);
  } catch (const std::exception& error) {
    return Answered(400, json::object{{"error", error.what()}});
  }
}

Response Marketplace::ShowState(const Target& target) const {
  if (target.segments.size() > 3) {
    const auto found = collections_.find(target.segments[3]);
    if (found == collections_.end()) return Answered(404, json::object{{"error", "there is no such collection"}});
    return Answered(200, AllOf(found->second));
  }
  json::object all;
  for (const auto& [name, collection] : collections_) all[name] = AllOf(collection);
  return Answered(200, all);
}

Response Marketplace::ShowCalls() const {
  json::array calls;
  for (const auto& [call, count] : calls_) {
    const auto& [method, operation, status] = call;
    calls.push_back({{"method", method}, {"operation", operation}, {"status", status}, {"count", count}});
  }
  return Answered(200, calls);
}

Response Marketplace::PutItem(const json::value& body) {
  const std::string into(std::string_view(body.at("into").as_string()));
  const auto found = collections_.find(into);
  if (found == collections_.end()) throw std::invalid_argument("the state has no collection '" + into + "'");
  std::vector<std::string> key;
  for (const json::value& member : body.at("key").as_array()) key.emplace_back(std::string_view(member.as_string()));
  const Item item = ExpandItem(body.at("item").as_object(), now_());
  if (!found->second.Put(item, key)) return Answered(507, json::object{{"error", "the collection is full"}});
  return Answered(200, item);
}

Response Marketplace::AddFault(const json::value& body) {
  if (!faults_.Add(ParseFault(body, "the fault")))
    return Answered(507, json::object{{"error", "there are too many faults"}});
  return Answered(200, json::object{{"faults", faults_.size()}});
}

}  // namespace quayside::simulator
