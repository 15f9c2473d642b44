// A folder at a place, whatever protocol leads there: what the transfer service needs of it. One object per request, on
// one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/time.h"
#include "host/net/http_client.h"
#include "host/net/transfer/place_rules.h"

namespace quayside {

struct FileFacts {
  std::string name;
  int64_t size = 0;
  TimeUs modified_us = 0;  // 0 = not told
};

struct FileList {
  std::vector<FileFacts> files;  // by name
  bool truncated = false;
};

struct TransferLimits {
  DurationUs timeout_us = 0;   // real time, of the whole request
  std::function<bool()> stop;  // polled several times a second; may be empty
};

// Takes a file's bytes in order. A status that is not OK ends the transfer and is what Fetch answers.
using FileSink = absl::FunctionRef<absl::Status(std::string_view bytes)>;

// Paths are file paths (IsFilePath) under the place; "" = the place itself. What all answer besides OK: UNAVAILABLE
// TRANSFER_FAILED, UNAUTHENTICATED CREDENTIALS_REFUSED or HOST_KEY_MISMATCH, PERMISSION_DENIED PLACE_DENIED,
// UNIMPLEMENTED TRANSFER_UNSUPPORTED, RESOURCE_EXHAUSTED DISK_FULL, CANCELLED. Messages name the server and the path.
class Folder {
 public:
  virtual ~Folder() = default;
  // At most `most` plain files. A folder under the place that is not there is empty; the place itself must be there:
  // NOT_FOUND FILE_NOT_FOUND.
  [[nodiscard]] virtual absl::StatusOr<FileList> List(const std::string& folder, size_t most) = 0;
  // All of the file, or an error: UNAVAILABLE also when it changed meanwhile. NOT_FOUND FILE_NOT_FOUND,
  // INVALID_ARGUMENT DOCUMENT_TOO_LARGE. Answers when it was last written, by its server's clock; 0 = not told.
  [[nodiscard]] virtual absl::StatusOr<TimeUs> Fetch(const std::string& path, int64_t most_bytes, FileSink sink) = 0;
  // True: a file was there already and is left as it is. UNKNOWN TRANSFER_OUTCOME_UNKNOWN.
  [[nodiscard]] virtual absl::StatusOr<bool> Put(const std::string& path, std::string_view body) = 0;
  // The same; NOT_FOUND FILE_NOT_FOUND when there is nothing to move.
  [[nodiscard]] virtual absl::StatusOr<bool> Move(const std::string& from, const std::string& to) = 0;
  // What is not there is removed; NOT_FOUND FILE_NOT_FOUND when the place itself is away.
  [[nodiscard]] virtual absl::Status Remove(const std::string& path) = 0;
};

// What a server wants to know; wiped with the object.
struct FolderLogin {
  FolderLogin() = default;
  FolderLogin(const FolderLogin&) = delete;
  FolderLogin& operator=(const FolderLogin&) = delete;
  ~FolderLogin();
  std::string user;
  std::string password;
  std::string private_key;
};

// Each for the schemes it knows. Everything handed in must outlive the folder.
[[nodiscard]] std::unique_ptr<Folder> MakeLocalFolder(const ResolvedPlace& place, TransferLimits limits);
[[nodiscard]] std::unique_ptr<Folder> MakeCurlFolder(const ResolvedPlace& place, const FolderLogin& login,
                                                     const std::string& ca_file, TransferLimits limits);
[[nodiscard]] std::unique_ptr<Folder> MakeWebFolder(const ResolvedPlace& place, const FolderLogin& login,
                                                    const std::string& base_url, HttpClient& client,
                                                    TransferLimits limits);

// Errors that all of them tell in the same words. `server` is ServerOf the place's address.
[[nodiscard]] absl::Status FileMissing(std::string_view server, std::string_view path);
[[nodiscard]] absl::Status TransferFailed(std::string_view server, std::string_view why);
[[nodiscard]] absl::Status TransferOutcomeUnknown(std::string_view server, std::string_view path, std::string_view why);
// `why` is a sentence without its end.
[[nodiscard]] absl::Status TransferUnsupported(std::string_view server, std::string_view why);
[[nodiscard]] absl::Status TransferStopped(std::string_view server);

}  // namespace quayside
