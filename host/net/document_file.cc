#include "host/net/document_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

constexpr std::string_view kFileEnd("QSdoc\0\0\1", 8);
constexpr size_t kLengthBytes = 4;
constexpr size_t kTailBytes = kLengthBytes + kFileEnd.size();
constexpr size_t kFooterNumbers = 2 * sizeof(int64_t);
constexpr int64_t kMostFooterBytes = 4 << 10;
// The kernel starts to write after so much, instead of all at once when the file is synced: the database's own syncs
// would wait behind that.
constexpr int64_t kWriteBehindBytes = 8 << 20;

std::string BlockContext(std::string_view document_id, int64_t number) { return Concat(document_id, "/", number); }
std::string FooterContext(std::string_view document_id) { return Concat("document/", document_id); }

int64_t BlockCount(int64_t size) { return (size + kDocumentBlockBytes - 1) / kDocumentBlockBytes; }

template <typename Number>
void AppendNumber(std::string& out, Number value) {
  for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
}

template <typename Number>
Number NumberAt(std::string_view text, size_t offset) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) value = value << 8 | static_cast<unsigned char>(text[offset + i]);
  return static_cast<Number>(value);
}

absl::Status Damaged(std::string_view document_id, std::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDocumentDamaged,
                   Concat("the file of document '", document_id, "' ", what));
}

// Exactly `size` bytes from `offset`.
absl::Status ReadExactly(int file, int64_t offset, size_t size, std::string_view document_id, std::string& out) {
  out.resize(size);
  for (size_t done = 0; done < size;) {
    const ssize_t n = pread(file, out.data() + done, size - done, offset + static_cast<int64_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EIO) return SpoolFileError("read document", std::string(document_id), errno);
    if (n <= 0) return Damaged(document_id, n < 0 ? "cannot be read from the disk" : "ends early");
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SpoolFileError(std::string_view doing, const std::string& path, int error) {
  const std::string message = Concat("cannot ", doing, " ", path, ": ", strerror(error));
  // EFBIG: the process's or the file system's limit for one file; for the writer it is the same as a full disk.
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return MakeError(absl::StatusCode::kResourceExhausted, Reason::kDiskFull,
                     Concat("no space is left for documents (", message, "); nothing of this one is kept"));
  }
  return MakeError(absl::StatusCode::kInternal, Reason::kInternal, message);
}

absl::StatusOr<std::unique_ptr<DocumentWriter>> DocumentWriter::Create(const std::string& path, std::string document_id,
                                                                       const Cipher& cipher) {
  std::unique_ptr<DocumentWriter> writer(new DocumentWriter(path, std::move(document_id), cipher));
  if (RAND_bytes(writer->key_.data(), SecretKey::kSize) != 1)
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL has no randomness for a document's key");
  writer->blocks_ = std::make_unique<Aead>(writer->key_);
  writer->file_ = FileDescriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!writer->file_.is_open()) return SpoolFileError("make", path, errno);
  writer->plain_.reserve(kDocumentBlockBytes);
  writer->sealed_.reserve(kDocumentBlockBytes + Aead::kOverhead);
  return writer;
}

absl::Status DocumentWriter::WriteAll(std::string_view bytes) {
  file_bytes_ += static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    const ssize_t n = write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SpoolFileError("write", path_, errno);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (file_bytes_ - handed_to_disk_ >= kWriteBehindBytes) {
    // Only a hint: what it does not do, fsync does.
    (void)sync_file_range(file_.get(), handed_to_disk_, file_bytes_ - handed_to_disk_, SYNC_FILE_RANGE_WRITE);
    handed_to_disk_ = file_bytes_;
  }
  return absl::OkStatus();
}

absl::Status DocumentWriter::WriteBlock(std::string_view plain) {
  sealed_.clear();
  QS_RETURN_IF_ERROR(blocks_->Seal(plain, BlockContext(document_id_, next_block_), sealed_));
  ++next_block_;
  return WriteAll(sealed_);
}

absl::Status DocumentWriter::Append(std::string_view bytes) {
  facts_.size += static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (plain_.empty() && bytes.size() >= kDocumentBlockBytes) {
      QS_RETURN_IF_ERROR(WriteBlock(bytes.substr(0, kDocumentBlockBytes)));
      bytes.remove_prefix(kDocumentBlockBytes);
      continue;
    }
    const size_t taken = std::min<size_t>(bytes.size(), kDocumentBlockBytes - plain_.size());
    plain_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (plain_.size() < kDocumentBlockBytes) break;
    QS_RETURN_IF_ERROR(WriteBlock(plain_));
    plain_.clear();
  }
  return absl::OkStatus();
}

absl::Status DocumentWriter::Finish(std::string_view charset, int64_t undecodable, TimeUs modified_us) {
  facts_.charset = charset;
  facts_.undecodable = undecodable;
  if (!plain_.empty()) QS_RETURN_IF_ERROR(WriteBlock(plain_));

  std::string footer;
  const WipeAtEnd wipe(footer);
  footer.reserve(SecretKey::kSize + kFooterNumbers + charset.size());
  footer = key_.view();
  AppendNumber(footer, facts_.size);
  AppendNumber(footer, facts_.undecodable);
  footer += charset;
  QS_ASSIGN_OR_RETURN(std::string tail, cipher_.Seal(footer, FooterContext(document_id_)));
  AppendNumber(tail, static_cast<uint32_t>(tail.size()));
  tail += kFileEnd;
  QS_RETURN_IF_ERROR(WriteAll(tail));

  const timespec modified{.tv_sec = modified_us / kSecondUs, .tv_nsec = modified_us % kSecondUs * 1000};
  const timespec times[2] = {modified, modified};
  if (futimens(file_.get(), times) != 0) return SpoolFileError("set the time of", path_, errno);
  if (fsync(file_.get()) != 0) return SpoolFileError("sync", path_, errno);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DocumentReader>> DocumentReader::Open(const std::string& path, std::string document_id,
                                                                     const Cipher& cipher) {
  FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) {
    if (errno != ENOENT) return SpoolFileError("open", path, errno);
    return MakeError(absl::StatusCode::kNotFound, Reason::kDocumentNotFound,
                     Concat("there is no document '", document_id, "' here; fetch it again"));
  }
  std::unique_ptr<DocumentReader> reader(new DocumentReader(std::move(file), std::move(document_id)));
  QS_RETURN_IF_ERROR(reader->ReadFooter(cipher));
  return reader;
}

absl::Status DocumentReader::ReadFooter(const Cipher& cipher) {
  struct stat info {};
  if (fstat(file_.get(), &info) != 0) return SpoolFileError("look at", document_id_, errno);
  modified_us_ = info.st_mtim.tv_sec * kSecondUs + info.st_mtim.tv_nsec / 1000;
  const int64_t tail_begin = info.st_size - static_cast<int64_t>(kTailBytes);
  if (tail_begin < 0) return Damaged(document_id_, "ends early");
  std::string tail;
  QS_RETURN_IF_ERROR(ReadExactly(file_.get(), tail_begin, kTailBytes, document_id_, tail));
  const int64_t footer_bytes = NumberAt<uint32_t>(tail, 0);
  if (!tail.ends_with(kFileEnd) || footer_bytes > std::min(kMostFooterBytes, tail_begin))
    return Damaged(document_id_, "has no footer");

  std::string sealed;
  QS_RETURN_IF_ERROR(
      ReadExactly(file_.get(), tail_begin - footer_bytes, static_cast<size_t>(footer_bytes), document_id_, sealed));
  absl::StatusOr<std::string> footer = cipher.Open(sealed, FooterContext(document_id_));
  if (!footer.ok())
    return Damaged(document_id_,
                   Concat("has a footer that cannot be opened: ", std::string(footer.status().message())));
  const WipeAtEnd wipe(*footer);
  if (footer->size() < SecretKey::kSize + kFooterNumbers)
    return Damaged(document_id_, "has a footer that is too short");
  SecretKey key;
  footer->copy(reinterpret_cast<char*>(key.data()), SecretKey::kSize);
  blocks_ = std::make_unique<Aead>(key);
  facts_.size = NumberAt<int64_t>(*footer, SecretKey::kSize);
  facts_.undecodable = NumberAt<int64_t>(*footer, SecretKey::kSize + sizeof(int64_t));
  facts_.charset = footer->substr(SecretKey::kSize + kFooterNumbers);
  const int64_t expected = facts_.size + BlockCount(facts_.size) * static_cast<int64_t>(Aead::kOverhead) +
                           footer_bytes + static_cast<int64_t>(kTailBytes);
  return expected == info.st_size ? absl::OkStatus() : Damaged(document_id_, "has not the length its footer states");
}

absl::Status DocumentReader::ReadBlock(int64_t number, std::string& sealed, std::string& plain) const {
  constexpr int64_t kSealedBytes = kDocumentBlockBytes + static_cast<int64_t>(Aead::kOverhead);
  const int64_t plain_bytes = std::min(kDocumentBlockBytes, facts_.size - number * kDocumentBlockBytes);
  QS_RETURN_IF_ERROR(ReadExactly(file_.get(), number * kSealedBytes, static_cast<size_t>(plain_bytes) + Aead::kOverhead,
                                 document_id_, sealed));
  return blocks_->Open(sealed, BlockContext(document_id_, number), plain)
             ? absl::OkStatus()
             : Damaged(document_id_, Concat("was changed in block ", number));
}

absl::StatusOr<std::string> DocumentReader::Read(int64_t offset, int64_t count) const {
  const int64_t end = std::min(facts_.size, offset + count);
  std::string bytes;
  bytes.reserve(static_cast<size_t>(std::max<int64_t>(end - offset, 0)));
  std::string sealed;
  std::string plain;
  while (offset < end) {
    const int64_t number = offset / kDocumentBlockBytes;
    const int64_t begin = offset - number * kDocumentBlockBytes;
    QS_RETURN_IF_ERROR(ReadBlock(number, sealed, plain));
    const int64_t taken = std::min(static_cast<int64_t>(plain.size()) - begin, end - offset);
    bytes.append(plain, static_cast<size_t>(begin), static_cast<size_t>(taken));
    offset += taken;
  }
  return bytes;
}

}  // namespace quayside
