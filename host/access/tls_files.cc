#include "host/access/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "host/base/text.h"

namespace quayside {
namespace {

struct Free {
  void operator()(FILE* file) const { std::fclose(file); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<FILE, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

constexpr char kCertificate[] = "remote.certificate";
constexpr char kKey[] = "remote.key";
constexpr char kClientCa[] = "remote.client_ca";

using Violations = std::vector<FieldViolation>;

File Open(const std::string& path, const char* setting, Violations& found) {
  File file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) found.push_back({setting, Concat("cannot read '", path, "': ", std::strerror(errno))});
  return file;
}

// Nobody is asked for a passphrase: a host starts without people.
int NoPassphrase(char*, int, int, void*) { return 0; }

void CheckTime(const X509& certificate, const std::string& path, const char* setting, Violations& found) {
  if (X509_cmp_current_time(X509_get0_notAfter(&certificate)) < 0) {
    found.push_back({setting, Concat("the certificate in '", path, "' has expired; put a newer one there")});
  } else if (X509_cmp_current_time(X509_get0_notBefore(&certificate)) > 0) {
    found.push_back({setting, Concat("the certificate in '", path, "' is not valid yet; look at the system's clock")});
  }
}

Certificate ReadCertificate(const std::string& path, const char* setting, Violations& found) {
  const File file = Open(path, setting, found);
  if (file == nullptr) return nullptr;
  Certificate certificate(PEM_read_X509(file.get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) {
    found.push_back({setting, Concat("'", path, "' holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")});
    return nullptr;
  }
  CheckTime(*certificate, path, setting, found);
  return certificate;
}

Key ReadKey(const std::string& path, Violations& found) {
  const File file = Open(path, kKey, found);
  if (file == nullptr) return nullptr;
  struct stat info {};
  if (::fstat(fileno(file.get()), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    found.push_back({kKey, Concat("the key '", path, "' is open to others; run: chmod 600 ", path)});
  }
  Key key(PEM_read_PrivateKey(file.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    found.push_back({kKey, Concat("'", path, "' holds no private key in PEM without a passphrase")});
  }
  return key;
}

}  // namespace

std::vector<FieldViolation> CheckTlsFiles(const TlsFiles& files) {
  Violations found;
  const Certificate certificate = ReadCertificate(files.certificate, kCertificate, found);
  const Key key = ReadKey(files.key, found);
  if (certificate != nullptr && key != nullptr && X509_check_private_key(certificate.get(), key.get()) != 1) {
    found.push_back(
        {kKey, Concat("the key '", files.key, "' does not belong to the certificate '", files.certificate, "'")});
  }
  if (!files.client_ca.empty()) static_cast<void>(ReadCertificate(files.client_ca, kClientCa, found));
  ERR_clear_error();
  return found;
}

}  // namespace quayside
