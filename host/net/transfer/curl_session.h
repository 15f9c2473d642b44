// One libcurl handle for one request to a file server: what every request has in common, the loop that looks at `stop`,
// and what a failure means. Not thread-safe.
#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "host/base/file_descriptor.h"
#include "host/net/curl_pool.h"
#include "host/net/transfer/folder.h"

namespace quayside {

class CurlSession {
 public:
  CurlSession(const ResolvedPlace& place, const FolderLogin& login, const std::string& ca_file,
              const TransferLimits& limits);
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  // Of the path on the server ("/in/orders.csv"); a "/" at its end asks for the folder.
  [[nodiscard]] std::string UrlOf(std::string_view absolute_path) const;
  // A path inside a command, quoted as the protocol wants it.
  [[nodiscard]] std::string Quoted(std::string_view absolute_path) const;
  [[nodiscard]] bool is_sftp() const { return place_.address.scheme == PlaceScheme::kSftp; }

  template <typename Value>
  void Set(CURLoption option, Value value) {
    ok_ = ok_ && curl_easy_setopt(slot_.easy, option, value) == CURLE_OK;
  }
  // Commands before or behind the transfer; one that begins with "*" may fail. Called once per request at most.
  void SetCommands(CURLoption before_or_behind, const std::vector<std::string>& commands);
  [[nodiscard]] CURLcode Run(const std::string& url);
  [[nodiscard]] bool stopped() const { return stopped_; }
  // The number of an FTP server's last answer; 0 = none came.
  [[nodiscard]] long answer() const;
  // Bytes that the server said would come; -1 = it did not say.
  [[nodiscard]] int64_t length() const;
  // When the file that was asked for was last written, if CURLOPT_FILETIME is set; 0 = the server does not tell.
  [[nodiscard]] TimeUs modified_us() const;

  // What `code` means when nothing was to be changed. `path` as the plugin named it.
  [[nodiscard]] absl::Status Failure(CURLcode code, std::string_view path) const;
  [[nodiscard]] std::string server() const { return ServerOf(place_.address); }

 private:
  void SetCommon();
  void SetSftp();
  void SetFtps();

  const ResolvedPlace& place_;
  const FolderLogin& login_;
  const std::string& ca_file_;
  const TransferLimits& limits_;
  CurlSlot slot_;
  FileDescriptor key_file_;
  std::vector<curl_slist*> lists_;
  char error_text_[CURL_ERROR_SIZE] = "";
  bool ok_ = true;
  bool stopped_ = false;
};

}  // namespace quayside
