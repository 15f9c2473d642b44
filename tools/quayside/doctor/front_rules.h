// nginx in front of the host (docs/remote-access.md): what its configuration says, and what a call through it sees.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/time.h"
#include "host/ops/settings.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

// Of the server in a file that hands calls of gRPC on.
struct FrontConfig {
  std::string file;
  std::string address;      // where it listens on this machine, such as 127.0.0.1:443; empty: nowhere that is known
  std::string name;         // server_name: the first; empty: it answers to any
  std::string certificate;  // a path
  std::vector<std::string> hosts;  // where calls go: "127.0.0.1:8443", "unix:/run/quayside.sock"
  bool encrypts_again = false;     // grpcs: it speaks TLS with the host, too
};
// nullopt: the text hands no calls of gRPC on.
[[nodiscard]] std::optional<FrontConfig> ParseFront(const std::string& file, std::string_view text);

// Whether nginx and the host were told the same.
void JudgeFrontConfig(const FrontConfig& front, const Settings& settings, Findings& found);

struct FrontAnswer {
  std::string certificate;  // as it was shown (PEM); empty: nobody speaks TLS there
  std::string failure;      // of the call; empty: the host said that it serves
};
struct FrontCertificates {
  std::optional<TimeUs> shown_end;
  std::optional<TimeUs> file_end;  // nullopt: the file cannot be read here
  bool names_front = true;         // the one that is shown is for the front's name
};
[[nodiscard]] FrontCertificates CertificatesOf(const FrontConfig& front, const FrontAnswer& answer);

// `running`: there is a host that could answer.
void JudgeFrontAnswer(const FrontConfig& front, const FrontAnswer& answer, const FrontCertificates& certificates,
                      TimeUs now, bool running, Findings& found);

}  // namespace quayside::cli
