#include "host/security/ed25519.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

absl::Status Failed(std::string_view what) { return MakeError(absl::StatusCode::kInternal, Reason::kInternal, what); }

const unsigned char* DataOf(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Asked for a passphrase there is none; without this OpenSSL asks on the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

void Ed25519Key::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

absl::StatusOr<Ed25519Key> Ed25519Key::FromHandle(Handle handle) {
  std::string public_key(kEd25519KeySize, '\0');
  size_t size = public_key.size();
  if (handle == nullptr || EVP_PKEY_id(handle.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(handle.get(), reinterpret_cast<unsigned char*>(public_key.data()), &size) != 1 ||
      size != kEd25519KeySize) {
    return Failed("OpenSSL made no Ed25519 key");
  }
  return Ed25519Key(std::move(handle), std::move(public_key));
}

absl::StatusOr<Ed25519Key> Ed25519Key::Generate() {
  return FromHandle(Handle(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
}

absl::StatusOr<Ed25519Key> Ed25519Key::FromPem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return Failed("no memory for a key");
  Handle handle(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr));
  if (handle == nullptr || EVP_PKEY_id(handle.get()) != EVP_PKEY_ED25519) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                     "is no Ed25519 private key in PEM without a passphrase; 'quayside plugin keygen' makes one");
  }
  return FromHandle(std::move(handle));
}

absl::StatusOr<std::string> Ed25519Key::ToPem() const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return Failed("OpenSSL cannot write the key");
  }
  char* text = nullptr;
  const int64_t size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

absl::StatusOr<std::string> Ed25519Key::Sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureSize, '\0');
  size_t size = signature.size();
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, DataOf(message),
                     message.size()) != 1 ||
      size != kEd25519SignatureSize) {
    return Failed("OpenSSL cannot sign");
  }
  return signature;
}

bool VerifyEd25519(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != kEd25519KeySize || signature.size() != kEd25519SignatureSize) return false;
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, DataOf(public_key), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  return key != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), DataOf(signature), signature.size(), DataOf(message), message.size()) == 1;
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace quayside
