// Key bytes that are wiped when they are no longer needed.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace quayside {

// 32 bytes: an AES-256 key. Neither copied nor printed.
class SecretKey {
 public:
  static constexpr size_t kSize = 32;

  SecretKey() = default;
  ~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  [[nodiscard]] unsigned char* data() { return bytes_.data(); }
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }
  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::array<unsigned char, kSize> bytes_{};
};

}  // namespace quayside
