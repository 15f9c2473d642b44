#include "host/security/master_key.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/file_descriptor.h"

namespace quayside {
namespace {

constexpr size_t kBase64Size = 44;  // of 32 bytes

absl::Status KeyUnavailable(const std::string& message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kKeyUnavailable, message);
}

// The text of the file, wiped like the key it holds. One byte more than a key and its line end, to see longer files.
struct KeyText {
  std::array<char, kBase64Size + 2> bytes{};
  ~KeyText() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

bool DecodeKey(std::string_view base64, SecretKey& key) {
  // The decoder writes 33 bytes: it counts the padding as a zero.
  std::array<unsigned char, SecretKey::kSize + 1> bytes{};
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                                   static_cast<int>(base64.size()));
  const bool ok = size == static_cast<int>(bytes.size()) && base64.back() == '=' && base64[base64.size() - 2] != '=';
  if (ok) std::memcpy(key.data(), bytes.data(), SecretKey::kSize);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return ok;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SecretKey>> ReadMasterKey(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return KeyUnavailable(absl::StrCat("the master key ", path, " cannot be read (", std::strerror(errno),
                                       "); put the key of this database there, owned by the host's user"));
  }
  // Of the opened file, so that nobody can swap it in between.
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return KeyUnavailable(absl::StrCat("the master key ", path, " is not a regular file"));
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return KeyUnavailable(absl::StrCat("the master key ", path, " is open to others; run: chmod 600 ", path,
                                       " (and think about who may have read it)"));
  }
  KeyText text;
  const ssize_t size = ::read(file.get(), text.bytes.data(), text.bytes.size());
  const bool has_line_end = size == static_cast<ssize_t>(kBase64Size) + 1 && text.bytes[kBase64Size] == '\n';
  auto key = std::make_unique<SecretKey>();
  if ((size != static_cast<ssize_t>(kBase64Size) && !has_line_end) ||
      !DecodeKey(std::string_view(text.bytes.data(), kBase64Size), *key)) {
    return KeyUnavailable(
        absl::StrCat("the master key ", path,
                     " is not 32 bytes in base64; restore the file (a new key can be made with: head -c 32 "
                     "/dev/urandom | base64)"));
  }
  return key;
}

absl::StatusOr<std::unique_ptr<SecretKey>> MakeMasterKey(const std::string& path) {
  const auto cannot = [&](const char* what) {
    return KeyUnavailable(absl::StrCat("the master key ", path, " cannot be made (", what, ": ", std::strerror(errno),
                                       "); let the host's user write that folder or make the file yourself"));
  };
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  std::error_code error;
  if (!std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannot("folder");
  }
  auto key = std::make_unique<SecretKey>();
  if (RAND_bytes(key->data(), SecretKey::kSize) != 1) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL has no randomness for a master key");
  }
  KeyText text;
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.bytes.data()), key->data(), SecretKey::kSize);
  text.bytes[kBase64Size] = '\n';
  // Complete under another name first: a crash must not leave half a key that stops the next start.
  const std::string partial = path + ".new";
  ::unlink(partial.c_str());
  {
    const FileDescriptor file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) return cannot("create");
    if (::write(file.get(), text.bytes.data(), kBase64Size + 1) != static_cast<ssize_t>(kBase64Size) + 1)
      return cannot("write");
    if (::fsync(file.get()) != 0) return cannot("sync");
  }
  // A link, unlike a rename, fails when somebody made the file meanwhile.
  const int linked = ::link(partial.c_str(), path.c_str());
  const int link_error = errno;
  ::unlink(partial.c_str());
  errno = link_error;
  if (linked != 0) return cannot("create");
  const FileDescriptor folder_file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_file.is_open() || ::fsync(folder_file.get()) != 0) return cannot("sync");
  return key;
}

absl::Status ReplaceMasterKey(const std::string& next, const std::string& path) {
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  const bool renamed = ::rename(next.c_str(), path.c_str()) == 0;
  const FileDescriptor folder_file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (renamed && folder_file.is_open() && ::fsync(folder_file.get()) == 0) return absl::OkStatus();
  return KeyUnavailable(absl::StrCat("the master key ", next, " cannot be put in the place of ", path, " (",
                                     std::strerror(errno), "); do it by hand, the data is wrapped with it"));
}

}  // namespace quayside
