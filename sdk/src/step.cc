#include "quayside/step.h"

#include "src/bytes.h"

namespace quayside::sdk {

template <typename Reply, typename Request>
Result<Reply> Step::Invoke(const char* service, const Request& request) {
  const std::string bytes = request.SerializeAsString();
  internal::ReplyBuffer answer;
  qs_sink sink = answer.sink();
  const qs_status status = host_.invoke(host_.ctx, call_.call_id, service, internal::BytesOf(bytes), &sink);
  if (status != QS_OK) return internal::DecodeError(status, answer.bytes(), service);
  Reply reply;
  if (!internal::ReadFrom(answer.bytes(), reply))
    return Error::Internal(std::string("unreadable answer of service ") + service);
  return reply;
}

Result<pb::HttpReply> Step::Http(const pb::HttpRequest& request) { return Invoke<pb::HttpReply>("http/1", request); }

Result<pb::DocumentReply> Step::Document(const pb::DocumentRequest& request) {
  QS_TRY(pb::DocumentReply reply, Invoke<pb::DocumentReply>("document/1", request));
  // The member of the reply has the number of the request's.
  if (static_cast<int>(reply.reply_case()) != static_cast<int>(request.request_case()))
    return Error::Internal("document/1 answered something else than was asked");
  return reply;
}

Result<pb::FetchedDocument> Step::Fetch(const pb::FetchDocument& request) {
  pb::DocumentRequest wrapped;
  *wrapped.mutable_fetch() = request;
  QS_TRY(pb::DocumentReply reply, Document(wrapped));
  return std::move(*reply.mutable_fetch());
}

Result<pb::DocumentChunk> Step::Read(const pb::ReadDocument& request) {
  pb::DocumentRequest wrapped;
  *wrapped.mutable_read() = request;
  QS_TRY(pb::DocumentReply reply, Document(wrapped));
  return std::move(*reply.mutable_read());
}

Result<pb::SentDocument> Step::Send(const pb::SendDocument& request) {
  pb::DocumentRequest wrapped;
  *wrapped.mutable_send() = request;
  QS_TRY(pb::DocumentReply reply, Document(wrapped));
  return std::move(*reply.mutable_send());
}

void Step::Release(const std::string& name) {
  pb::DocumentRequest wrapped;
  wrapped.mutable_release()->set_name(name);
  // What could not be released is removed by its age.
  (void)Document(wrapped);
}

Result<pb::TransferReply> Step::Transfer(const pb::TransferRequest& request) {
  QS_TRY(pb::TransferReply reply, Invoke<pb::TransferReply>("transfer/1", request));
  // The member of the reply has the number of the request's.
  if (static_cast<int>(reply.reply_case()) != static_cast<int>(request.request_case()))
    return Error::Internal("transfer/1 answered something else than was asked");
  return reply;
}

Result<pb::ListedFiles> Step::ListFiles(const pb::ListFiles& request) {
  pb::TransferRequest wrapped;
  *wrapped.mutable_list() = request;
  QS_TRY(pb::TransferReply reply, Transfer(wrapped));
  return std::move(*reply.mutable_list());
}

Result<pb::FetchedFile> Step::FetchFile(const pb::FetchFile& request) {
  pb::TransferRequest wrapped;
  *wrapped.mutable_fetch() = request;
  QS_TRY(pb::TransferReply reply, Transfer(wrapped));
  return std::move(*reply.mutable_fetch());
}

Result<pb::StoredFile> Step::PutFile(const pb::PutFile& request) {
  pb::TransferRequest wrapped;
  *wrapped.mutable_put() = request;
  QS_TRY(pb::TransferReply reply, Transfer(wrapped));
  return std::move(*reply.mutable_put());
}

Result<pb::MovedFile> Step::MoveFile(const pb::MoveFile& request) {
  pb::TransferRequest wrapped;
  *wrapped.mutable_move() = request;
  QS_TRY(pb::TransferReply reply, Transfer(wrapped));
  return std::move(*reply.mutable_move());
}

Result<pb::RemovedFile> Step::RemoveFile(const pb::RemoveFile& request) {
  pb::TransferRequest wrapped;
  *wrapped.mutable_remove() = request;
  QS_TRY(pb::TransferReply reply, Transfer(wrapped));
  return std::move(*reply.mutable_remove());
}

Result<std::string> Step::Sign(const pb::SignRequest& request) {
  QS_TRY(pb::SignReply reply, Invoke<pb::SignReply>("sign/1", request));
  return std::move(*reply.mutable_signature());
}

int64_t Step::NowUs() {
  auto reply = Invoke<pb::ClockReply>("clock/1", pb::ClockRequest());
  // A host without a clock is none: the deadline is the best bound left.
  return reply.ok() ? reply.value().now_us() : call_.deadline_us;
}

bool Step::Cancelled() {
  auto reply = Invoke<pb::StepStateReply>("step/1", pb::StepStateRequest());
  return !reply.ok() || reply.value().cancelled();
}

void Step::Info(std::string_view message, LogFields fields) { Log(pb::LogRecord::SEVERITY_INFO, message, fields); }
void Step::Warning(std::string_view message, LogFields fields) {
  Log(pb::LogRecord::SEVERITY_WARNING, message, fields);
}

void Step::Log(pb::LogRecord::Severity severity, std::string_view message, LogFields fields) {
  pb::LogRecord record;
  record.set_severity(severity);
  record.set_message(std::string(message));
  for (const auto& [key, value] : fields) (*record.mutable_fields())[key] = value;
  // A lost log line must not fail a step.
  (void)Invoke<pb::LogReply>("log/1", record);
}

}  // namespace quayside::sdk
