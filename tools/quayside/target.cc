#include "tools/quayside/target.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

absl::StatusOr<std::string> ReadNamedFile(const std::string& path, absl::string_view flag) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return UsageError(absl::StrCat(flag, ": cannot read '", path, "': ", std::strerror(errno)));
  }
  return text.str();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  if (path.empty()) return std::string();
  struct stat facts {};
  if (stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return UsageError(absl::StrCat("--token-file: '", path, "' can be read by others; run: chmod 600 ", path));
  }
  QS_CLI_ASSIGN_OR_RETURN(std::string token, ReadNamedFile(path, "--token-file"));
  absl::StripAsciiWhitespace(&token);
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) token.clear();
  }
  if (token.empty()) return UsageError(absl::StrCat("--token-file: '", path, "' holds no token"));
  return token;
}

bool IsThisMachine(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

}  // namespace

absl::StatusOr<Target> ChooseTarget(
    const TargetFlags& flags, const std::function<std::optional<std::string>(const std::string& name)>& environment,
    const std::function<bool(const std::string& path)>& exists) {
  const auto chosen = [&](const std::string& flag, const char* variable) {
    return flag.empty() ? environment(variable).value_or("") : flag;
  };
  Target target;
  QS_CLI_ASSIGN_OR_RETURN(target.token, ReadToken(chosen(flags.token_file, "QUAYSIDE_TOKEN_FILE")));
  if (!flags.socket.empty() && !flags.address.empty()) {
    return UsageError("--socket and --address name two hosts; give one");
  }
  const std::string address = flags.socket.empty() ? chosen(flags.address, "QUAYSIDE_ADDRESS") : "";
  if (address.empty()) {
    target.place = ChooseSocket(flags.socket, environment, exists);
    return target;
  }
  if (address.rfind(':') == std::string::npos) {
    return UsageError(absl::StrCat("an address has a port, such as ", address, ":8443"));
  }
  target.remote = true;
  target.place = {address, flags.address.empty() ? "$QUAYSIDE_ADDRESS" : "--address"};
  target.place.is_address = true;
  QS_CLI_ASSIGN_OR_RETURN(target.ca, ReadNamedFile(chosen(flags.ca, "QUAYSIDE_CA"), "--ca"));
  QS_CLI_ASSIGN_OR_RETURN(target.cert, ReadNamedFile(chosen(flags.cert, "QUAYSIDE_CERT"), "--cert"));
  QS_CLI_ASSIGN_OR_RETURN(target.key, ReadNamedFile(chosen(flags.key, "QUAYSIDE_KEY"), "--key"));
  if (target.cert.empty() != target.key.empty()) return UsageError("--cert and --key belong together");
  target.encrypted = !target.ca.empty() || !target.cert.empty() || !IsThisMachine(address);
  return target;
}

}  // namespace quayside::cli
