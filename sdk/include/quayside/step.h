// Step: the services a call may use. It dies with the call; nothing of it can be kept.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "quayside/plugin.h"
#include "quayside/plugin/v1/services.pb.h"
#include "quayside/result.h"

namespace quayside::sdk {

namespace pb = ::quayside::plugin::v1;

using LogFields = std::initializer_list<std::pair<const char*, std::string>>;

// [worker] One thread, the one of the call.
class Step {
 public:
  Step(const qs_host& host, const qs_call& call) : host_(host), call_(call) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  // One HTTP exchange on the account's behalf; see HttpRequest. Any HTTP status is a reply; an Error means there was no
  // answer, or that nothing was sent (no allowance left, origin not declared).
  [[nodiscard]] Result<pb::HttpReply> Http(const pb::HttpRequest& request);
  // Documents at presigned addresses: see DocumentRequest for what each does, and for its errors.
  [[nodiscard]] Result<pb::FetchedDocument> Fetch(const pb::FetchDocument& request);
  [[nodiscard]] Result<pb::DocumentChunk> Read(const pb::ReadDocument& request);
  [[nodiscard]] Result<pb::SentDocument> Send(const pb::SendDocument& request);
  // Of a document no longer needed. Best effort: the host removes what is forgotten by its age.
  void Release(const std::string& name);
  // Files at the places of the manifest: see TransferRequest for what each does, and for its errors.
  [[nodiscard]] Result<pb::ListedFiles> ListFiles(const pb::ListFiles& request);
  // Into a document, which Read then reads.
  [[nodiscard]] Result<pb::FetchedFile> FetchFile(const pb::FetchFile& request);
  [[nodiscard]] Result<pb::StoredFile> PutFile(const pb::PutFile& request);
  [[nodiscard]] Result<pb::MovedFile> MoveFile(const pb::MoveFile& request);
  [[nodiscard]] Result<pb::RemovedFile> RemoveFile(const pb::RemoveFile& request);
  // A signature with a secret of the account, which stays with the host: see SignRequest for algorithms and errors.
  [[nodiscard]] Result<std::string> Sign(const pb::SignRequest& request);
  // UTC microseconds.
  [[nodiscard]] int64_t NowUs();
  [[nodiscard]] int64_t deadline_us() const { return call_.deadline_us; }
  // True: return soon with what is there, or QS_CANCELLED.
  [[nodiscard]] bool Cancelled();
  // `message` is constant text; values go into `fields`. No personal data, no secret in either.
  void Info(std::string_view message, LogFields fields = {});
  void Warning(std::string_view message, LogFields fields = {});

 private:
  Result<pb::DocumentReply> Document(const pb::DocumentRequest& request);
  Result<pb::TransferReply> Transfer(const pb::TransferRequest& request);
  template <typename Reply, typename Request>
  Result<Reply> Invoke(const char* service, const Request& request);
  void Log(pb::LogRecord::Severity severity, std::string_view message, LogFields fields);

  const qs_host& host_;
  const qs_call& call_;
};

}  // namespace quayside::sdk
