#include "host/net/signing.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/wipe.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr size_t kMostSignedBytes = size_t{1} << 20;
constexpr char kRsa[] = "rsa_sha256";

struct FreeSigningBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeSigningKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeSigningContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* BytesOfText(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* RoomOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Asked for a passphrase there is none; without this OpenSSL asks on the terminal.
int NoPassphraseToSign(char*, int, int, void*) { return -1; }

// nullptr: it is no HMAC.
const EVP_MD* HmacDigest(std::string_view algorithm) {
  if (algorithm == "hmac_sha1") return EVP_sha1();
  if (algorithm == "hmac_sha256") return EVP_sha256();
  if (algorithm == "hmac_sha512") return EVP_sha512();
  return nullptr;
}

absl::Status UnusableKey(std::string_view what) {
  return MakeError(absl::StatusCode::kUnauthenticated, Reason::kSecretUnusable, what);
}

absl::StatusOr<std::string> SignByHmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  std::string signature(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (HMAC(digest, key.data(), static_cast<int>(key.size()), BytesOfText(data), data.size(), RoomOf(signature),
           &size) == nullptr) {
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "OpenSSL does not sign");
  }
  signature.resize(size);
  return signature;
}

absl::StatusOr<std::string> SignByRsa(std::string_view pem, std::string_view data) {
  const std::unique_ptr<BIO, FreeSigningBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "no memory for a key");
  const std::unique_ptr<EVP_PKEY, FreeSigningKey> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphraseToSign, nullptr));
  if (key == nullptr || EVP_PKEY_id(key.get()) != EVP_PKEY_RSA)
    return UnusableKey("the secret is no RSA private key in PEM without a passphrase");
  const std::unique_ptr<EVP_MD_CTX, FreeSigningContext> context(EVP_MD_CTX_new());
  size_t size = 0;
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, BytesOfText(data), data.size()) != 1) {
    return UnusableKey("OpenSSL does not sign with this key");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), RoomOf(signature), &size, BytesOfText(data), data.size()) != 1)
    return UnusableKey("OpenSSL does not sign with this key");
  signature.resize(size);
  return signature;
}

absl::Status CheckDeclared(const pb::SignRequest& request, const CallContext& context) {
  const auto refuse = [](std::string_view what) {
    return MakeError(absl::StatusCode::kPermissionDenied, Reason::kSigningDenied, what);
  };
  if (context.manifest == nullptr) return refuse("a call without a manifest signs nothing");
  const auto& secrets = context.manifest->secrets();
  const auto secret = std::find_if(secrets.begin(), secrets.end(),
                                   [&](const pb::Secret& each) { return each.name() == request.secret(); });
  if (secret == secrets.end()) return refuse(Concat("the manifest declares no secret '", request.secret(), "'"));
  const auto& algorithms = secret->sign_algorithms();
  if (std::find(algorithms.begin(), algorithms.end(), request.algorithm()) != algorithms.end()) return absl::OkStatus();
  return refuse(
      Concat("the manifest does not let secret '", request.secret(), "' sign by '", request.algorithm(), "'"));
}

absl::StatusOr<std::string> Encoded(const std::string& encoding, std::string signature) {
  if (encoding.empty()) return signature;
  if (encoding == "hex") return absl::BytesToHexString(signature);
  if (encoding == "base64") return absl::Base64Escape(signature);
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                   Concat("a signature is written as hex or base64, not as '", encoding, "'"));
}

class SecretSigning final : public SigningService {
 public:
  explicit SecretSigning(SecretSource& secrets) : secrets_(secrets) {}

  absl::StatusOr<pb::SignReply> Handle(const pb::SignRequest& request, const CallContext& context) override {
    QS_RETURN_IF_ERROR(CheckDeclared(request, context));
    if (request.data().size() > kMostSignedBytes) {
      return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                       Concat("at most ", kMostSignedBytes, " bytes are signed"));
    }
    QS_ASSIGN_OR_RETURN(std::string key, secrets_.GetSecret(context.account_id, request.secret()));
    const WipeAtEnd wipe(key);
    absl::StatusOr<std::string> signature = SignBytes(request.algorithm(), key, request.data());
    QS_RETURN_IF_ERROR(signature.status());
    pb::SignReply reply;
    QS_ASSIGN_OR_RETURN(*reply.mutable_signature(), Encoded(request.encoding(), *std::move(signature)));
    return reply;
  }

 private:
  SecretSource& secrets_;
};

}  // namespace

absl::StatusOr<std::string> SignBytes(std::string_view algorithm, std::string_view key, std::string_view data) {
  if (algorithm == kRsa) return SignByRsa(key, data);
  if (const EVP_MD* digest = HmacDigest(algorithm); digest != nullptr) return SignByHmac(digest, key, data);
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                   Concat("there is no algorithm '", algorithm, "'"));
}

std::unique_ptr<SigningService> MakeSigningService(SecretSource& secrets) {
  return std::make_unique<SecretSigning>(secrets);
}

}  // namespace quayside
