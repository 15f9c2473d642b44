#include "sdk/conformance/cassette.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

namespace quayside::conformance {
namespace {

namespace json = boost::json;

constexpr char kAnything[] = "*";

std::string Text(const json::value& value) { return std::string(std::string_view(value.as_string())); }

// A typo in a name would otherwise be a member that is silently missing.
void AllowOnly(const json::object& object, std::initializer_list<std::string_view> names, const std::string& where) {
  for (const auto& member : object) {
    const std::string_view key = member.key();
    if (std::find(names.begin(), names.end(), key) == names.end())
      throw std::invalid_argument(where + ": there is no member '" + std::string(key) + "'");
  }
}

std::map<std::string, std::string> TextMap(const json::value& value) {
  std::map<std::string, std::string> map;
  for (const auto& member : value.as_object()) map[std::string(member.key())] = Text(member.value());
  return map;
}

pb::HttpReply ParseReply(const json::object& object, const std::string& where) {
  AllowOnly(object, {"status", "headers", "body", "json", "server_time_us"}, where);
  pb::HttpReply reply;
  reply.set_status(object.at("status").to_number<int32_t>());
  if (const auto* headers = object.if_contains("headers")) {
    for (auto& [name, value] : TextMap(*headers)) {
      pb::Header& header = *reply.add_headers();
      header.set_name(name);
      header.set_value(value);
    }
  }
  if (const auto* body = object.if_contains("body")) reply.set_body(Text(*body));
  if (const auto* body = object.if_contains("json")) reply.set_body(json::serialize(*body));
  if (const auto* time = object.if_contains("server_time_us")) reply.set_server_time_us(time->to_number<int64_t>());
  return reply;
}

Exchange ParseExchange(const json::value& value, const std::string& where) {
  const json::object& object = value.as_object();
  AllowOnly(object, {"request", "reply"}, where);
  const json::object& request = object.at("request").as_object();
  AllowOnly(request, {"method", "origin", "path", "query", "body"}, where + ".request");
  Exchange exchange;
  exchange.method = Text(request.at("method"));
  exchange.origin = Text(request.at("origin"));
  exchange.path = Text(request.at("path"));
  if (const auto* query = request.if_contains("query")) {
    for (const auto& member : query->as_object()) {
      const json::value& wanted = member.value();
      if (!wanted.is_array()) {
        exchange.query.emplace(member.key(), Text(wanted));
        continue;
      }
      for (const auto& one : wanted.as_array()) exchange.query.emplace(member.key(), Text(one));
    }
  }
  if (const auto* body = request.if_contains("body")) exchange.body = Text(*body);
  exchange.reply = ParseReply(object.at("reply").as_object(), where + ".reply");
  return exchange;
}

void ParseCursors(const json::value& value, Cassette& cassette) {
  for (const auto& contract : value.as_object()) {
    for (const json::value& one : contract.value().as_array()) {
      KeptCursor kept;
      json::object message = one.as_object();
      if (const auto* expected = message.if_contains("expected")) {
        for (const json::value& key : expected->as_array()) kept.expected.insert(Text(key));
        message.erase("expected");
      }
      const auto status = google::protobuf::util::JsonStringToMessage(json::serialize(message), &kept.cursor);
      if (!status.ok()) throw std::invalid_argument("cursors: " + std::string(status.message()));
      cassette.cursors[std::string(contract.key())].push_back(std::move(kept));
    }
  }
}

void Parse(const json::object& object, Cassette& cassette) {
  AllowOnly(object,
            {"options", "marketplaces", "now_us", "changed_from_us", "exchanges", "files", "documents", "requests",
             "expected", "replies", "cursors"},
            "the cassette");
  if (const auto* options = object.if_contains("options")) {
    for (auto& [name, text] : TextMap(*options)) (*cassette.config.mutable_options())[name] = text;
  }
  if (const auto* marketplaces = object.if_contains("marketplaces")) {
    for (const json::value& one : marketplaces->as_array()) cassette.config.add_marketplaces(Text(one));
  }
  if (const auto* now = object.if_contains("now_us")) cassette.now_us = now->to_number<int64_t>();
  if (const auto* from = object.if_contains("changed_from_us")) cassette.changed_from_us = from->to_number<int64_t>();
  if (const auto* exchanges = object.if_contains("exchanges")) {
    const json::array& all = exchanges->as_array();
    for (size_t i = 0; i < all.size(); ++i)
      cassette.exchanges.push_back(ParseExchange(all[i], "exchanges[" + std::to_string(i) + "]"));
  }
  if (const auto* files = object.if_contains("files")) cassette.files = TextMap(*files);
  if (const auto* documents = object.if_contains("documents")) cassette.documents = TextMap(*documents);
  if (const auto* requests = object.if_contains("requests")) {
    for (const auto& member : requests->as_object())
      cassette.requests[std::string(member.key())] = json::serialize(member.value());
  }
  if (const auto* expected = object.if_contains("expected")) {
    for (const auto& member : expected->as_object()) {
      std::set<std::string>& keys = cassette.expected[std::string(member.key())];
      for (const json::value& key : member.value().as_array()) keys.insert(Text(key));
    }
  }
  if (const auto* replies = object.if_contains("replies")) cassette.replies = TextMap(*replies);
  if (const auto* cursors = object.if_contains("cursors")) ParseCursors(*cursors, cassette);
}

bool SameQuery(const std::multimap<std::string, std::string>& wanted, const pb::HttpRequest& request) {
  std::multimap<std::string, std::string> asked;
  for (const pb::QueryParameter& parameter : request.query()) asked.emplace(parameter.name(), parameter.value());
  return std::equal(wanted.begin(), wanted.end(), asked.begin(), asked.end(), [](const auto& a, const auto& b) {
    return a.first == b.first && (a.second == kAnything || a.second == b.second);
  });
}

}  // namespace

CassetteReading ParseCassette(const std::string& text) {
  CassetteReading reading;
  reading.cassette.config.set_account_id("conformance");
  reading.cassette.config.set_user_agent("quayside-conformance");
  try {
    Parse(json::parse(text).as_object(), reading.cassette);
  } catch (const std::exception& e) {
    reading.problem = e.what();
  }
  return reading;
}

bool Matches(const Exchange& exchange, const pb::HttpRequest& request) {
  return exchange.method == request.method() && exchange.origin == request.origin() &&
         exchange.path == request.path() && SameQuery(exchange.query, request) &&
         (!exchange.body || *exchange.body == request.body());
}

bool IsSameRequest(const Exchange& a, const Exchange& b) {
  return a.method == b.method && a.origin == b.origin && a.path == b.path && a.query == b.query && a.body == b.body;
}

std::string Describe(const pb::HttpRequest& request) {
  std::string text = request.method() + " " + request.origin() + " " + request.path();
  char separator = '?';
  for (const pb::QueryParameter& parameter : request.query()) {
    text += separator + parameter.name() + "=" + parameter.value();
    separator = '&';
  }
  return text;
}

}  // namespace quayside::conformance
