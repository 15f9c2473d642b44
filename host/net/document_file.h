// One document as a file: its bytes in blocks of 64 KiB, each sealed by itself so that any part can be read without the
// rest, and a footer with what is known of it.
//
//   block 0 | block 1 | ... | footer | length of the footer (4 bytes) | "QSdoc\0\0\1"
//
// A block is nonce, ciphertext and tag (host/security/aead.h) under a key of the document's own, bound to the
// document's id and the block's number: blocks cannot be exchanged, within a document or between two. The footer holds
// that key and the size, sealed by the host's cipher and bound to the id: without it nothing of the file can be read,
// and a file that was cut or renamed is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/file_descriptor.h"
#include "host/base/time.h"
#include "host/security/aead.h"
#include "host/security/cipher.h"

namespace quayside {

inline constexpr int64_t kDocumentBlockBytes = 64 << 10;

struct DocumentFacts {
  int64_t size = 0;         // bytes kept
  std::string charset;      // decoded from; empty = kept as they came
  int64_t undecodable = 0;  // sequences that became U+FFFD
};

// Not thread-safe.
class DocumentWriter {
 public:
  // Makes the file, which must not exist. RESOURCE_EXHAUSTED DISK_FULL, INTERNAL.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<DocumentWriter>> Create(const std::string& path,
                                                                              std::string document_id,
                                                                              const Cipher& cipher);
  DocumentWriter(const DocumentWriter&) = delete;
  DocumentWriter& operator=(const DocumentWriter&) = delete;

  [[nodiscard]] absl::Status Append(std::string_view bytes);
  // Writes the footer and brings everything to the disk. `modified_us` becomes the file's time. Nothing may follow.
  [[nodiscard]] absl::Status Finish(std::string_view charset, int64_t undecodable, TimeUs modified_us);

  [[nodiscard]] int64_t file_bytes() const { return file_bytes_; }
  [[nodiscard]] const DocumentFacts& facts() const { return facts_; }

 private:
  DocumentWriter(std::string path, std::string document_id, const Cipher& cipher)
      : path_(std::move(path)), document_id_(std::move(document_id)), cipher_(cipher) {}
  absl::Status WriteBlock(std::string_view plain);
  absl::Status WriteAll(std::string_view bytes);

  const std::string path_;
  const std::string document_id_;
  const Cipher& cipher_;
  FileDescriptor file_;
  SecretKey key_;
  std::unique_ptr<Aead> blocks_;
  std::string plain_;   // the block that is not full yet
  std::string sealed_;  // room for one sealed block
  int64_t next_block_ = 0;
  int64_t file_bytes_ = 0;
  int64_t handed_to_disk_ = 0;
  DocumentFacts facts_;
};

// Not thread-safe.
class DocumentReader {
 public:
  // NOT_FOUND: there is no file. DATA_LOSS DOCUMENT_DAMAGED: it is not what was written under this id.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<DocumentReader>> Open(const std::string& path,
                                                                            std::string document_id,
                                                                            const Cipher& cipher);
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  [[nodiscard]] const DocumentFacts& facts() const { return facts_; }
  [[nodiscard]] TimeUs modified_us() const { return modified_us_; }
  // Up to `count` bytes from `offset`, which lies within the document; fewer only at its end. DATA_LOSS
  // DOCUMENT_DAMAGED.
  [[nodiscard]] absl::StatusOr<std::string> Read(int64_t offset, int64_t count) const;

 private:
  DocumentReader(FileDescriptor file, std::string document_id)
      : file_(std::move(file)), document_id_(std::move(document_id)) {}
  absl::Status ReadFooter(const Cipher& cipher);
  absl::Status ReadBlock(int64_t number, std::string& sealed, std::string& plain) const;

  const FileDescriptor file_;
  const std::string document_id_;
  DocumentFacts facts_;
  TimeUs modified_us_ = 0;
  std::unique_ptr<Aead> blocks_;
};

// What went wrong with a file of the spool. RESOURCE_EXHAUSTED DISK_FULL, else INTERNAL.
[[nodiscard]] absl::Status SpoolFileError(std::string_view doing, const std::string& path, int error);

}  // namespace quayside
