#include "tests/engine_world/sim_transport.h"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

constexpr DurationUs kLatencyUs = 30 * kMillisecondUs;
constexpr size_t kPiece = 64 << 10;

std::string TargetOf(const std::string& url) {
  const size_t host = url.find("://");
  const size_t path = host == std::string::npos ? std::string::npos : url.find('/', host + 3);
  return path == std::string::npos ? "/" : url.substr(path);
}

absl::Status AnswerLost(const char* why) {
  return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown, why);
}

absl::Status Feed(BodySink& sink, const HttpAnswer& head, const amazon_sim::Response& response) {
  QS_RETURN_IF_ERROR(sink.Begin(head));
  if (!response.stream) return sink.Add(response.body);
  for (uint64_t offset = 0; offset < response.stream->size(); offset += kPiece)
    QS_RETURN_IF_ERROR(sink.Add(response.stream->Read(offset, kPiece)));
  return absl::OkStatus();
}

}  // namespace

void SimTransport::AdvanceLocked(DurationUs duration) {
  clock_.Advance(duration);
  simulator_.clock().Advance(duration);
  simulator_.Tick();
}

void SimTransport::Advance(DurationUs duration) {
  const std::lock_guard<std::mutex> guard(mutex_);
  AdvanceLocked(duration);
}

absl::StatusOr<HttpAnswer> SimTransport::Send(const HttpExchange& exchange) {
  const std::lock_guard<std::mutex> guard(mutex_);
  ++calls_;
  AdvanceLocked(kLatencyUs);
  if (static_cast<int>(rng_.Below(1000)) < refused_per_thousand_.load()) {
    ++failed_;
    ++refused_;
    return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed, "connection refused");
  }
  amazon_sim::Request request{.method = exchange.method, .target = TargetOf(exchange.url), .body = exchange.body};
  request.headers.assign(exchange.headers.begin(), exchange.headers.end());
  auto answer = Carry(exchange, simulator_.Handle(request));
  if (!answer.ok()) ++failed_;
  return answer;
}

absl::StatusOr<HttpAnswer> SimTransport::Carry(const HttpExchange& exchange, amazon_sim::Response response) const {
  const amazon_sim::Transport& how = response.transport;
  if (how.drop) return AnswerLost("the connection was closed without an answer");
  if (how.drop_after_body >= 0) return AnswerLost("the answer was cut off");
  const auto pieces =
      how.drip_bytes == 0 ? int64_t{0} : static_cast<int64_t>(response.body_size() / how.drip_bytes) * how.drip_ms;
  if ((how.delay_ms + pieces) * kMillisecondUs > exchange.timeout_us) return AnswerLost("the answer took too long");
  const auto size = static_cast<int64_t>(response.body_size() + how.filler_bytes + how.tail.size());
  if (size > exchange.max_response_bytes) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kResponseTooLarge, "the answer is too large");
  }
  HttpAnswer answer{.status = response.status};
  for (auto& [name, value] : response.headers)
    answer.headers.emplace_back(absl::AsciiStrToLower(name), std::move(value));
  answer.headers.emplace_back("content-length", Concat(size));  // the wire's, as a server would state it
  if (exchange.sink != nullptr) {
    QS_RETURN_IF_ERROR(Feed(*exchange.sink, answer, response));
    return answer;
  }
  answer.body = response.stream ? amazon_sim::ReadAll(*response.stream) : std::move(response.body);
  answer.body += std::string(how.filler_bytes, ' ') + how.tail;
  return answer;
}

boost::json::value SimTransport::Control(amazon_sim::Request request) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const amazon_sim::Response response = simulator_.Handle(request);
  if (response.status != 200) throw std::runtime_error(request.target + ": " + response.body);
  return boost::json::parse(response.body);
}

boost::json::value SimTransport::Look(const std::string& what) { return Control({"GET", "/sim/v1/" + what, {}, {}}); }

boost::json::value SimTransport::Act(const std::string& command, const boost::json::object& arguments) {
  return Control({"POST", "/sim/v1/" + command, {}, boost::json::serialize(arguments)});
}

}  // namespace quayside
