// A folder of a web server: files can be fetched, put and removed there, and neither listed nor renamed.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/document_form.h"
#include "host/net/document_transfer.h"
#include "host/net/http_date.h"
#include "host/net/transfer/folder.h"
#include "host/net/url_text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

constexpr int64_t kMostWebAnswerBytes = 1 << 20;

bool HasHeader(const HttpAnswer& head, std::string_view name) {
  return std::any_of(head.headers.begin(), head.headers.end(),
                     [&](const auto& header) { return header.first == name && header.second != "identity"; });
}

// The body of an answer with status 200 to the sink, of any other nowhere.
class FileBody final : public BodySink {
 public:
  explicit FileBody(FileSink sink) : sink_(sink) {}

  absl::Status Begin(const HttpAnswer& head) override {
    QS_RETURN_IF_ERROR(beginning_.Begin(head));
    if (head.status != 200) return absl::OkStatus();
    // Without a length or chunks half a file looks like all of it.
    if (HasHeader(head, "content-encoding") ||
        (!HasHeader(head, "content-length") && !HasHeader(head, "transfer-encoding"))) {
      return MakeError(absl::StatusCode::kInvalidArgument, Reason::kDocumentUnreadable,
                       "the server packs the file, or states no length, so that its end cannot be seen");
    }
    for (const auto& [name, value] : head.headers) {
      if (name == "last-modified") modified_us_ = ParseHttpDate(value).value_or(0);
    }
    return absl::OkStatus();
  }
  absl::Status Add(std::string_view bytes) override {
    return beginning_.http_status() == 200 ? sink_(bytes) : beginning_.Add(bytes);
  }
  [[nodiscard]] int http_status() const { return beginning_.http_status(); }
  [[nodiscard]] TimeUs modified_us() const { return modified_us_; }

 private:
  FileSink sink_;
  TimeUs modified_us_ = 0;
  AnswerBeginning beginning_{0};
};

class WebFolder final : public Folder {
 public:
  WebFolder(const ResolvedPlace& place, const FolderLogin& login, const std::string& base_url, HttpClient& client,
            TransferLimits limits)
      : server_(ServerOf(place.address)),
        folder_(place.address.folder),
        login_(login),
        base_url_(base_url),
        client_(client),
        limits_(std::move(limits)) {}

  absl::StatusOr<FileList> List(const std::string&, size_t) override {
    return TransferUnsupported(server_, "https cannot list a folder");
  }
  absl::StatusOr<bool> Move(const std::string&, const std::string&) override {
    return TransferUnsupported(server_, "https cannot rename a file");
  }
  absl::StatusOr<TimeUs> Fetch(const std::string& path, int64_t most_bytes, FileSink sink) override;
  absl::StatusOr<bool> Put(const std::string& path, std::string_view body) override;
  absl::Status Remove(const std::string& path) override;

 private:
  [[nodiscard]] HttpExchange MakeExchange(std::string_view method, const std::string& path) const;
  // What an answer means that is not the one hoped for.
  [[nodiscard]] absl::Status Refusal(int status, std::string_view path) const;

  const std::string server_;
  const std::string folder_;
  const FolderLogin& login_;
  const std::string& base_url_;
  HttpClient& client_;
  const TransferLimits limits_;
};

HttpExchange WebFolder::MakeExchange(std::string_view method, const std::string& path) const {
  HttpExchange exchange;
  exchange.method = method;
  exchange.url = base_url_;
  std::string_view rest = std::string_view(folder_);
  const auto append = [&](std::string_view names) {
    while (!names.empty()) {
      const size_t end = std::min(names.find('/'), names.size());
      if (end > 0) exchange.url += Concat("/", PercentEncode(names.substr(0, end)));
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  };
  append(rest);
  append(path);
  exchange.timeout_us = limits_.timeout_us;
  exchange.stop = limits_.stop;
  if (!login_.user.empty()) {
    std::string pair = Concat(login_.user, ":", login_.password);
    const WipeAtEnd wipe(pair);
    exchange.headers.emplace_back("authorization", Concat("Basic ", absl::Base64Escape(pair)));
  }
  return exchange;
}

absl::Status WebFolder::Refusal(int status, std::string_view path) const {
  if (status == 401 || status == 403) {
    return MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused,
                     Concat(server_, " refused the login (", status, ")"));
  }
  if (status == 404 || status == 410) return FileMissing(server_, path);
  if (status == 405 || status == 501) return TransferUnsupported(server_, "https cannot do that to a file here");
  if (status >= 300 && status < 400) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kTooManyRedirects,
                     Concat(server_, " redirects '", path, "'; redirects are not followed"));
  }
  return TransferFailed(server_, Concat("'", path, "' was answered with ", status));
}

absl::StatusOr<TimeUs> WebFolder::Fetch(const std::string& path, int64_t most_bytes, FileSink sink) {
  HttpExchange exchange = MakeExchange("GET", path);
  exchange.headers.emplace_back("accept-encoding", "identity");
  exchange.max_response_bytes = most_bytes;
  FileBody body(sink);
  exchange.sink = &body;
  const absl::Status sent = client_.Send(exchange).status();
  for (auto& [name, value] : exchange.headers) Wipe(value);
  if (body.http_status() != 0 && body.http_status() != 200) return Refusal(body.http_status(), path);
  if (HasReason(sent, Reason::kResponseTooLarge)) return DocumentTooLarge(most_bytes);
  // Reading changes nothing: an answer that was lost is a failure like any other.
  if (HasReason(sent, Reason::kHttpFailed) || HasReason(sent, Reason::kHttpOutcomeUnknown))
    return TransferFailed(server_, std::string(sent.message()));
  QS_RETURN_IF_ERROR(sent);
  return body.modified_us();
}

absl::StatusOr<bool> WebFolder::Put(const std::string& path, std::string_view body) {
  HttpExchange exchange = MakeExchange("PUT", path);
  // The server itself shows a file whole or not at all; the condition leaves one alone that is there.
  exchange.headers.emplace_back("if-none-match", "*");
  exchange.headers.emplace_back("content-type", "application/octet-stream");
  exchange.body = body;
  exchange.max_response_bytes = kMostWebAnswerBytes;
  const absl::StatusOr<HttpAnswer> answer = client_.Send(exchange);
  for (auto& [name, value] : exchange.headers) Wipe(value);
  if (HasReason(answer.status(), Reason::kHttpOutcomeUnknown))
    return TransferOutcomeUnknown(server_, path, std::string(answer.status().message()));
  if (HasReason(answer.status(), Reason::kHttpFailed))
    return TransferFailed(server_, std::string(answer.status().message()));
  if (!answer.ok()) return answer.status();
  if (answer->status == 412) return true;
  if (answer->status < 200 || answer->status >= 300) return Refusal(answer->status, path);
  return false;
}

absl::Status WebFolder::Remove(const std::string& path) {
  HttpExchange exchange = MakeExchange("DELETE", path);
  exchange.max_response_bytes = kMostWebAnswerBytes;
  const absl::StatusOr<HttpAnswer> answer = client_.Send(exchange);
  for (auto& [name, value] : exchange.headers) Wipe(value);
  if (HasReason(answer.status(), Reason::kHttpOutcomeUnknown) || HasReason(answer.status(), Reason::kHttpFailed))
    return TransferFailed(server_, std::string(answer.status().message()));
  if (!answer.ok()) return answer.status();
  const bool gone = answer->status == 404 || answer->status == 410 || (answer->status >= 200 && answer->status < 300);
  return gone ? absl::OkStatus() : Refusal(answer->status, path);
}

}  // namespace

std::unique_ptr<Folder> MakeWebFolder(const ResolvedPlace& place, const FolderLogin& login, const std::string& base_url,
                                      HttpClient& client, TransferLimits limits) {
  return std::make_unique<WebFolder>(place, login, base_url, client, std::move(limits));
}

}  // namespace quayside
