#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "host/access/tls_files.h"
#include "host/base/text.h"
#include "host/store/restore.h"
#include "tools/quayside/doctor/checks.h"
#include "tools/quayside/doctor/machine_rules.h"
#include "tools/quayside/doctor/unit_rules.h"

namespace quayside::cli {
namespace {

// Whether somebody holds a lock on the file, as the kernel lists them: to try the lock would keep out a host that
// starts at this moment.
bool IsLocked(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return false;
  const std::string inode = Concat(":", info.st_ino, " ");
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (line.find("FLOCK") != std::string::npos && line.find(inode) != std::string::npos) return true;
  }
  return false;
}

// The lock, not the number in the file: a host that was killed leaves its number behind.
std::string HolderOf(const std::string& data_dir) {
  const std::string path = Concat(data_dir, "/quayside.lock");
  if (!IsLocked(path)) return {};
  std::string pid;
  std::getline(std::ifstream(path), pid);
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

Installation InstallationOf(const Settings& settings, TimeUs now) {
  Installation place{.settings = settings, .data_dir = settings.data_dir, .now = now};
  place.socket = settings.socket.empty() ? Concat(settings.data_dir, "/run/quayside.sock") : settings.socket;
  place.plugin_dir = settings.plugin_dir.empty() ? Concat(settings.data_dir, "/plugins") : settings.plugin_dir;
  place.host_pid = HolderOf(place.data_dir);
  return place;
}

void CheckFolders(const Installation& place, Findings& found) {
  const PathFacts data = LookAtPath(place.data_dir);
  JudgeFolder("data folder", place.data_dir, data, found);
  if (!data.exists) return;
  if (::access(place.data_dir.c_str(), R_OK | X_OK) != 0) {
    Problem(found, "data folder", Concat(place.data_dir, " may not be read by who runs this"),
            "run the doctor as the host's user, or as root");
    return;
  }
  if (const PathFacts plugins = LookAtPath(place.plugin_dir); !plugins.exists) {
    Remark(found, "plugin folder", Concat(place.plugin_dir, " is not there; no plugin is installed"),
           "quayside plugin install FOLDER");
  } else if ((plugins.mode & 0022) != 0) {
    Problem(found, "plugin folder", Concat(place.plugin_dir, " can be written by others"),
            Concat("chmod go-w ", place.plugin_dir));
  } else {
    Fine(found, "plugin folder", place.plugin_dir);
  }
  if (const std::string& watched = place.settings.watch_folder; !watched.empty()) {
    const PathFacts facts = LookAtPath(watched);
    if (!facts.is_folder) {
      Problem(found, "watched folder", Concat(watched, " is no folder"), Concat("mkdir ", watched));
    } else if ((facts.mode & 0002) != 0) {
      Problem(found, "watched folder", Concat(watched, " can be written by everybody; what is put there is installed"),
              Concat("chmod o-w ", watched));
    } else {
      Fine(found, "watched folder", watched);
    }
  }
  if (const auto room = LookAtRoom(place.data_dir)) JudgeRoom(*room, found);
  if (const absl::Status restore = CheckNoRestoreUnderWay(place.data_dir); !restore.ok()) {
    Problem(found, "restore", std::string(restore.message()), "the host does not start before it has gone through");
  }
}

void CheckCertificates(const Installation& place, Findings& found) {
  const Settings& settings = place.settings;
  if (settings.remote_listen.empty()) return;
  if (settings.remote_certificate.empty() && !place.front.empty()) {
    Fine(found, "certificates", Concat(settings.remote_listen, " is served without TLS, to nginx in front of it"));
    return;
  }
  if (settings.remote_certificate.empty()) {
    Remark(found, "certificates", Concat(settings.remote_listen, " is served without TLS, for this machine only"),
           "docs/remote-access.md shows how to serve others");
    return;
  }
  for (const quayside::FieldViolation& wrong :
       CheckTlsFiles({settings.remote_certificate, settings.remote_key, settings.remote_client_ca})) {
    Problem(found, "certificates", Concat(wrong.field, ": ", wrong.description), "docs/security.md");
  }
  for (const std::string& file : {settings.remote_certificate, settings.remote_client_ca}) {
    if (file.empty()) continue;
    if (const auto end = CertificateEnd(file)) {
      JudgeExpiry("certificates", file, *end, place.now, "put a newer one there; the host takes it up by itself",
                  found);
    }
  }
}

void CheckUnit(const Installation& place, Findings& found) {
  if (place.is_service) JudgeUnit(LookAtUnit(""), found);
}

}  // namespace quayside::cli
