// AES-256-GCM over OpenSSL: sealing and opening of one text under one key.
//
// The output is `nonce (12 bytes) | ciphertext | tag (16 bytes)`. Nonces are random, which is safe for 2^32 texts per
// key.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "host/security/secret_bytes.h"

struct evp_cipher_ctx_st;

namespace quayside {

// Thread-safe.
class Aead {
 public:
  static constexpr size_t kNonceSize = 12;
  static constexpr size_t kTagSize = 16;
  static constexpr size_t kOverhead = kNonceSize + kTagSize;

  explicit Aead(const SecretKey& key);
  ~Aead();
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;

  // Appends to `out`. INTERNAL when OpenSSL fails (no randomness, no memory).
  [[nodiscard]] absl::Status Seal(std::string_view plain, std::string_view context, std::string& out) const;
  // False: not sealed with this key and context, or changed since. `plain` is empty then.
  [[nodiscard]] bool Open(std::string_view sealed, std::string_view context, std::string& plain) const;

 private:
  class Contexts;
  // OpenSSL's states with the key schedule done: setting up a new one costs as much as sealing a kilobyte.
  std::unique_ptr<Contexts> sealing_;
  std::unique_ptr<Contexts> opening_;
};

}  // namespace quayside
