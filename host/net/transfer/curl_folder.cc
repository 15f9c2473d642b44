// A folder of an sftp server, or of an FTP server with TLS, through libcurl.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/base/text.h"
#include "host/net/document_form.h"
#include "host/net/transfer/curl_session.h"
#include "host/net/transfer/folder.h"
#include "host/net/transfer/folder_listing.h"

namespace quayside {
namespace {

constexpr size_t kMostListingBytes = 4 << 20;
constexpr int kMostResumes = 3;
constexpr size_t kMostLookedThrough = 100'000;  // files of a folder, for one name

// How a server lists a folder: as `ls -l` does, or by MLSD.
enum class ListingForm { kLong, kFacts };

// Lines of a listing while they come. A listing beyond its bound is cut, and told as such.
struct ListingLines {
  ListingForm form = ListingForm::kLong;
  size_t most = 0;
  FileList list;
  std::string rest;  // of a line that is not complete
  size_t bytes = 0;
  bool is_foreign = false;  // in a form that is not known here

  void Take(std::string_view line) {
    is_foreign = is_foreign || (form == ListingForm::kLong && !IsLongLine(line));
    std::optional<FileFacts> file = form == ListingForm::kLong ? ParseLongLine(line) : ParseMlsdLine(line);
    if (!file) return;
    list.truncated = list.truncated || list.files.size() >= most;
    if (!list.truncated) list.files.push_back(*std::move(file));
  }
  // False: enough.
  bool Add(std::string_view part) {
    bytes += part.size();
    rest.append(part);
    size_t begin = 0;
    for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
      Take(std::string_view(rest).substr(begin, end - begin));
      begin = end + 1;
    }
    rest.erase(0, begin);
    list.truncated = list.truncated || bytes > kMostListingBytes;
    return !list.truncated;
  }
  static size_t OnData(char* data, size_t size, size_t count, void* self) {
    return static_cast<ListingLines*>(self)->Add({data, size * count}) ? size * count : 0;
  }
};

// A file's bytes on their way to the sink.
struct IncomingFile {
  FileSink sink;
  int64_t most_bytes = 0;
  int64_t received = 0;
  absl::Status status;

  bool Add(std::string_view bytes) {
    if (static_cast<int64_t>(bytes.size()) > most_bytes - received) {
      status = DocumentTooLarge(most_bytes);
    } else {
      received += static_cast<int64_t>(bytes.size());
      status = sink(bytes);
    }
    return status.ok();
  }
  static size_t OnData(char* data, size_t size, size_t count, void* self) {
    return static_cast<IncomingFile*>(self)->Add({data, size * count}) ? size * count : 0;
  }
};

struct OutgoingFile {
  std::string_view rest;

  static size_t OnRead(char* room, size_t size, size_t count, void* self) {
    auto* const outgoing = static_cast<OutgoingFile*>(self);
    const std::string_view part = outgoing->rest.substr(0, size * count);
    std::copy(part.begin(), part.end(), room);
    outgoing->rest.remove_prefix(part.size());
    return part.size();
  }
};

size_t Swallow(char*, size_t size, size_t count, void*) { return size * count; }

// A connection that broke, rather than an answer of the server: what is missing can be asked for.
bool MayBeResumed(CURLcode code) {
  return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_SSH ||
         code == CURLE_GOT_NOTHING || code == CURLE_COULDNT_CONNECT;
}

// Of FTP: what libcurl calls a listing that could not be had, or a command that failed, says no more than this number.
bool IsWithoutFolder(CURLcode code, long answer) {
  constexpr long kNoFolder = 501;      // RFC 3659, of MLSD
  constexpr long kNotAvailable = 550;  // not there, or not to be seen
  return (code == CURLE_FTP_COULDNT_RETR_FILE && (answer == kNoFolder || answer == kNotAvailable)) ||
         (code == CURLE_QUOTE_ERROR && answer == kNotAvailable);
}

bool IsWithoutCommand(CURLcode code, long answer) {
  constexpr long kUnknown = 500;
  constexpr long kNotImplemented = 502;
  return code == CURLE_FTP_COULDNT_RETR_FILE && (answer == kUnknown || answer == kNotImplemented);
}

class CurlFolder final : public Folder {
 public:
  CurlFolder(const ResolvedPlace& place, const FolderLogin& login, const std::string& ca_file, TransferLimits limits)
      : place_(place), login_(login), ca_file_(ca_file), limits_(std::move(limits)) {}

  absl::StatusOr<FileList> List(const std::string& folder, size_t most) override { return ListAnyhow(folder, most); }
  absl::StatusOr<TimeUs> Fetch(const std::string& path, int64_t most_bytes, FileSink sink) override;
  absl::StatusOr<bool> Put(const std::string& path, std::string_view body) override;
  absl::StatusOr<bool> Move(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;

 private:
  [[nodiscard]] CurlSession NewSession() const { return {place_, login_, ca_file_, limits_}; }
  // On the server, with the place's folder before it.
  [[nodiscard]] std::string Absolute(std::string_view path) const {
    return path.empty() ? place_.address.folder : Concat(place_.address.folder, "/", path);
  }
  [[nodiscard]] bool is_sftp() const { return place_.address.scheme == PlaceScheme::kSftp; }
  // Makes the folders above `path` that are below the place; those that are there already say so and are left.
  void AddMakeFolders(const CurlSession& session, std::string_view path, std::vector<std::string>& commands) const;
  void AddRename(const CurlSession& session, std::string_view from, std::string_view to,
                 std::vector<std::string>& commands) const;
  [[nodiscard]] absl::StatusOr<bool> Exists(const std::string& path) const;
  [[nodiscard]] absl::StatusOr<FileList> ListAs(ListingForm form, const std::string& folder, size_t most) const;
  // As the server can.
  [[nodiscard]] absl::StatusOr<FileList> ListAnyhow(const std::string& folder, size_t most) const;
  [[nodiscard]] absl::StatusOr<bool> IsListed(const std::string& path) const;
  // Nothing but commands.
  [[nodiscard]] CURLcode Command(CurlSession& session, const std::vector<std::string>& commands) const;
  [[nodiscard]] CURLcode FetchOnce(CurlSession& session, const std::string& path, IncomingFile& incoming,
                                   int64_t& total) const;
  // What a write whose last command failed did: looked up, since servers give no reason that could be relied on.
  [[nodiscard]] absl::StatusOr<bool> AfterFailedRename(const absl::Status& failure, const std::string& to) const;

  const ResolvedPlace& place_;
  const FolderLogin& login_;
  const std::string& ca_file_;
  const TransferLimits limits_;
};

void CurlFolder::AddMakeFolders(const CurlSession& session, std::string_view path,
                                std::vector<std::string>& commands) const {
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = Absolute(path.substr(0, slash));
    commands.push_back(Concat(is_sftp() ? "*mkdir " : "*MKD ", session.Quoted(folder)));
  }
}

void CurlFolder::AddRename(const CurlSession& session, std::string_view from, std::string_view to,
                           std::vector<std::string>& commands) const {
  const std::string source = session.Quoted(Absolute(from));
  const std::string target = session.Quoted(Absolute(to));
  if (is_sftp()) {
    commands.push_back(Concat("rename ", source, " ", target));
  } else {
    commands.push_back(Concat("RNFR ", source));
    commands.push_back(Concat("RNTO ", target));
  }
}

CURLcode CurlFolder::Command(CurlSession& session, const std::vector<std::string>& commands) const {
  session.SetCommands(CURLOPT_QUOTE, commands);
  session.Set(CURLOPT_NOBODY, 1L);
  session.Set(CURLOPT_WRITEFUNCTION, &Swallow);
  session.Set(CURLOPT_HEADERFUNCTION, &Swallow);
  return session.Run(session.UrlOf("/"));
}

absl::StatusOr<FileList> CurlFolder::ListAs(ListingForm form, const std::string& folder, size_t most) const {
  CurlSession session = NewSession();
  const std::string path = Absolute(folder);
  ListingLines lines{.form = form, .most = most, .list = {}, .rest = {}, .bytes = 0, .is_foreign = false};
  session.Set(CURLOPT_WRITEFUNCTION, &ListingLines::OnData);
  session.Set(CURLOPT_WRITEDATA, &lines);
  if (form == ListingForm::kFacts) {
    session.Set(CURLOPT_CUSTOMREQUEST, "MLSD");
  } else if (!is_sftp()) {
    // LIST shows a folder that is not there as an empty one.
    session.SetCommands(CURLOPT_QUOTE, {Concat("CWD ", path.empty() ? "/" : path)});
  }
  const CURLcode code = session.Run(session.UrlOf(path + "/"));
  if (IsWithoutFolder(code, session.answer())) return FileMissing(session.server(), folder);
  if (IsWithoutCommand(code, session.answer()))
    return TransferUnsupported(session.server(), "it does not list folders as RFC 3659 wants it (MLSD)");
  const bool enough = code == CURLE_WRITE_ERROR && lines.list.truncated;
  if (code != CURLE_OK && !enough) return session.Failure(code, folder);
  if (!lines.rest.empty()) lines.Take(lines.rest);
  if (lines.is_foreign)
    return TransferUnsupported(session.server(), "it lists folders neither by MLSD nor in lines as 'ls -l' has them");
  std::sort(lines.list.files.begin(), lines.list.files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return std::move(lines.list);
}

absl::StatusOr<FileList> CurlFolder::ListAnyhow(const std::string& folder, size_t most) const {
  absl::StatusOr<FileList> list = ListAs(is_sftp() ? ListingForm::kLong : ListingForm::kFacts, folder, most);
  // Widespread servers do not know MLSD.
  if (!is_sftp() && HasReason(list.status(), Reason::kTransferUnsupported))
    list = ListAs(ListingForm::kLong, folder, most);
  if (HasReason(list.status(), Reason::kFileNotFound) && !folder.empty()) return FileList();
  return list;
}

CURLcode CurlFolder::FetchOnce(CurlSession& session, const std::string& path, IncomingFile& incoming,
                               int64_t& total) const {
  session.Set(CURLOPT_WRITEFUNCTION, &IncomingFile::OnData);
  session.Set(CURLOPT_WRITEDATA, &incoming);
  session.Set(CURLOPT_FILETIME, 1L);
  session.Set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(incoming.received));
  const int64_t from = incoming.received;
  const CURLcode code = session.Run(session.UrlOf(Absolute(path)));
  if (const int64_t length = session.length(); length >= 0) total = from + length;
  return code;
}

absl::StatusOr<TimeUs> CurlFolder::Fetch(const std::string& path, int64_t most_bytes, FileSink sink) {
  IncomingFile incoming{.sink = sink, .most_bytes = most_bytes, .received = 0, .status = {}};
  int64_t first_total = -1;
  TimeUs first_modified_us = 0;
  for (int resumes = 0;; ++resumes) {
    CurlSession session = NewSession();
    const int64_t before = incoming.received;
    int64_t total = -1;
    const CURLcode code = FetchOnce(session, path, incoming, total);
    if (!incoming.status.ok()) return incoming.status;
    const TimeUs modified_us = session.modified_us();
    if (first_total < 0) first_total = total;
    if (first_modified_us == 0) first_modified_us = modified_us;
    // A file that grew, shrank or was written between two attempts is another file.
    if ((total >= 0 && total != first_total) || (modified_us > 0 && modified_us != first_modified_us))
      return TransferFailed(session.server(), Concat("'", path, "' changed while it was read"));
    if (code == CURLE_OK && (first_total < 0 || incoming.received == first_total)) return modified_us;
    const bool came_further = incoming.received > before;
    const bool go_on = code == CURLE_OK || MayBeResumed(code);
    if (session.stopped() || !go_on || resumes == kMostResumes || !came_further)
      return session.Failure(code == CURLE_OK ? CURLE_PARTIAL_FILE : code, path);
  }
}

absl::StatusOr<bool> CurlFolder::IsListed(const std::string& path) const {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  QS_ASSIGN_OR_RETURN(const FileList list, ListAnyhow(folder, kMostLookedThrough));
  if (std::any_of(list.files.begin(), list.files.end(), [&](const FileFacts& file) { return file.name == name; }))
    return true;
  if (!list.truncated) return false;
  return TransferFailed(ServerOf(place_.address),
                        Concat("whether '", path, "' is there cannot be seen: too many files"));
}

absl::StatusOr<bool> CurlFolder::Exists(const std::string& path) const {
  {
    CurlSession session = NewSession();
    session.Set(CURLOPT_NOBODY, 1L);
    session.Set(CURLOPT_WRITEFUNCTION, &Swallow);
    session.Set(CURLOPT_HEADERFUNCTION, &Swallow);
    const CURLcode code = session.Run(session.UrlOf(Absolute(path)));
    if (code != CURLE_OK) {
      const absl::Status failure = session.Failure(code, path);
      if (HasReason(failure, Reason::kFileNotFound)) return false;
      return failure;
    }
    // libcurl is content with an FTP server that does not know SIZE, and has then seen nothing of the file.
    if (is_sftp() || session.length() >= 0) return true;
  }
  return IsListed(path);
}

absl::StatusOr<bool> CurlFolder::AfterFailedRename(const absl::Status& failure, const std::string& to) const {
  if (absl::IsCancelled(failure)) return failure;
  const absl::StatusOr<bool> there = Exists(to);
  if (!there.ok()) return TransferOutcomeUnknown(ServerOf(place_.address), to, std::string(failure.message()));
  if (*there) return true;
  return failure;
}

absl::StatusOr<bool> CurlFolder::Put(const std::string& path, std::string_view body) {
  // Servers differ in what a rename does to a file that is there.
  QS_ASSIGN_OR_RETURN(const bool existed, Exists(path));
  if (existed) return true;
  const std::string part = PartPathOf(path);
  CurlSession session = NewSession();
  std::vector<std::string> before;
  AddMakeFolders(session, path, before);
  std::vector<std::string> behind;
  AddRename(session, part, path, behind);
  OutgoingFile outgoing{body};
  session.SetCommands(CURLOPT_QUOTE, before);
  session.SetCommands(CURLOPT_POSTQUOTE, behind);
  session.Set(CURLOPT_UPLOAD, 1L);
  session.Set(CURLOPT_READFUNCTION, &OutgoingFile::OnRead);
  session.Set(CURLOPT_READDATA, &outgoing);
  session.Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.size()));
  FailPoint("transfer-before-rename");
  const CURLcode code = session.Run(session.UrlOf(Absolute(part)));
  FailPoint("transfer-after-rename");
  if (code == CURLE_OK) return false;
  // After a lost answer the file may be there, from this very request.
  QS_ASSIGN_OR_RETURN(const bool there, AfterFailedRename(session.Failure(code, path), path));
  return there && code == CURLE_QUOTE_ERROR;
}

absl::StatusOr<bool> CurlFolder::Move(const std::string& from, const std::string& to) {
  QS_ASSIGN_OR_RETURN(const bool existed, Exists(to));
  if (existed) return true;
  CurlSession session = NewSession();
  std::vector<std::string> commands;
  AddMakeFolders(session, to, commands);
  AddRename(session, from, to, commands);
  FailPoint("transfer-before-move");
  const CURLcode code = Command(session, commands);
  FailPoint("transfer-after-move");
  if (code == CURLE_OK) return false;
  if (code == CURLE_QUOTE_ERROR) {
    QS_ASSIGN_OR_RETURN(const bool has_source, Exists(from));
    if (!has_source) return FileMissing(session.server(), from);
  }
  return AfterFailedRename(session.Failure(code, from), to);
}

absl::Status CurlFolder::Remove(const std::string& path) {
  CurlSession session = NewSession();
  const CURLcode code = Command(session, {Concat(is_sftp() ? "rm " : "DELE ", session.Quoted(Absolute(path)))});
  if (code == CURLE_OK) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const bool there, Exists(path));
  if (there) return session.Failure(code, path);
  // A place that is away may come back with the file in it.
  return ListAnyhow("", 1).status();
}

}  // namespace

std::unique_ptr<Folder> MakeCurlFolder(const ResolvedPlace& place, const FolderLogin& login, const std::string& ca_file,
                                       TransferLimits limits) {
  return std::make_unique<CurlFolder>(place, login, ca_file, std::move(limits));
}

}  // namespace quayside
