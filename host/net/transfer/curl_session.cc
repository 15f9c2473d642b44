#include "host/net/transfer/curl_session.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/url_text.h"

namespace quayside {
namespace {

constexpr long kServerConnectMs = 10'000;
constexpr int kServerPollMs = 100;
constexpr long kBufferBytes = 256 << 10;
// Of FTP without TLS. Whoever writes ftps: with it means the server that turns to TLS when it is asked to.
constexpr int kFtpPort = 21;

// The host starts child processes; none may inherit a connection.
curl_socket_t OpenSocket(void*, curlsocktype, curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// libcurl takes a private key as a file only: this one has no name and is gone with its descriptor. Its last line is
// read only if it ends, and whoever stored the key may have lost that end.
FileDescriptor KeyFile(std::string_view key) {
  FileDescriptor file(memfd_create("key", MFD_CLOEXEC));
  if (!file.is_open() || !WriteAll(file.get(), key) || !WriteAll(file.get(), "\n")) return {};
  return file;
}

bool IsAboutTheServer(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSH:
      return true;
    default:
      return false;
  }
}

}  // namespace

CurlSession::CurlSession(const ResolvedPlace& place, const FolderLogin& login, const std::string& ca_file,
                         const TransferLimits& limits)
    : place_(place), login_(login), ca_file_(ca_file), limits_(limits) {
  if (slot_.easy == nullptr || slot_.multi == nullptr) {
    ok_ = false;
    return;
  }
  SetCommon();
  is_sftp() ? SetSftp() : SetFtps();
}

CurlSession::~CurlSession() {
  // Before the lists and this object's own buffers go.
  if (slot_.easy != nullptr) curl_easy_reset(slot_.easy);
  for (curl_slist* list : lists_) curl_slist_free_all(list);
}

void CurlSession::SetCommon() {
  const auto timeout_ms = std::max<long>(static_cast<long>(limits_.timeout_us / kMillisecondUs), 1);
  Set(CURLOPT_PROXY, "");  // not from the environment
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_CONNECTTIMEOUT_MS, std::min(timeout_ms, kServerConnectMs));
  Set(CURLOPT_TIMEOUT_MS, timeout_ms);
  Set(CURLOPT_BUFFERSIZE, kBufferBytes);
  Set(CURLOPT_ERRORBUFFER, &error_text_[0]);
  Set(CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);
  Set(CURLOPT_USERNAME, login_.user.c_str());
}

void CurlSession::SetSftp() {
  constexpr size_t kFingerprintBegin = 7;  // "SHA256:"
  Set(CURLOPT_PROTOCOLS_STR, "sftp");
  // libcurl refuses any other key before it logs in.
  Set(CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, place_.host_key.c_str() + kFingerprintBegin);
  if (!login_.private_key.empty()) {
    key_file_ = KeyFile(login_.private_key);
    ok_ = ok_ && key_file_.is_open();
    Set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
    Set(CURLOPT_SSH_PRIVATE_KEYFILE, Concat("/proc/self/fd/", key_file_.get()).c_str());
    return;
  }
  Set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
  Set(CURLOPT_PASSWORD, login_.password.c_str());
}

void CurlSession::SetFtps() {
  Set(CURLOPT_PROTOCOLS_STR, "ftp,ftps");
  Set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(CURLOPT_SSL_VERIFYPEER, 1L);
  Set(CURLOPT_SSL_VERIFYHOST, 2L);
  // Takes the place of the machine's bundle, not of its folder of authorities.
  if (!ca_file_.empty()) Set(CURLOPT_CAINFO, ca_file_.c_str());
  Set(CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_NOCWD));
  Set(CURLOPT_FTP_SKIP_PASV_IP, 1L);
  Set(CURLOPT_PASSWORD, login_.password.c_str());
}

std::string CurlSession::UrlOf(std::string_view absolute_path) const {
  const PlaceAddress& address = place_.address;
  const bool explicit_tls = address.scheme == PlaceScheme::kFtpes || address.port == kFtpPort;
  std::string url = Concat(is_sftp() ? "sftp" : explicit_tls ? "ftp" : "ftps", "://", address.host, ":", address.port);
  // FTP counts from the folder one logs in to, unless the path begins with an encoded "/".
  url += is_sftp() ? "" : "/%2F";
  std::string_view rest = is_sftp() ? absolute_path : absolute_path.substr(1);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('/'), rest.size());
    url += PercentEncode(rest.substr(0, end));
    if (end < rest.size()) url += '/';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return url;
}

std::string CurlSession::Quoted(std::string_view absolute_path) const {
  // FTP's commands end with the line; sftp's "commands" are libcurl's own, with quotes and escapes.
  if (!is_sftp()) return std::string(absolute_path);
  std::string text = "\"";
  for (const char c : absolute_path) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

void CurlSession::SetCommands(CURLoption before_or_behind, const std::vector<std::string>& commands) {
  curl_slist* list = nullptr;
  for (const std::string& command : commands) {
    curl_slist* const longer = curl_slist_append(list, command.c_str());
    ok_ = ok_ && longer != nullptr;
    if (longer != nullptr) list = longer;
  }
  lists_.push_back(list);
  Set(before_or_behind, list);
}

long CurlSession::answer() const {
  long code = 0;
  return curl_easy_getinfo(slot_.easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

int64_t CurlSession::length() const {
  curl_off_t bytes = -1;
  return curl_easy_getinfo(slot_.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes) == CURLE_OK ? bytes : -1;
}

TimeUs CurlSession::modified_us() const {
  curl_off_t seconds = -1;
  const bool told = curl_easy_getinfo(slot_.easy, CURLINFO_FILETIME_T, &seconds) == CURLE_OK && seconds > 0;
  return told ? seconds * kSecondUs : 0;
}

CURLcode CurlSession::Run(const std::string& url) {
  Set(CURLOPT_URL, url.c_str());
  if (!ok_ || curl_multi_add_handle(slot_.multi, slot_.easy) != CURLM_OK) return CURLE_FAILED_INIT;
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0) {
    if (limits_.stop && limits_.stop()) {
      stopped_ = true;
      break;
    }
    if (curl_multi_perform(slot_.multi, &running) != CURLM_OK) break;
    if (running > 0 && curl_multi_poll(slot_.multi, nullptr, 0, kServerPollMs, nullptr) != CURLM_OK) break;
  }
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(slot_.multi, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(slot_.multi, slot_.easy);
  return result;
}

absl::Status CurlSession::Failure(CURLcode code, std::string_view path) const {
  if (stopped_) return TransferStopped(server());
  switch (code) {
    case CURLE_OK:
      return absl::OkStatus();
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return FileMissing(server(), path);
    case CURLE_LOGIN_DENIED:
      return MakeError(absl::StatusCode::kUnauthenticated, Reason::kCredentialsRefused,
                       Concat(server(), " refused the login"));
    case CURLE_PEER_FAILED_VERIFICATION:
      if (!is_sftp()) break;
      return MakeError(absl::StatusCode::kUnauthenticated, Reason::kHostKeyMismatch,
                       Concat(server(), " shows another key than ", place_.host_key, "; nothing was sent"));
    case CURLE_REMOTE_DISK_FULL:
      return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull,
                       Concat(server(), ": no space is left there"));
    case CURLE_FAILED_INIT:
      return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "curl refused an option or is out of memory");
    default:
      break;
  }
  // curl's own text names no password, and of the path no more than is said here.
  const std::string text = IsAboutTheServer(code) && error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  return TransferFailed(server(), Concat("'", path, "': ", text));
}

}  // namespace quayside
