// The first certificate of a PEM text.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>

#include "host/base/time.h"

namespace quayside::cli {

class Certificate {
 public:
  // nullopt: there is none in it.
  [[nodiscard]] static std::optional<Certificate> FromText(const std::string& pem);

  // The last moment at which it is good; 0 when it says none that can be read.
  [[nodiscard]] TimeUs end() const;
  // Whether a client that asked for the host of this name takes it.
  [[nodiscard]] bool IsFor(const std::string& name) const;

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  explicit Certificate(X509* certificate) : certificate_(certificate) {}

  std::unique_ptr<X509, Free> certificate_;
};

}  // namespace quayside::cli
