// The files of a TLS listener, looked at before it opens: gRPC would take bad ones and refuse every handshake.
#pragma once

#include <string>
#include <vector>

#include "host/base/errors.h"

namespace quayside {

struct TlsFiles {
  std::string certificate;  // PEM: the server's, then those between it and its authority
  std::string key;          // PEM, without a passphrase; readable by its owner only
  std::string client_ca;    // PEM; empty: clients show no certificate
};

// Every mistake, with the setting (remote.certificate, ...) as the field: a file that is missing or no PEM, a
// certificate that has expired or is not valid yet (by the system's clock, as clients see it), a key that does not
// belong to it or that others can read.
[[nodiscard]] std::vector<FieldViolation> CheckTlsFiles(const TlsFiles& files);

}  // namespace quayside
