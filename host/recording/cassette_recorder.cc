#include "host/recording/cassette_recorder.h"

#include <algorithm>

#include "host/base/utf8.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

constexpr size_t kMostExchanges = 10'000;
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr char kAnything[] = "*";

// Of these a plugin may read what it needs; the others are the marketplace's own affairs, and change with every answer.
bool IsKeptHeader(const std::string& name) {
  for (const char* kept : {"content-type", "content-language", "etag", "last-modified", "link", "location"}) {
    if (name == kept) return true;
  }
  return name.find("page") != std::string::npos || name.find("total") != std::string::npos;
}

bool SaysNotNow(int status) { return status == 429 || status >= 500; }

void AddParameter(json::object& query, const std::string& name, const std::string& value) {
  json::value* there = query.if_contains(name);
  if (there == nullptr) {
    query[name] = value;
  } else if (there->is_array()) {
    there->get_array().emplace_back(value);
  } else {
    *there = json::array{*there, value};
  }
}

}  // namespace

json::object CassetteRecorder::RequestOf(const pb::HttpRequest& request, Tell tell) {
  json::object recorded{{"method", request.method()}, {"origin", request.origin()}, {"path", request.path()}};
  json::object query;
  for (const pb::QueryParameter& parameter : request.query()) {
    // What may not be kept is matched by anything.
    const bool kept = redactor_.Value(parameter.name(), parameter.value()) == parameter.value();
    AddParameter(query, parameter.name(), kept ? parameter.value() : kAnything);
  }
  if (!query.empty()) recorded["query"] = std::move(query);
  if (tell == Tell::kAddressAndBody && !request.body().empty() && IsUtf8(request.body())) {
    // Byte by byte, so it is kept as it is or not at all.
    const Redactor::Body body = redactor_.RedactedBody(request.body());
    boost::system::error_code error;
    const json::value plain = json::parse(request.body(), error);
    const bool same = error ? body.text == request.body() : body.text == json::serialize(plain);
    if (same) recorded["body"] = request.body();
  }
  return recorded;
}

json::object CassetteRecorder::ReplyOf(const pb::HttpReply& reply) {
  json::object recorded{{"status", reply.status()}};
  json::object headers;
  for (const pb::Header& header : reply.headers()) {
    if (IsKeptHeader(header.name())) headers[header.name()] = redactor_.Value(header.name(), header.value());
  }
  if (!headers.empty()) recorded["headers"] = std::move(headers);
  if (reply.server_time_us() != 0) recorded["server_time_us"] = reply.server_time_us();
  if (reply.body().empty()) return recorded;
  const Redactor::Body body = redactor_.RedactedBody(reply.body());
  boost::system::error_code error;
  json::value value = json::parse(body.text, error);
  if (!error && value.is_structured()) {
    recorded["json"] = std::move(value);
  } else {
    recorded["body"] = body.text;
  }
  if (!body.judged) ++unjudged_;
  return recorded;
}

void CassetteRecorder::Add(const pb::HttpRequest& request, const pb::HttpReply& reply, Tell tell) {
  if (SaysNotNow(reply.status())) return;
  const std::lock_guard lock(mutex_);
  if (redactor_.Text(request.path()) != request.path()) {
    left_out_.insert(request.method() + " " + request.origin() + ": the path holds an address, a number or a secret");
    return;
  }
  for (const pb::QueryParameter& parameter : request.query()) {
    if (redactor_.Text(parameter.name()) == parameter.name()) continue;
    left_out_.insert(request.method() + " " + request.origin() + " " + request.path() +
                     ": a parameter's name holds an address, a number or a secret");
    return;
  }
  if (!IsUtf8(reply.body())) {
    left_out_.insert(request.method() + " " + request.origin() + " " + request.path() + ": the body is no UTF-8 text");
    return;
  }
  json::object exchange{{"request", RequestOf(request, tell)}, {"reply", ReplyOf(reply)}};
  const json::value& asked = exchange.at("request");
  for (auto before = exchanges_.rbegin(); before != exchanges_.rend(); ++before) {
    if (before->at("request") != asked) continue;
    // The last of them stays: that answer again says nothing more.
    if (before->at("reply") == exchange.at("reply")) return;
    break;
  }
  const size_t bytes = json::serialize(exchange).size();
  if (exchanges_.size() >= kMostExchanges || bytes_ + bytes > kMostBytes) {
    left_out_.insert("what came behind 10,000 exchanges or 64 MiB");
    return;
  }
  bytes_ += bytes;
  exchanges_.push_back(std::move(exchange));
}

json::array CassetteRecorder::Exchanges() const {
  const std::lock_guard lock(mutex_);
  return exchanges_;
}

size_t CassetteRecorder::size() const {
  const std::lock_guard lock(mutex_);
  return exchanges_.size();
}

std::set<std::string> CassetteRecorder::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

int64_t CassetteRecorder::unjudged() const {
  const std::lock_guard lock(mutex_);
  return unjudged_;
}

std::map<std::string, int64_t> CassetteRecorder::hidden() const {
  const std::lock_guard lock(mutex_);
  return redactor_.hidden();
}

}  // namespace quayside
