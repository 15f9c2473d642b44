#include "tools/quayside/socket_path.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace quayside::cli {
namespace {

constexpr char kSystemSocket[] = "/var/lib/quayside/run/quayside.sock";

}  // namespace

SocketChoice ChooseSocket(const std::string& flag,
                          const std::function<std::optional<std::string>(const std::string& name)>& environment,
                          const std::function<bool(const std::string& path)>& exists) {
  if (!flag.empty()) return {flag, "--socket", false};
  if (const auto path = environment("QUAYSIDE_SOCKET"); path && !path->empty())
    return {*path, "$QUAYSIDE_SOCKET", false};
  if (const auto folder = environment("XDG_RUNTIME_DIR"); folder && !folder->empty()) {
    const std::string path = absl::StrCat(*folder, "/quayside/quayside.sock");
    if (exists(path)) return {path, "$XDG_RUNTIME_DIR", false};
  }
  return {kSystemSocket, "the default", false};
}

SocketFinding InspectSocket(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return SocketFinding::kPathTooLong;
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return errno == EACCES ? SocketFinding::kNoPermission : SocketFinding::kMissing;
  if (!S_ISSOCK(facts.st_mode)) return SocketFinding::kNotASocket;
  if (access(path.c_str(), W_OK) != 0) return SocketFinding::kNoPermission;
  return SocketFinding::kNobodyListens;
}

std::string SocketAdvice(SocketFinding finding, const SocketChoice& socket) {
  switch (finding) {
    case SocketFinding::kMissing:
      return "there is no such socket; start the host ('systemctl start quaysided', or 'quaysided' by hand), or name "
             "its socket with --socket PATH or $QUAYSIDE_SOCKET";
    case SocketFinding::kNotASocket:
      return absl::StrCat("that is a file of another kind; ", socket.chosen_by, " should name the host's socket");
    case SocketFinding::kNoPermission:
      return "your user may not use that socket; run as the user of the host ('sudo -u quayside quayside ...')";
    case SocketFinding::kPathTooLong:
      return absl::StrCat("a socket's path has at most ", sizeof(sockaddr_un::sun_path) - 1,
                          " bytes; use a shorter one, or a relative one");
    case SocketFinding::kNobodyListens:
      break;
  }
  return "the socket is there but nobody answers; is the host running? 'systemctl status quaysided' shows it, "
         "'systemctl start quaysided' starts it";
}

}  // namespace quayside::cli
