// A host for unit tests of a plugin: answers HTTP from a handler, keeps the clock, the log and every request. No
// sockets, no threads.
//
//   FakeHost host;
//   host.OnHttp([](const pb::HttpRequest& rq) { return Json(200, R"({"orders":[]})"); });
//   auto shop = Shop::Create(config);
//   auto reply = shop.value()->PullOrders(request, host.step());
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quayside/sdk.h"

namespace quayside::sdk::testing {

// What a presigned address serves in a test: text that is unpacked and UTF-8 already (both are the host's work).
struct FetchedBytes {
  int http_status = 200;
  std::string bytes;
};

class FakeHost {
 public:
  using HttpHandler = std::function<Result<pb::HttpReply>(const pb::HttpRequest&)>;
  // Answers what a presigned address serves: status, Content-Type, body (unpacked UTF-8).
  using FetchHandler = std::function<Result<FetchedBytes>(const pb::FetchDocument&)>;
  using SendHandler = std::function<Result<pb::SentDocument>(const pb::SendDocument&)>;

  FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // Without a handler every request fails like a broken line (QS_RETRY, HTTP_FAILED).
  void OnHttp(HttpHandler handler) { handler_ = std::move(handler); }
  // Without handlers documents fail like a broken line.
  void OnFetch(FetchHandler handler) { fetch_handler_ = std::move(handler); }
  void OnSend(SendHandler handler) { send_handler_ = std::move(handler); }
  // Without a handler a signature is "ALGORITHM of DATA with SECRET", whatever the encoding.
  using SignHandler = std::function<Result<pb::SignReply>(const pb::SignRequest&)>;
  void OnSign(SignHandler handler) { sign_handler_ = std::move(handler); }
  // Files at places: "place/path/of/file" -> bytes, UTF-8. A folder is there as soon as a file lies in it. A file's
  // "SHA-256" is another hash of its bytes, as long.
  [[nodiscard]] std::map<std::string, std::string>& files() { return files_; }
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }
  // When they were last written, by the same names; of a file that is not here it is not told.
  [[nodiscard]] std::map<std::string, int64_t>& file_times() { return file_times_; }
  // Asked before each request of transfer/1: an Error is its answer, and nothing happens.
  using TransferFault = std::function<std::optional<Error>(const pb::TransferRequest&)>;
  void OnTransfer(TransferFault fault) { transfer_fault_ = std::move(fault); }
  [[nodiscard]] const std::vector<pb::TransferRequest>& transfers() const { return transfers_; }
  // Documents kept, by name; a test may drop one to play a host that lost it.
  [[nodiscard]] std::map<std::string, std::string>& documents() { return documents_; }
  [[nodiscard]] const std::vector<pb::SendDocument>& sent() const { return sent_; }
  void SetNow(int64_t now_us) { now_us_ = now_us; }
  void SetDeadline(int64_t deadline_us) { call_.deadline_us = deadline_us; }
  [[nodiscard]] int64_t now() const { return now_us_; }
  void Cancel() { cancelled_ = true; }

  // The services of the one call that is always under way.
  [[nodiscard]] Step& step() { return step_; }
  [[nodiscard]] const qs_host& abi() const { return host_; }
  [[nodiscard]] const std::vector<pb::HttpRequest>& requests() const { return requests_; }
  [[nodiscard]] const std::vector<pb::LogRecord>& logs() const { return logs_; }

 private:
  static qs_status InvokeThunk(void* ctx, uint64_t call_id, const char* service, qs_bytes request, qs_sink* reply);
  qs_status Invoke(const std::string& service, const std::string& request, qs_sink* reply);

  qs_status Document(const std::string& request, qs_sink* reply);
  Result<pb::DocumentReply> Document(const pb::DocumentRequest& request);
  Result<pb::FetchedDocument> Fetch(const pb::FetchDocument& request);
  Result<pb::DocumentChunk> Read(const pb::ReadDocument& request) const;

  qs_status Sign(const std::string& request, qs_sink* reply) const;
  qs_status Transfer(const std::string& request, qs_sink* reply);
  Result<pb::TransferReply> Transfer(const pb::TransferRequest& request);
  [[nodiscard]] pb::ListedFiles ListFiles(const pb::ListFiles& request) const;
  Result<pb::FetchedFile> FetchFile(const pb::FetchFile& request);
  Result<pb::MovedFile> MoveFile(const pb::MoveFile& request);

  HttpHandler handler_;
  FetchHandler fetch_handler_;
  SendHandler send_handler_;
  SignHandler sign_handler_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> files_;
  std::map<std::string, int64_t> file_times_;
  TransferFault transfer_fault_;
  std::vector<pb::TransferRequest> transfers_;
  std::vector<pb::SendDocument> sent_;
  int64_t now_us_ = 1'790'000'000'000'000;
  bool cancelled_ = false;
  std::vector<pb::HttpRequest> requests_;
  std::vector<pb::LogRecord> logs_;
  qs_host host_;
  qs_call call_;
  Step step_;
};

// Replies for handlers. Header names are lower case.
pb::HttpReply Json(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {});

}  // namespace quayside::sdk::testing
