#include "host/security/aead.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "host/base/errors.h"

namespace quayside {
namespace {

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text, size_t offset) {
  return reinterpret_cast<unsigned char*>(text.data()) + offset;
}

// EVP counts in int.
bool FitsEvp(std::string_view text) { return text.size() <= static_cast<size_t>(std::numeric_limits<int>::max()); }

}  // namespace

// As many states as threads ever were busy at once. Thread-safe.
class Aead::Contexts {
 public:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // wipes the key schedule
  };
  using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

  Contexts(const SecretKey& key, bool seal) : seal_(seal), first_(Make(key.data())) {
    if (first_ != nullptr) free_.push_back(Copy());
  }

  // Null when OpenSSL has no memory.
  CipherContext Take() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        CipherContext context = std::move(free_.back());
        free_.pop_back();
        return context;
      }
    }
    return first_ == nullptr ? nullptr : Copy();
  }

  void Return(CipherContext context) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(context));
  }

 private:
  [[nodiscard]] CipherContext Make(const unsigned char* key) const {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (context == nullptr) return nullptr;
    if (EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key, nullptr, seal_ ? 1 : 0) != 1) return nullptr;
    return context;
  }

  [[nodiscard]] CipherContext Copy() const {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (context == nullptr || EVP_CIPHER_CTX_copy(context.get(), first_.get()) != 1) return nullptr;
    return context;
  }

  const bool seal_;
  const CipherContext first_;  // only copied from
  std::mutex mutex_;
  std::vector<CipherContext> free_;
};

Aead::Aead(const SecretKey& key)
    : sealing_(std::make_unique<Contexts>(key, true)), opening_(std::make_unique<Contexts>(key, false)) {}

Aead::~Aead() = default;

absl::Status Aead::Seal(std::string_view plain, std::string_view context, std::string& out) const {
  const auto failed = [](const char* what) { return MakeError(absl::StatusCode::kInternal, Reason::kInternal, what); };
  if (!FitsEvp(plain) || !FitsEvp(context)) return failed("a text is too long to be encrypted");
  Contexts::CipherContext state = sealing_->Take();
  if (state == nullptr) return failed("OpenSSL cannot make a cipher state");
  const size_t start = out.size();
  out.resize(start + kOverhead + plain.size());
  unsigned char* nonce = Bytes(out, start);
  unsigned char* body = nonce + kNonceSize;
  int size = 0;
  const bool ok =
      RAND_bytes(nonce, kNonceSize) == 1 && EVP_CipherInit_ex(state.get(), nullptr, nullptr, nullptr, nonce, 1) == 1 &&
      EVP_CipherUpdate(state.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_CipherUpdate(state.get(), body, &size, Bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_CipherFinal_ex(state.get(), body + plain.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(state.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, body + plain.size()) == 1;
  if (!ok) {
    out.resize(start);
    return failed("OpenSSL cannot encrypt (no randomness?)");
  }
  sealing_->Return(std::move(state));
  return absl::OkStatus();
}

bool Aead::Open(std::string_view sealed, std::string_view context, std::string& plain) const {
  plain.clear();
  if (sealed.size() < kOverhead || !FitsEvp(sealed) || !FitsEvp(context)) return false;
  Contexts::CipherContext state = opening_->Take();
  if (state == nullptr) return false;
  const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kOverhead);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  plain.resize(body.size());
  unsigned char end = 0;  // where Final would write; GCM has no padding
  int size = 0;
  const bool ok =
      EVP_CipherInit_ex(state.get(), nullptr, nullptr, nullptr, Bytes(sealed), 0) == 1 &&
      EVP_CipherUpdate(state.get(), nullptr, &size, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_CipherUpdate(state.get(), Bytes(plain, 0), &size, Bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(state.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_CipherFinal_ex(state.get(), &end, &size) == 1;
  if (!ok) {
    OPENSSL_cleanse(plain.data(), plain.size());
    plain.clear();
    return false;  // the state is dropped, not returned: its next use begins clean
  }
  opening_->Return(std::move(state));
  return true;
}

}  // namespace quayside
