#include "sdk/conformance/world.h"

#include <algorithm>
#include <utility>

#include "sdk/src/bytes.h"

namespace quayside::conformance {
namespace {

using sdk::Error;
using sdk::Result;
using sdk::internal::ReplyBuffer;
using sdk::internal::TextOf;

constexpr int64_t kStepUs = 60'000'000;
constexpr char kGarbage[] = "\x0a\x7fno message";

qs_status AnswerError(qs_sink* reply, const Error& error) {
  sdk::internal::WriteTo(reply, sdk::internal::EncodeError(error));
  return error.status;
}

// Each at most once: a loop that does it again says nothing more.
void AddOnce(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

template <typename Declared>
bool HasName(const Declared& declared, const std::string& name) {
  return std::any_of(declared.begin(), declared.end(), [&](const auto& one) { return one.name() == name; });
}

std::string PlaceOf(const pb::TransferRequest& request) {
  switch (request.request_case()) {
    case pb::TransferRequest::kList:
      return request.list().place();
    case pb::TransferRequest::kFetch:
      return request.fetch().place();
    case pb::TransferRequest::kPut:
      return request.put().place();
    case pb::TransferRequest::kMove:
      return request.move().place();
    case pb::TransferRequest::kRemove:
      return request.remove().place();
    case pb::TransferRequest::REQUEST_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

std::string NameOf(Fault fault) {
  switch (fault) {
    case Fault::kRetry:
      return "retry";
    case Fault::kLost:
      return "done, answer lost";
    case Fault::kUnknown:
      return "not done, nobody knows";
    case Fault::kDeadline:
      return "deadline";
    case Fault::kInternal:
      return "internal";
    case Fault::kGarbage:
      return "garbage";
  }
  return "?";
}

World::World(const Bundle& bundle, const Cassette& cassette)
    : bundle_(bundle),
      cassette_(cassette),
      host_{sizeof(qs_host), QS_ABI_MINOR, this, &World::InvokeThunk},
      played_(cassette.exchanges.size()) {
  fake_.SetNow(cassette.now_us);
  SetDeadline(cassette.now_us + kStepUs);
  fake_.files() = cassette.files;
  fake_.OnHttp([this](const pb::HttpRequest& request) { return Answer(request); });
  fake_.OnFetch([this](const pb::FetchDocument& request) -> Result<sdk::testing::FetchedBytes> {
    ++documents_asked_;
    if (auto fault = document_fault_ ? document_fault_() : std::nullopt) return *std::move(fault);
    const auto found = cassette_.documents.find(request.url());
    if (found != cassette_.documents.end()) return sdk::testing::FetchedBytes{200, found->second};
    unanswered_.insert("the document at " + request.url());
    return Error::RetryAt(0, "HTTP_FAILED", "the cassette has no such document");
  });
  fake_.OnSend([this](const pb::SendDocument& request) -> Result<pb::SentDocument> {
    ++documents_asked_;
    if (auto fault = document_fault_ ? document_fault_() : std::nullopt) return *std::move(fault);
    written_.insert("PUT " + request.url() + "\n" + request.body());
    pb::SentDocument sent;
    sent.set_http_status(200);
    return sent;
  });
}

void World::AdvanceTo(int64_t time_us) {
  fake_.SetNow(std::max(fake_.now(), time_us));
  SetDeadline(fake_.now() + kStepUs);
}

void World::SetDeadline(int64_t deadline_us) {
  deadline_us_ = deadline_us;
  fake_.SetDeadline(deadline_us);
}

void World::SetCall(uint64_t call_id) { call_id_ = call_id; }

void World::FailNth(int n, Fault fault, std::string services) { planned_ = Planned{n, fault, std::move(services)}; }

Result<pb::HttpReply> World::Answer(const pb::HttpRequest& request) {
  std::optional<size_t> answer;
  for (size_t i = 0; i < cassette_.exchanges.size(); ++i) {
    // The first that matches, and those that were recorded for the very same request, in turn.
    const Exchange& exchange = cassette_.exchanges[i];
    if (!Matches(exchange, request) || (answer && !IsSameRequest(exchange, cassette_.exchanges[*answer]))) continue;
    answer = i;
    if (played_[i] == 0) break;
  }
  if (!answer && change_) return change_(pb::HttpReply());
  if (!answer) {
    unanswered_.insert(Describe(request));
    return Error::RetryAt(0, "HTTP_FAILED", "the cassette has no answer to " + Describe(request));
  }
  ++played_[*answer];
  const pb::HttpReply& reply = cassette_.exchanges[*answer].reply;
  if (change_) return change_(reply);
  if (request.method() != "GET" && request.method() != "HEAD" && reply.status() < 400)
    written_.insert(Describe(request) + "\n" + request.body());
  return reply;
}

std::vector<std::string> World::violations() const {
  std::vector<std::string> all = violations_;
  if (foreign_thread_) all.emplace_back("a service was invoked on another thread than the call's");
  return all;
}

size_t World::exchanges() const {
  return fake_.requests().size() + fake_.transfers().size() + static_cast<size_t>(documents_asked_);
}

std::set<std::string> World::Effects(bool names) const {
  std::set<std::string> effects = written_;
  for (const auto& [path, bytes] : fake_.files()) {
    const auto before = cassette_.files.find(path);
    if (before != cassette_.files.end() && before->second == bytes) continue;
    effects.insert("file " + (names ? path : path.substr(0, path.find('/'))) + "\n" + bytes);
  }
  return effects;
}

std::string World::HttpDenial(const pb::HttpRequest& request) const {
  const pb::Manifest& manifest = bundle_.manifest;
  if (!HasName(manifest.origins(), request.origin()))
    return "http/1: the manifest declares no origin '" + request.origin() + "'";
  if (request.path().empty() || request.path().front() != '/')
    return "http/1: the path '" + request.path() + "' does not begin with '/'";
  const auto& limits = manifest.rate_limits();
  if (!request.operation().empty() && std::none_of(limits.begin(), limits.end(), [&](const pb::RateLimit& limit) {
        return limit.operation() == request.operation();
      }))
    return "http/1: rate_limits declares no operation '" + request.operation() + "'";
  for (const pb::CredentialUse& use : request.credentials()) {
    const auto& credentials = manifest.credentials();
    const auto found = std::find_if(credentials.begin(), credentials.end(),
                                    [&](const pb::Credential& one) { return one.name() == use.name(); });
    if (found == credentials.end()) return "http/1: the manifest declares no credential '" + use.name() + "'";
    const auto& origins = found->origins();
    if (std::find(origins.begin(), origins.end(), request.origin()) == origins.end())
      return "http/1: credential '" + use.name() + "' may not go to origin '" + request.origin() + "'";
  }
  return {};
}

std::string World::Denial(const std::string& service, const std::string& request) const {
  if (service == "http/1") {
    pb::HttpRequest parsed;
    return parsed.ParseFromString(request) ? HttpDenial(parsed) : "http/1: the request is no HttpRequest";
  }
  if (service == "transfer/1") {
    pb::TransferRequest parsed;
    if (!parsed.ParseFromString(request)) return "transfer/1: the request is no TransferRequest";
    const std::string place = PlaceOf(parsed);
    return HasName(bundle_.manifest.places(), place) ? std::string()
                                                     : "transfer/1: the manifest declares no place '" + place + "'";
  }
  if (service == "sign/1") {
    pb::SignRequest parsed;
    if (!parsed.ParseFromString(request)) return "sign/1: the request is no SignRequest";
    for (const pb::Secret& secret : bundle_.manifest.secrets()) {
      const auto& algorithms = secret.sign_algorithms();
      if (secret.name() == parsed.secret() &&
          std::find(algorithms.begin(), algorithms.end(), parsed.algorithm()) != algorithms.end())
        return {};
    }
    return "sign/1: the manifest does not let secret '" + parsed.secret() + "' sign by '" + parsed.algorithm() + "'";
  }
  return {};
}

qs_status World::InvokeThunk(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  return static_cast<World*>(ctx)->Invoke(call_id, service, request, reply);
}

qs_status World::Fail(Fault fault, const char* service, qs_bytes request, qs_sink* reply) {
  const std::string where = std::string(service) + " fails on purpose";
  switch (fault) {
    case Fault::kRetry:
      return AnswerError(reply, Error::RetryAt(fake_.now() + 1'000'000, "HTTP_FAILED", where));
    case Fault::kDeadline:
      return AnswerError(reply, {QS_DEADLINE, "STEP_DEADLINE", where, {}});
    case Fault::kUnknown:
      return AnswerError(reply, {QS_UNKNOWN, "ANSWER_LOST", where, {}});
    case Fault::kLost: {
      ReplyBuffer lost;  // what the plugin was meant to have
      qs_sink sink = lost.sink();
      fake_.abi().invoke(fake_.abi().ctx, 1, service, request, &sink);
      return AnswerError(reply, {QS_UNKNOWN, "ANSWER_LOST", where, {}});
    }
    case Fault::kGarbage: {
      const std::string_view bytes(kGarbage);
      uint8_t* room = reply->reserve(reply->ctx, bytes.size());
      if (room != nullptr) std::copy(bytes.begin(), bytes.end(), room);
      return QS_OK;
    }
    case Fault::kInternal:
      break;
  }
  return QS_INTERNAL;
}

qs_status World::Invoke(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  // Another thread's call is refused by Serve; the listener belongs to this one.
  if (!listener_ || service == nullptr || std::this_thread::get_id() != thread_)
    return Serve(call_id, service, request, reply);
  ReplyBuffer kept;
  qs_sink sink = kept.sink();
  const qs_status status = Serve(call_id, service, request, &sink);
  const std::string_view bytes = kept.bytes();
  Tell({service, true, std::string(TextOf(request)), status, std::string(bytes)});
  uint8_t* room = reply->reserve(reply->ctx, bytes.size());
  if (room == nullptr && !bytes.empty()) return QS_INTERNAL;
  std::copy(bytes.begin(), bytes.end(), room);
  return status;
}

qs_status World::Serve(uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply) {
  if (std::this_thread::get_id() != thread_) {
    foreign_thread_ = true;  // all else here belongs to the call's thread
    return QS_INVALID;
  }
  if (service == nullptr || call_id_ == 0 || call_id != call_id_) {
    AddOnce(violations_, service == nullptr ? "a service without a name was invoked"
                         : call_id_ == 0    ? std::string(service) + " was invoked while no call was under way"
                                            : std::string(service) + " was invoked with the id of another call");
    return QS_INVALID;
  }
  ++invocations_;
  if (invocations_ == before_nth_.first && before_nth_.second) before_nth_.second();
  if (std::string denial = Denial(service, std::string(TextOf(request))); !denial.empty()) {
    AddOnce(violations_, denial);
    return AnswerError(reply, {QS_DENIED, "NOT_DECLARED", denial, {}});
  }
  if (planned_ && std::string(service).rfind(planned_->services, 0) == 0 && --planned_->n == 0) {
    const Fault fault = planned_->fault;
    planned_.reset();
    return Fail(fault, service, request, reply);
  }
  const qs_status status = fake_.abi().invoke(fake_.abi().ctx, 1, service, request, reply);
  if (status == QS_UNSUPPORTED) AddOnce(violations_, "the host has no service '" + std::string(service) + "'");
  return status;
}

}  // namespace quayside::conformance
