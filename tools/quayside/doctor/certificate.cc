#include "tools/quayside/doctor/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace quayside::cli {

std::optional<Certificate> Certificate::FromText(const std::string& pem) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  ERR_clear_error();
  if (certificate == nullptr) return std::nullopt;
  return Certificate(certificate);
}

TimeUs Certificate::end() const {
  std::tm end{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(certificate_.get()), &end) == 1 ? ::timegm(&end) * kSecondUs : 0;
}

bool Certificate::IsFor(const std::string& name) const {
  return X509_check_host(certificate_.get(), name.c_str(), name.size(), 0, nullptr) == 1;
}

}  // namespace quayside::cli
