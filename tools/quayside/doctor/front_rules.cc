#include "tools/quayside/doctor/front_rules.h"

#include <algorithm>
#include <utility>

#include "host/base/text.h"
#include "tools/quayside/doctor/certificate.h"
#include "tools/quayside/doctor/machine_rules.h"

namespace quayside::cli {
namespace {

constexpr char kPage[] = "docs/remote-access.md shows how";

// Words of one directive; `ends` with ';', or '{' when a block follows, or '}' without words.
struct Directive {
  std::vector<std::string> words;
  char ends = 0;
};

class NginxReader {
 public:
  explicit NginxReader(std::string_view rest) : rest_(rest) {}

  // nullopt: the text is over.
  std::optional<Directive> Next() {
    Directive directive;
    while (!rest_.empty()) {
      const char next = rest_.front();
      if (next == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (next == ';' || next == '{' || next == '}') {
        rest_.remove_prefix(1);
        directive.ends = next;
        return directive;
      } else if (std::string_view(" \t\r\n").find(next) != std::string_view::npos) {
        rest_.remove_prefix(1);
      } else {
        directive.words.push_back(Word());
      }
    }
    return std::nullopt;
  }

 private:
  std::string Word() {
    const char quote = rest_.front();
    if (quote == '"' || quote == '\'') {
      const size_t end = std::min(rest_.find(quote, 1), rest_.size());
      std::string word(rest_.substr(1, end - 1));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      return word;
    }
    // A variable may stand in braces, which a word holds.
    size_t end = 0;
    while (end < rest_.size() && std::string_view(" \t\r\n;").find(rest_[end]) == std::string_view::npos) {
      if (rest_[end] == '{' && (end == 0 || rest_[end - 1] != '$')) break;
      ++end;
    }
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return word;
  }

  std::string_view rest_;
};

// What `listen` means for somebody on this machine.
std::string LocalAddress(std::string listen) {
  if (listen.starts_with("unix:")) return {};
  if (ParseWhole(listen).has_value()) return Concat("127.0.0.1:", listen);
  for (const auto& [everywhere, here] : {std::pair<std::string_view, std::string_view>{"*:", "127.0.0.1:"},
                                         {"0.0.0.0:", "127.0.0.1:"},
                                         {"[::]:", "[::1]:"}}) {
    if (listen.starts_with(everywhere)) return Concat(here, listen.substr(everywhere.size()));
  }
  return listen.find(':') == std::string::npos ? Concat(listen, ":443") : listen;
}

// A name that a client can ask for: no pattern, and not the one that matches nothing.
bool IsPlainServerName(std::string_view name) {
  return !name.empty() && name.find_first_of("~*_\"$") == std::string_view::npos && name.front() != '.';
}

struct Gathered {
  FrontConfig front;
  std::string pass;  // what grpc_pass names
  std::map<std::string, std::vector<std::string>> upstreams;
};

void TakeDirective(const std::vector<std::string>& words, const std::string& block, Gathered& gathered) {
  const std::string& what = words.front();
  const std::string value = words.size() > 1 ? words[1] : "";
  FrontConfig& front = gathered.front;
  if (block == "server" && what == "listen" && front.address.empty()) {
    front.address = LocalAddress(value);
  } else if (block == "server" && what == "server_name" && front.name.empty() && IsPlainServerName(value)) {
    front.name = value;
  } else if (what == "ssl_certificate" && front.certificate.empty()) {
    front.certificate = value;
  } else if (what == "grpc_pass" && gathered.pass.empty()) {
    gathered.pass = value;
  } else if (block.starts_with("upstream ") && what == "server") {
    gathered.upstreams[block.substr(9)].push_back(value);
  }
}

}  // namespace

std::optional<FrontConfig> ParseFront(const std::string& file, std::string_view text) {
  Gathered gathered;
  std::vector<std::string> blocks;
  NginxReader reader(text);
  while (const std::optional<Directive> directive = reader.Next()) {
    if (directive->ends == '}') {
      if (!blocks.empty()) blocks.pop_back();
    } else if (directive->words.empty()) {
      continue;
    } else if (directive->ends == '{') {
      const std::string& name = directive->words.front();
      blocks.push_back(name == "upstream" && directive->words.size() > 1 ? Concat("upstream ", directive->words[1])
                                                                         : name);
    } else {
      TakeDirective(directive->words, blocks.empty() ? "" : blocks.back(), gathered);
    }
  }
  if (gathered.pass.empty()) return std::nullopt;
  FrontConfig front = std::move(gathered.front);
  front.file = file;
  front.encrypts_again = gathered.pass.starts_with("grpcs://");
  std::string target = gathered.pass;
  if (const size_t slashes = target.find("://"); slashes != std::string::npos) target = target.substr(slashes + 3);
  const auto upstream = gathered.upstreams.find(target);
  front.hosts = upstream == gathered.upstreams.end() ? std::vector<std::string>{target} : upstream->second;
  return front;
}

void JudgeFrontConfig(const FrontConfig& front, const Settings& settings, Findings& found) {
  for (const std::string& host : front.hosts) {
    if (!host.starts_with("unix:")) continue;
    Problem(found, "front",
            Concat("nginx hands calls to the socket ", host.substr(5), ": whoever comes through is admin"),
            Concat("hand them to the address of remote.listen; ", kPage));
    return;
  }
  if (settings.remote_listen.empty()) {
    Problem(found, "front", Concat(front.file, " hands calls to a host that listens on no address"),
            Concat("set remote.listen to ", front.hosts.front(), " and restart the host, or take the file away"));
    return;
  }
  if (std::find(front.hosts.begin(), front.hosts.end(), settings.remote_listen) == front.hosts.end()) {
    Problem(found, "front",
            Concat("nginx hands calls to ", front.hosts.front(), ", the host listens on ", settings.remote_listen),
            Concat("write the same in ", front.file, " and in remote.listen; then reload nginx or restart the host"));
  } else if (!settings.remote_certificate.empty() && !front.encrypts_again) {
    Problem(found, "front", Concat("nginx speaks plainly with the host, which wants TLS on ", settings.remote_listen),
            Concat("take remote.certificate and what goes with it out of the host's configuration; ", kPage));
  } else {
    Fine(found, "front", Concat(front.file, " hands calls to ", settings.remote_listen));
  }
}

FrontCertificates CertificatesOf(const FrontConfig& front, const FrontAnswer& answer) {
  FrontCertificates certificates;
  const std::optional<Certificate> shown = Certificate::FromText(answer.certificate);
  if (shown.has_value()) {
    certificates.shown_end = shown->end();
    certificates.names_front = front.name.empty() || shown->IsFor(front.name);
  }
  certificates.file_end = CertificateEnd(front.certificate);
  return certificates;
}

void JudgeFrontAnswer(const FrontConfig& front, const FrontAnswer& answer, const FrontCertificates& certificates,
                      TimeUs now, bool running, Findings& found) {
  if (!certificates.shown_end.has_value()) {
    Problem(found, "front", Concat("nobody speaks TLS at ", front.address, ": ", answer.failure),
            "nginx -t names a mistake in its configuration; systemctl start nginx");
    return;
  }
  // A host that does not run is told already.
  if (!answer.failure.empty() && running) {
    Problem(found, "front", Concat("a call through ", front.address, " does not reach the host: ", answer.failure),
            Concat("compare ", front.file, " with remote.listen; nginx's error log says what it tried"));
  } else if (answer.failure.empty()) {
    Fine(found, "front", Concat("a call through ", front.address, " reaches the host"));
  }
  const bool is_renewed = certificates.file_end.has_value() && *certificates.file_end > *certificates.shown_end;
  const std::string renew = is_renewed
                                ? Concat("systemctl reload nginx: the one in ", front.certificate, " is newer")
                                : Concat("put a newer one at ", front.certificate, ", then: systemctl reload nginx");
  JudgeExpiry("front", Concat("the certificate at ", front.address), *certificates.shown_end, now, renew, found);
  if (!certificates.names_front) {
    Problem(found, "front", Concat("the certificate at ", front.address, " is not for ", front.name),
            Concat("get one for ", front.name, ", or write the name clients use as server_name in ", front.file));
  }
}

}  // namespace quayside::cli
