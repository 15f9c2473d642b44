// The folder in which documents lie: {folder}/{account}/{name}.doc, sealed (document_file.h). A document appears there
// whole, by a rename, or not at all, and survives restarts; what a killed process left half written is removed at the
// next start. The host's clock, kept as the file's time, says how old it is: after two days it does not exist any more.
//
// A file is synced before it gets its name, and the folder after: a name never stands for less than the whole document,
// also after a power loss, and a document that was answered for is not lost by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/document_file.h"
#include "host/ops/log.h"
#include "host/security/cipher.h"

namespace quayside {

inline constexpr DurationUs kDocumentLifeUs = 2 * kDayUs;

struct SpoolOptions {
  std::string folder;
  int64_t max_bytes = int64_t{8} << 30;         // of all files together
  int64_t min_free_bytes = int64_t{256} << 20;  // left on the disk: the database needs it more
};

struct DocumentPart {
  std::string bytes;
  int64_t document_size = 0;
};

// Thread-safe. Account ids and names must be fit for file names: callers check them.
class DocumentSpool {
 public:
  // A document on its way in; discarded unless committed. Not thread-safe; must not outlive the spool.
  class Incoming {
   public:
    Incoming(DocumentSpool& spool, std::string account, std::unique_ptr<DocumentWriter> writer, std::string part_path,
             std::string path)
        : spool_(spool),
          account_(std::move(account)),
          writer_(std::move(writer)),
          part_path_(std::move(part_path)),
          path_(std::move(path)) {}
    ~Incoming();
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;

    // RESOURCE_EXHAUSTED DOCUMENT_SPOOL_FULL or DISK_FULL; CANCELLED: its account was released since.
    [[nodiscard]] absl::Status Append(std::string_view bytes);
    // Makes it durable and visible, in place of one of the same name. Called once. CANCELLED as Append.
    [[nodiscard]] absl::StatusOr<DocumentFacts> Commit(std::string_view charset, int64_t undecodable);
    // [any-thread] Its account was released: nothing of it will be kept.
    [[nodiscard]] bool is_released() const { return released_; }

   private:
    friend class DocumentSpool;

    DocumentSpool& spool_;
    const std::string account_;
    const std::unique_ptr<DocumentWriter> writer_;
    const std::string part_path_;
    const std::string path_;
    int64_t reserved_ = 0;
    bool committed_ = false;
    std::atomic<bool> released_ = false;  // changes under the spool's lock
  };

  // Makes the folder (0700) and removes what is left of half written documents and what is too old. INTERNAL when the
  // folder cannot be used. One spool per folder at a time.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<DocumentSpool>> Open(SpoolOptions options, const Cipher& cipher,
                                                                           const Clock& clock, Logger& logger);

  // nullopt: not here.
  [[nodiscard]] absl::StatusOr<std::optional<DocumentFacts>> Find(const std::string& account, const std::string& name);
  // Up to `count` bytes from `offset`. INVALID_ARGUMENT: the document ends before `offset`. NOT_FOUND
  // DOCUMENT_NOT_FOUND, or DOCUMENT_DAMAGED: the file had been changed and was removed.
  [[nodiscard]] absl::StatusOr<DocumentPart> Read(const std::string& account, const std::string& name, int64_t offset,
                                                  int64_t count);
  [[nodiscard]] absl::StatusOr<std::unique_ptr<Incoming>> Begin(const std::string& account, const std::string& name);
  // What is not there is released.
  [[nodiscard]] absl::Status Release(const std::string& account, const std::string& name);
  // All of an account that is deleted, and its folder. What is on its way in comes to nothing, also when an account of
  // that name is made again.
  [[nodiscard]] absl::Status ReleaseAccount(const std::string& account);
  // Those that have a folder here.
  [[nodiscard]] absl::StatusOr<std::vector<std::string>> Accounts() const;

  // Removes what is too old and counts what is left anew; to be called now and then. How many it removed.
  int64_t Sweep();
  // Of all documents, with those on their way in.
  [[nodiscard]] int64_t bytes() const;

 private:
  DocumentSpool(SpoolOptions options, const Cipher& cipher, const Clock& clock, Logger& logger)
      : options_(std::move(options)), cipher_(cipher), clock_(clock), logger_(logger) {}

  [[nodiscard]] std::string AccountFolder(const std::string& account) const;
  [[nodiscard]] std::string PathOf(const std::string& account, const std::string& name) const;
  [[nodiscard]] bool IsTooOld(TimeUs modified_us) const;
  absl::Status RemoveLeftovers();
  [[nodiscard]] absl::StatusOr<std::unique_ptr<DocumentReader>> OpenDocument(const std::string& account,
                                                                             const std::string& name);
  // Removes a damaged document and says so; any other status as it is.
  absl::Status GiveUpDamaged(const absl::Status& status, const std::string& account, const std::string& name);
  absl::Status Remove(const std::string& path);
  absl::Status Reserve(int64_t bytes);

  const SpoolOptions options_;
  const Cipher& cipher_;
  const Clock& clock_;
  Logger& logger_;
  mutable std::mutex mutex_;
  int64_t committed_bytes_ = 0;  // of files with their final name
  int64_t incoming_bytes_ = 0;   // reserved by documents on their way in
  int64_t parts_made_ = 0;
  std::set<Incoming*> incoming_;
};

}  // namespace quayside
