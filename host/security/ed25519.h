// Ed25519 signatures and SHA-256 over OpenSSL: what signing plugins and trusting them needs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_pkey_st;

namespace quayside {

inline constexpr size_t kEd25519KeySize = 32;
inline constexpr size_t kEd25519SignatureSize = 64;

// A private key. Thread-safe.
class Ed25519Key {
 public:
  // INTERNAL when OpenSSL fails (no randomness).
  [[nodiscard]] static absl::StatusOr<Ed25519Key> Generate();
  // PKCS #8 as PEM, without a passphrase. INVALID_ARGUMENT INVALID_ARGUMENT when it is none, or a key of another kind.
  [[nodiscard]] static absl::StatusOr<Ed25519Key> FromPem(std::string_view pem);

  // 32 bytes.
  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  // The secret itself.
  [[nodiscard]] absl::StatusOr<std::string> ToPem() const;
  // 64 bytes.
  [[nodiscard]] absl::StatusOr<std::string> Sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;
  static absl::StatusOr<Ed25519Key> FromHandle(Handle handle);
  Ed25519Key(Handle handle, std::string public_key) : handle_(std::move(handle)), public_key_(std::move(public_key)) {}

  Handle handle_;
  std::string public_key_;
};

// False also for a key or a signature of a wrong length.
[[nodiscard]] bool VerifyEd25519(std::string_view public_key, std::string_view message, std::string_view signature);

// 64 hexadecimal digits.
[[nodiscard]] std::string Sha256Hex(std::string_view bytes);

}  // namespace quayside
