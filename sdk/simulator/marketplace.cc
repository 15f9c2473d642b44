#include "sdk/simulator/marketplace.h"

#include <algorithm>

#include "sdk/simulator/items.h"

namespace quayside::simulator {
namespace {

namespace json = boost::json;
using amazon_sim::Request;
using amazon_sim::Response;
using amazon_sim::Target;

constexpr size_t kMostBodyBytes = size_t{1} << 20;
constexpr int64_t kSecondUs = 1'000'000;

Response Json(int status, const json::value& body) {
  return {.status = status, .headers = {{"content-type", "application/json"}}, .body = json::serialize(body)};
}

Response Refused(int status, const std::string& why) { return Json(status, json::object{{"error", why}}); }

bool IsVariable(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool Matches(const Route& route, const std::string& method, const Target& target) {
  return route.method == method &&
         std::equal(route.path.begin(), route.path.end(), target.segments.begin(), target.segments.end(),
                    [](const std::string& a, const std::string& b) { return IsVariable(a) || a == b; });
}

// Of the path, else of the query. The target must outlive it.
Parameters ParametersOf(const Route& route, const Target& target) {
  return [&route, &target](const std::string& name) -> const std::string* {
    for (size_t i = 0; i < route.path.size(); ++i) {
      if (route.path[i] == "{" + name + "}") return &target.segments[i];
    }
    return target.query.Find(name);
  };
}

// What the script says of the answer goes before what the action would say.
Response Said(const Route& route, Response shown) {
  shown.status = route.answer.status;
  if (route.answer.body) {
    shown.body = *route.answer.body;
    shown.headers.clear();
  }
  // By its status it has none.
  if (shown.status == 204) {
    shown.body.clear();
    shown.headers.clear();
  }
  shown.headers.insert(shown.headers.end(), route.answer.headers.begin(), route.answer.headers.end());
  return shown;
}

Response Failed(const Fault& fault) {
  if (fault.kind == Fault::Kind::kTimeout) return {.transport = {.delay_ms = fault.hold_ms, .drop = true}};
  Response response = Refused(fault.status, "a fault of the script");
  if (fault.retry_after_s > 0) response.headers.emplace_back("retry-after", std::to_string(fault.retry_after_s));
  return response;
}

}  // namespace

Marketplace::Marketplace(Script script, Now now, uint64_t seed)
    : credential_(std::move(script.credential)),
      routes_(std::move(script.routes)),
      events_(std::move(script.events)),
      now_(std::move(now)),
      began_us_(now_()),
      allowances_(std::move(script.rate_limits), began_us_),
      faults_(std::move(script.faults), seed) {
  for (auto& [name, items] : script.state) collections_.emplace(name, Collection(std::move(items)));
}

Response Marketplace::Handle(const Request& request) {
  LetEventsHappen();
  const Target target = Target::Parse(request.target);
  if (target.segments.size() >= 2 && target.segments[0] == "sim" && target.segments[1] == "v1")
    return Control(request, target);
  std::string method = request.method;
  std::string operation = "-";
  Response response;
  if (request.body.size() > kMostBodyBytes) {
    response = Refused(413, "the body has more than 1 MiB");
  } else {
    const auto route = std::find_if(routes_.begin(), routes_.end(),
                                    [&](const Route& each) { return Matches(each, request.method, target); });
    if (route == routes_.end()) {
      method.assign(1, '-');  // the caller's words would make the counts grow without end
      response = Refused(404, "the script has no such route");
    } else {
      operation = route->operation;
      response = Trade(*route, request, target);
    }
  }
  ++calls_[{method, operation, response.transport.drop ? 0 : response.status}];
  return response;
}

Response Marketplace::Trade(const Route& route, const Request& request, const Target& target) {
  const std::optional<Fault> fault = faults_.Befall(route.operation);
  const bool fails = fault && (fault->kind == Fault::Kind::kStatus || fault->kind == Fault::Kind::kTimeout);
  if (fails && !fault->done) return Failed(*fault);
  Response response;
  if (!IsSignedIn(request, target)) {
    response = Refused(401, "the credential is not the script's");
  } else if (const auto wait_us = allowances_.Take(route.operation, now_())) {
    response = Refused(429, "too many requests");
    response.headers.emplace_back("retry-after", std::to_string((*wait_us + kSecondUs - 1) / kSecondUs));
  } else {
    response = Do(route, request, target);
  }
  if (fails) return Failed(*fault);
  if (fault && fault->kind == Fault::Kind::kSlow) response.transport.delay_ms = fault->hold_ms;
  if (fault && fault->kind == Fault::Kind::kPartial) {
    const auto size = static_cast<int64_t>(response.body.size());
    // Without a body there is nothing to cut: the line drops.
    response.transport.drop = size == 0;
    response.transport.drop_after_body = std::min(fault->bytes, size - 1);
  }
  return response;
}

bool Marketplace::IsSignedIn(const Request& request, const Target& target) const {
  if (!credential_) return true;
  const std::string* given = credential_->header.empty() ? target.query.Find(credential_->query)
                                                         : amazon_sim::FindHeader(request.headers, credential_->header);
  return given != nullptr && *given == credential_->value;
}

Response Marketplace::Do(const Route& route, const Request& request, const Target& target) {
  const Parameters parameters = ParametersOf(route, target);
  if (route.list) return DoList(route, parameters);
  if (route.item) return DoItem(route, request.body, parameters);
  if (route.put) return DoPut(route, request.body, target);
  return Said(route, {});
}

Response Marketplace::DoList(const Route& route, const Parameters& parameters) const {
  const ListAction& list = *route.list;
  const Page page = collections_.at(list.from).List(list, parameters);
  json::array items;
  for (const Item* item : page.items) items.push_back(*item);
  if (list.as.empty()) return Said(route, Json(200, items));
  json::object body{{list.as, std::move(items)}};
  if (!list.more.empty()) body[list.more] = page.more;
  if (!list.pages.empty()) body[list.pages] = page.pages;
  return Said(route, Json(200, body));
}

Response Marketplace::DoItem(const Route& route, const std::string& body, const Parameters& parameters) {
  const ItemAction& action = *route.item;
  Collection& collection = collections_.at(action.from);
  if (action.what == ItemAction::What::kRemove)
    return collection.Remove(action.where, parameters) ? Said(route, {}) : Refused(404, "there is no such item");
  Item* item = collection.Find(action.where, parameters);
  if (item == nullptr) return Refused(404, "there is no such item");
  if (action.what == ItemAction::What::kChange) {
    boost::system::error_code error;
    const json::value change = json::parse(body, error);
    if (error || !change.is_object()) return Refused(400, "the body is no JSON object");
    for (const auto& member : change.get_object()) (*item)[member.key()] = member.value();
  }
  return Said(route, Json(200, *item));
}

Response Marketplace::DoPut(const Route& route, const std::string& body, const Target& target) {
  boost::system::error_code error;
  json::value item = json::parse(body, error);
  if (error || !item.is_object()) return Refused(400, "the body is no JSON object");
  for (size_t i = 0; i < route.path.size(); ++i) {
    const std::string& segment = route.path[i];
    if (IsVariable(segment)) item.get_object()[segment.substr(1, segment.size() - 2)] = target.segments[i];
  }
  for (const std::string& member : route.put->key) {
    if (!item.get_object().contains(member)) return Refused(400, "'" + member + "' is missing");
  }
  const Item stored = item.get_object();
  if (!collections_.at(route.put->into).Put(stored, route.put->key)) return Refused(507, "the collection is full");
  return Said(route, Json(200, stored));
}

void Marketplace::LetEventsHappen() {
  while (next_event_ < events_.size() && began_us_ + events_[next_event_].after_us <= now_()) {
    const Event& event = events_[next_event_++];
    // A collection that is full stays as it is, as for a request.
    (void)collections_.at(event.into).Put(ExpandItem(event.item, began_us_ + event.after_us), event.key);
  }
}

}  // namespace quayside::simulator
