#include "host/net/curl_transfer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/public_address.h"

namespace quayside {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr int kStopPollMs = 100;
// What goes into a sink is large: fewer, larger pieces.
constexpr long kSinkBufferBytes = 64 << 10;

// Failures of name, route or TLS: curl's own text says more than the code, and the request is not part of it.
bool IsAboutTheConnection(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
      return true;
    default:
      return false;
  }
}

bool MayBeRepeated(const std::string& method) { return method == "GET" || method == "HEAD"; }

}  // namespace

CurlTransfer::CurlTransfer(CurlSlot& slot, const HttpExchange& exchange, const std::string& host, bool allow_plain_http)
    : slot_(slot),
      exchange_(exchange),
      host_(host),
      allow_plain_http_(allow_plain_http),
      answer_(exchange.max_response_bytes) {}

CurlTransfer::~CurlTransfer() {
  for (curl_slist* line = headers_; line != nullptr; line = line->next) explicit_bzero(line->data, strlen(line->data));
  curl_slist_free_all(headers_);
  // Drops every option and pointer into this transfer; the connection stays with the multi handle.
  curl_easy_reset(slot_.easy);
}

size_t CurlTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  const size_t bytes = size * count;
  return static_cast<CurlTransfer*>(self)->answer_.AddHeaderLine({data, bytes}) ? bytes : 0;
}

size_t CurlTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const size_t bytes = size * count;
  const bool taken = transfer->exchange_.sink != nullptr ? transfer->FeedSink({data, bytes})
                                                         : transfer->answer_.AddBody({data, bytes});
  // Anything but `bytes` ends the transfer, also when `bytes` is 0.
  return taken ? bytes : bytes + 1;
}

bool CurlTransfer::BeginSink() {
  if (sink_begun_) return true;
  sink_begun_ = true;
  sink_status_ = exchange_.sink->Begin(answer_.Head(Status()));
  return sink_status_.ok();
}

bool CurlTransfer::FeedSink(std::string_view bytes) {
  if (!BeginSink() || !answer_.PassBody(bytes.size())) return false;
  sink_status_ = exchange_.sink->Add(bytes);
  return sink_status_.ok();
}

// The host starts child processes; none may inherit a connection. The address is the one the name was resolved to just
// now, so that a name cannot lead elsewhere after the check.
curl_socket_t CurlTransfer::OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (transfer->exchange_.public_addresses_only && !IsPublicAddress(address->addr)) {
    transfer->address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called before the request goes onto a connection. When a kept connection dies after the request and before any
// answer, curl sends the request again by itself. For anything but a read that could do it twice, so it ends here with
// an unknown outcome.
int CurlTransfer::OnConnected(void* self, char* peer, char*, int, int) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  // A kept connection was opened for a request that may have been allowed more.
  if (transfer->exchange_.public_addresses_only && !IsPublicAddress(std::string_view(peer))) {
    transfer->address_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  if (++transfer->connected_ > 1 && !MayBeRepeated(transfer->exchange_.method)) {
    transfer->repeat_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::SetOptions(std::chrono::milliseconds timeout) {
  CURL* const easy = slot_.easy;
  const long timeout_ms = std::max<long>(timeout.count(), 1);
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK; };
  set(CURLOPT_URL, exchange_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, allow_plain_http_ ? "http,https" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_PROXY, "");                                               // not from the environment
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));  // one request per connection at a time anyway
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout_ms, kConnectTimeoutMs));
  set(CURLOPT_TIMEOUT_MS, timeout_ms);
  if (exchange_.sink == nullptr) {
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
  } else {
    set(CURLOPT_BUFFERSIZE, kSinkBufferBytes);
  }
  set(CURLOPT_ERRORBUFFER, &error_text_[0]);
  set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &OnConnected);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &OnHeader);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &OnBody);
  set(CURLOPT_WRITEDATA, this);
  return ok && SetMethodAndBody() && SetHeaders();
}

bool CurlTransfer::SetMethodAndBody() {
  CURL* const easy = slot_.easy;
  const std::string& method = exchange_.method;
  if (method == "HEAD") return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
  const bool sends_body = !exchange_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (sends_body) {
    // Not copied: `exchange_` outlives the transfer.
    if (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange_.body.size())) !=
            CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange_.body.data()) != CURLE_OK) {
      return false;
    }
  }
  return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str()) == CURLE_OK;
}

bool CurlTransfer::SetHeaders() {
  const auto add = [&](const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_, line.c_str());
    if (longer != nullptr) headers_ = longer;
    return longer != nullptr;
  };
  bool has_content_type = false;
  for (const auto& [name, value] : exchange_.headers) {
    has_content_type = has_content_type || strcasecmp(name.c_str(), "content-type") == 0;
    // "name;" is how curl spells a header without a value; "name:" would drop it.
    std::string line = value.empty() ? Concat(name, ";") : Concat(name, ": ", value);
    const bool added = add(line);
    explicit_bzero(line.data(), line.size());
    if (!added) return false;
  }
  // What curl would add by itself: a form's content type, and a wait for "100 Continue" before large bodies.
  if (!has_content_type && !add("Content-Type:")) return false;
  if (!add("Expect:")) return false;
  return curl_easy_setopt(slot_.easy, CURLOPT_HTTPHEADER, headers_) == CURLE_OK;
}

CURLcode CurlTransfer::Drive() {
  if (curl_multi_add_handle(slot_.multi, slot_.easy) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0) {
    if (exchange_.stop && exchange_.stop()) {
      stopped_ = true;
      break;
    }
    if (curl_multi_perform(slot_.multi, &running) != CURLM_OK) break;
    if (running > 0 && curl_multi_poll(slot_.multi, nullptr, 0, kStopPollMs, nullptr) != CURLM_OK) break;
  }
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(slot_.multi, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(slot_.multi, slot_.easy);  // an unfinished transfer closes its connection
  return result;
}

bool CurlTransfer::WasSent() const {
  if (connected_ == 0) return false;
  long request_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_easy_getinfo(slot_.easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(slot_.easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
  return request_bytes > 0 && body_bytes >= static_cast<curl_off_t>(exchange_.body.size());
}

int CurlTransfer::Status() const {
  long status = 0;
  curl_easy_getinfo(slot_.easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

absl::Status CurlTransfer::Failure(CURLcode code) {
  if (!sink_status_.ok()) return sink_status_;
  if (stopped_) return absl::CancelledError(Concat("the request to ", host_, " was stopped"));
  if (answer_.body_too_large()) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kResponseTooLarge,
                     Concat("the answer of ", host_, " is larger than ", exchange_.max_response_bytes, " bytes"));
  }
  if (address_refused_ && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kOriginDenied,
                     Concat(host_, " leads to an address that is not public; nothing was sent"));
  }
  // 7.88 reports a single header line beyond its own 100 KB as out of memory.
  if (answer_.headers_too_large() || (code == CURLE_OUT_OF_MEMORY && WasSent())) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kResponseTooLarge,
                     Concat("the headers of the answer of ", host_, " are larger than ", kLargestHeaders,
                            " bytes or more than ", kMostHeaders));
  }
  std::string text = IsAboutTheConnection(code) && error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  long system_error = 0;
  curl_easy_getinfo(slot_.easy, CURLINFO_OS_ERRNO, &system_error);
  if (code == CURLE_COULDNT_CONNECT && system_error != 0) {
    text = Concat(text, " (", std::generic_category().message(static_cast<int>(system_error)), ")");
  }
  if (repeat_refused_) text = "the connection ended";
  if (repeat_refused_ || WasSent()) {
    return MakeError(absl::StatusCode::kUnknown, Reason::kHttpOutcomeUnknown,
                     Concat("the request to ", host_, " was sent and no complete answer came: ", text));
  }
  return MakeError(absl::StatusCode::kUnavailable, Reason::kHttpFailed,
                   Concat("the request to ", host_, " was not sent: ", text));
}

absl::StatusOr<HttpAnswer> CurlTransfer::Run(std::chrono::milliseconds timeout) {
  if (!SetOptions(timeout)) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "curl refused an option or is out of memory");
  }
  const CURLcode code = Drive();
  if (code != CURLE_OK || stopped_) return Failure(code);
  if (!answer_.headers_complete()) return Failure(CURLE_PARTIAL_FILE);
  if (exchange_.sink != nullptr && !BeginSink()) return sink_status_;
  return std::move(answer_).Finish(Status());
}

}  // namespace quayside
