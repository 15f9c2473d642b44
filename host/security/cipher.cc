#include "host/security/cipher.h"

#include <openssl/rand.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/base/clock.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"
#include "host/security/aead.h"
#include "host/security/master_key.h"
#include "host/store/store.h"

namespace quayside {
namespace {

// Sealed text: version (1 byte) | data key id (8 bytes, big endian) | nonce | ciphertext | tag.
// Wrapped key: version (1 byte) | nonce | ciphertext (32 bytes) | tag, under the master key, bound to the id.
constexpr char kFormatVersion = 1;
constexpr size_t kHeaderSize = 1 + sizeof(int64_t);

std::string SealedHeader(int64_t key_id) {
  std::string header(1, kFormatVersion);
  for (int shift = 56; shift >= 0; shift -= 8)
    header.push_back(static_cast<char>(static_cast<uint64_t>(key_id) >> shift));
  return header;
}

int64_t KeyIdOf(std::string_view sealed) {
  uint64_t id = 0;
  for (size_t i = 1; i < kHeaderSize; ++i) id = id << 8 | static_cast<unsigned char>(sealed[i]);
  return static_cast<int64_t>(id);
}

std::string WrapContext(int64_t key_id) { return absl::StrCat("quayside data key ", key_id); }

absl::Status CannotOpen(const std::string& why) {
  return MakeError(absl::StatusCode::kDataLoss, Reason::kKeyUnavailable,
                   absl::StrCat("a sealed text cannot be opened: ", why));
}

// Immutable once made, hence thread-safe.
class KeySet {
 public:
  KeySet(std::map<int64_t, std::unique_ptr<Aead>> keys, int64_t sealing_key)
      : keys_(std::move(keys)), header_(SealedHeader(sealing_key)), sealing_(*keys_.at(sealing_key)) {}

  absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const {
    std::string sealed;
    sealed.reserve(header_.size() + Aead::kOverhead + plain.size());
    sealed = header_;
    QS_RETURN_IF_ERROR(sealing_.Seal(plain, context, sealed));
    return sealed;
  }

  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < kHeaderSize + Aead::kOverhead) return CannotOpen("it is too short");
    if (sealed[0] != kFormatVersion) {
      return CannotOpen(absl::StrCat("its format ", static_cast<int>(sealed[0]), " is not known to this program"));
    }
    const int64_t key_id = KeyIdOf(sealed);
    const auto key = keys_.find(key_id);
    if (key == keys_.end()) return CannotOpen(absl::StrCat("data key ", key_id, " does not exist"));
    std::string plain;
    if (!key->second->Open(sealed.substr(kHeaderSize), context, plain)) {
      return CannotOpen("it was changed, or belongs to another place");
    }
    return plain;
  }

 private:
  const std::map<int64_t, std::unique_ptr<Aead>> keys_;
  const std::string header_;
  const Aead& sealing_;
};

absl::StatusOr<WrappedKeyRecord> NewDataKey(const Aead& master, int64_t id, TimeUs now) {
  SecretKey key;
  if (RAND_bytes(key.data(), SecretKey::kSize) != 1) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL has no randomness for a data key");
  }
  WrappedKeyRecord record;
  record.id = id;
  record.created_us = now;
  record.wrapped.assign(1, kFormatVersion);
  QS_RETURN_IF_ERROR(master.Seal(key.view(), WrapContext(id), record.wrapped));
  return record;
}

absl::StatusOr<std::unique_ptr<SecretKey>> Unwrap(const Aead& master, const WrappedKeyRecord& record,
                                                  const std::string& master_key_file) {
  std::string plain;
  const bool ok = !record.wrapped.empty() && record.wrapped[0] == kFormatVersion &&
                  master.Open(std::string_view(record.wrapped).substr(1), WrapContext(record.id), plain) &&
                  plain.size() == SecretKey::kSize;
  if (!ok) {
    OPENSSL_cleanse(plain.data(), plain.size());
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kKeyUnavailable,
                     absl::StrCat("the master key ", master_key_file,
                                  " is not the one this database was written with; put that one back"));
  }
  auto key = std::make_unique<SecretKey>();
  plain.copy(reinterpret_cast<char*>(key->data()), SecretKey::kSize);
  OPENSSL_cleanse(plain.data(), plain.size());
  return key;
}

absl::StatusOr<std::shared_ptr<const KeySet>> UnwrapAll(const Aead& master,
                                                        const std::vector<WrappedKeyRecord>& records,
                                                        const std::string& master_key_file) {
  std::map<int64_t, std::unique_ptr<Aead>> keys;
  for (const WrappedKeyRecord& record : records) {
    QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> key, Unwrap(master, record, master_key_file));
    keys[record.id] = std::make_unique<Aead>(*key);
  }
  const int64_t newest = keys.rbegin()->first;
  return std::make_shared<const KeySet>(std::move(keys), newest);
}

// The same data key under another master key.
absl::StatusOr<WrappedKeyRecord> Rewrap(const Aead& from, const Aead& to, const WrappedKeyRecord& record,
                                        const std::string& master_key_file) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> key, Unwrap(from, record, master_key_file));
  WrappedKeyRecord wrapped{.id = record.id, .wrapped = std::string(1, kFormatVersion), .created_us = record.created_us};
  QS_RETURN_IF_ERROR(to.Seal(key->view(), WrapContext(record.id), wrapped.wrapped));
  return wrapped;
}

std::string NextFile(const std::string& master_key_file) { return master_key_file + ".next"; }

absl::StatusOr<std::vector<WrappedKeyRecord>> StoredKeys(Store& store) {
  std::vector<WrappedKeyRecord> keys;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(keys, tx.ListKeys());
    return absl::OkStatus();
  }));
  return keys;
}

absl::StatusOr<std::unique_ptr<SecretKey>> MasterKey(const std::string& path, bool keys_exist, bool create_if_absent) {
  std::error_code error;
  if (std::filesystem::exists(path, error) || error) return ReadMasterKey(path);
  if (keys_exist) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kKeyUnavailable,
                     absl::StrCat("the master key ", path,
                                  " is missing, but this database was written with one; put it back "
                                  "(a new key could not open the stored secrets and addresses)"));
  }
  if (!create_if_absent) return ReadMasterKey(path);  // which says what to do
  return MakeMasterKey(path);
}

// A rotation whose host died after the data keys were wrapped anew and before the file took its place: it takes it now.
absl::Status FinishRotation(const std::vector<WrappedKeyRecord>& records, const std::string& path) {
  const std::string next = NextFile(path);
  std::error_code error;
  if (records.empty() || !std::filesystem::exists(next, error)) return absl::OkStatus();
  const absl::StatusOr<std::unique_ptr<SecretKey>> key = ReadMasterKey(next);
  // What is no whole key was never wrapped with.
  if (!key.ok() || !UnwrapAll(Aead(**key), records, next).ok()) return absl::OkStatus();
  return ReplaceMasterKey(next, path);
}

class EnvelopeKeyRing final : public KeyRing {
 public:
  EnvelopeKeyRing(Store& store, const Clock& clock, std::string master_key_file, std::shared_ptr<const KeySet> keys)
      : store_(store), clock_(clock), master_key_file_(std::move(master_key_file)), keys_(std::move(keys)) {}

  absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const override {
    return keys()->Seal(plain, context);
  }
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const override {
    return keys()->Open(sealed, context);
  }

  absl::StatusOr<int64_t> Rotate(const KeyRotation& rotation) override {
    const std::lock_guard<std::mutex> one_at_a_time(rotation_mutex_);
    QS_ASSIGN_OR_RETURN(std::vector<WrappedKeyRecord> records, StoredKeys(store_));
    QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> present_key, ReadMasterKey(master_key_file_));
    const Aead present(*present_key);
    // The file may have been changed since the start: nothing may be wrapped with what does not open the rest.
    QS_RETURN_IF_ERROR(UnwrapAll(present, records, master_key_file_).status());
    const int64_t id = records.back().id + 1;
    if (rotation.validate_only) return id;
    if (!rotation.master_key) {
      QS_RETURN_IF_ERROR(Add(present, id, records));
    } else {
      const std::string next = NextFile(master_key_file_);
      std::error_code error;
      // Of a rotation that came to nothing. Making the next one says when it is still there.
      std::filesystem::remove(next, error);
      QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> next_key, MakeMasterKey(next));
      const Aead master(*next_key);
      for (WrappedKeyRecord& record : records) {
        QS_ASSIGN_OR_RETURN(record, Rewrap(present, master, record, master_key_file_));
      }
      QS_RETURN_IF_ERROR(Add(master, id, records));
      QS_RETURN_IF_ERROR(ReplaceMasterKey(next, master_key_file_));
    }
    return id;
  }

 private:
  std::shared_ptr<const KeySet> keys() const {
    const std::shared_lock<std::shared_mutex> lock(keys_mutex_);
    return keys_;
  }

  // Stores these and a new one in one transaction, and seals with it.
  absl::Status Add(const Aead& master, int64_t id, std::vector<WrappedKeyRecord>& records) {
    QS_ASSIGN_OR_RETURN(records.emplace_back(), NewDataKey(master, id, clock_.Now()));
    QS_ASSIGN_OR_RETURN(std::shared_ptr<const KeySet> keys, UnwrapAll(master, records, master_key_file_));
    QS_RETURN_IF_ERROR(store_.Write([&](Tx& tx) -> absl::Status {
      for (const WrappedKeyRecord& record : records) QS_RETURN_IF_ERROR(tx.PutKey(record));
      return absl::OkStatus();
    }));
    const std::unique_lock<std::shared_mutex> lock(keys_mutex_);
    keys_ = std::move(keys);
    return absl::OkStatus();
  }

  Store& store_;
  const Clock& clock_;
  const std::string master_key_file_;
  std::mutex rotation_mutex_;
  mutable std::shared_mutex keys_mutex_;
  std::shared_ptr<const KeySet> keys_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> OpenEnvelopeCipher(Store& store, const Clock& clock,
                                                            const std::string& master_key_file, bool create_if_absent) {
  QS_ASSIGN_OR_RETURN(std::vector<WrappedKeyRecord> records, StoredKeys(store));
  QS_RETURN_IF_ERROR(FinishRotation(records, master_key_file));
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> master_key,
                      MasterKey(master_key_file, !records.empty(), create_if_absent));
  const Aead master(*master_key);
  if (records.empty()) {
    QS_ASSIGN_OR_RETURN(const WrappedKeyRecord first, NewDataKey(master, 1, clock.Now()));
    FailPoint("start-before-first-key");
    // Another host on the same database may have been quicker: then its key counts.
    QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(records, tx.ListKeys());
      if (!records.empty()) return absl::OkStatus();
      records.push_back(first);
      return tx.PutKey(first);
    }));
    FailPoint("start-after-first-key");
  }
  QS_ASSIGN_OR_RETURN(std::shared_ptr<const KeySet> keys, UnwrapAll(master, records, master_key_file));
  return std::make_unique<EnvelopeKeyRing>(store, clock, master_key_file, std::move(keys));
}

absl::Status CheckDataKeys(const std::vector<WrappedKeyRecord>& keys, const std::string& master_key_file) {
  QS_ASSIGN_OR_RETURN(const std::unique_ptr<SecretKey> master_key, ReadMasterKey(master_key_file));
  const Aead master(*master_key);
  for (const WrappedKeyRecord& key : keys) QS_RETURN_IF_ERROR(Unwrap(master, key, master_key_file).status());
  return absl::OkStatus();
}

}  // namespace quayside
