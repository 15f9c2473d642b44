#include "quayside/testing/fake_host.h"

#include <utility>

#include "src/bytes.h"

namespace quayside::sdk::testing {

FakeHost::FakeHost()
    : host_{sizeof(qs_host), QS_ABI_MINOR, this, &FakeHost::InvokeThunk},
      call_{sizeof(qs_call), 0, 1, "", "", now_us_ + 60'000'000, {nullptr, 0}},
      step_(host_, call_) {}

qs_status FakeHost::InvokeThunk(void* ctx, uint64_t, const char* service, qs_bytes request, qs_sink* reply) {
  const std::string bytes =
      request.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(request.data), request.size);
  return static_cast<FakeHost*>(ctx)->Invoke(service, bytes, reply);
}

qs_status FakeHost::Invoke(const std::string& service, const std::string& request, qs_sink* reply) {
  if (service == "http/1") {
    pb::HttpRequest parsed;
    if (!parsed.ParseFromString(request)) return QS_INVALID;
    requests_.push_back(parsed);
    auto answer = handler_ ? handler_(parsed)
                           : Result<pb::HttpReply>(Error::RetryAt(0, "HTTP_FAILED", "no handler in the fake host"));
    if (answer.ok()) return internal::WriteTo(reply, answer.value()) ? QS_OK : QS_INTERNAL;
    internal::WriteTo(reply, internal::EncodeError(answer.error()));
    return answer.error().status;
  }
  if (service == "document/1") return Document(request, reply);
  if (service == "transfer/1") return Transfer(request, reply);
  if (service == "sign/1") return Sign(request, reply);
  if (service == "clock/1") {
    pb::ClockReply clock;
    clock.set_now_us(now_us_);
    return internal::WriteTo(reply, clock) ? QS_OK : QS_INTERNAL;
  }
  if (service == "step/1") {
    pb::StepStateReply state;
    state.set_cancelled(cancelled_);
    state.set_deadline_us(call_.deadline_us);
    return internal::WriteTo(reply, state) ? QS_OK : QS_INTERNAL;
  }
  if (service == "log/1") {
    pb::LogRecord record;
    if (!record.ParseFromString(request)) return QS_INVALID;
    logs_.push_back(record);
    return internal::WriteTo(reply, pb::LogReply()) ? QS_OK : QS_INTERNAL;
  }
  return QS_UNSUPPORTED;
}

qs_status FakeHost::Sign(const std::string& request, qs_sink* reply) const {
  pb::SignRequest parsed;
  if (!parsed.ParseFromString(request)) return QS_INVALID;
  pb::SignReply text;
  text.set_signature(parsed.algorithm() + " of " + parsed.data() + " with " + parsed.secret());
  auto answer = sign_handler_ ? sign_handler_(parsed) : Result<pb::SignReply>(std::move(text));
  if (answer.ok()) return internal::WriteTo(reply, answer.value()) ? QS_OK : QS_INTERNAL;
  internal::WriteTo(reply, internal::EncodeError(answer.error()));
  return answer.error().status;
}

qs_status FakeHost::Document(const std::string& request, qs_sink* reply) {
  pb::DocumentRequest parsed;
  if (!parsed.ParseFromString(request)) return QS_INVALID;
  auto answer = Document(parsed);
  if (answer.ok()) return internal::WriteTo(reply, answer.value()) ? QS_OK : QS_INTERNAL;
  internal::WriteTo(reply, internal::EncodeError(answer.error()));
  return answer.error().status;
}

Result<pb::DocumentReply> FakeHost::Document(const pb::DocumentRequest& request) {
  pb::DocumentReply reply;
  switch (request.request_case()) {
    case pb::DocumentRequest::kFetch: {
      QS_TRY(*reply.mutable_fetch(), Fetch(request.fetch()));
      return reply;
    }
    case pb::DocumentRequest::kRead: {
      QS_TRY(*reply.mutable_read(), Read(request.read()));
      return reply;
    }
    case pb::DocumentRequest::kSend: {
      sent_.push_back(request.send());
      if (!send_handler_) return Error::RetryAt(0, "HTTP_FAILED", "no send handler in the fake host");
      QS_TRY(*reply.mutable_send(), send_handler_(request.send()));
      return reply;
    }
    case pb::DocumentRequest::kRelease:
      documents_.erase(request.release().name());
      reply.mutable_release();
      return reply;
    case pb::DocumentRequest::REQUEST_NOT_SET:
      break;
  }
  return Error::Invalid("INVALID_ARGUMENT", "the document request is empty");
}

Result<pb::FetchedDocument> FakeHost::Fetch(const pb::FetchDocument& request) {
  pb::FetchedDocument reply;
  if (!documents_.contains(request.name())) {
    if (!fetch_handler_) return Error::RetryAt(0, "HTTP_FAILED", "no fetch handler in the fake host");
    QS_TRY(FetchedBytes served, fetch_handler_(request));
    reply.set_http_status(served.http_status);
    if (served.http_status != 200) return reply;
    documents_[request.name()] = std::move(served.bytes);
  }
  reply.set_http_status(200);
  reply.set_size(static_cast<int64_t>(documents_[request.name()].size()));
  reply.set_charset(request.default_charset());
  return reply;
}

Result<pb::DocumentChunk> FakeHost::Read(const pb::ReadDocument& request) const {
  const auto document = documents_.find(request.name());
  if (document == documents_.end())
    return Error{QS_NOT_FOUND, "DOCUMENT_NOT_FOUND", "no document " + request.name(), {}};
  const std::string& all = document->second;
  const auto from = static_cast<size_t>(request.offset());
  if (request.offset() < 0 || from > all.size())
    return Error::Invalid("INVALID_ARGUMENT", "the offset does not lie within the document", "offset");
  const size_t most = request.max_bytes() > 0 ? static_cast<size_t>(request.max_bytes()) : size_t{1} << 20;
  std::string data = all.substr(from, most);
  if (request.whole_lines() && from + data.size() < all.size()) {
    if (const size_t end = data.rfind('\n'); end != std::string::npos) data.resize(end + 1);
  }
  pb::DocumentChunk chunk;
  chunk.set_next_offset(static_cast<int64_t>(from + data.size()));
  chunk.set_end(from + data.size() == all.size());
  chunk.set_data(std::move(data));
  return chunk;
}

pb::HttpReply Json(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers) {
  pb::HttpReply reply;
  reply.set_status(status);
  reply.set_body(std::move(body));
  for (auto& [name, value] : headers) {
    pb::Header* header = reply.add_headers();
    header->set_name(std::move(name));
    header->set_value(std::move(value));
  }
  return reply;
}

}  // namespace quayside::sdk::testing
