#include "tools/quayside/doctor/machine_rules.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/time/time.h"
#include "host/base/text.h"
#include "tools/quayside/doctor/certificate.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;
// SQLite's log alone may take a quarter of it.
constexpr uint64_t kLeastRoom = 256 * kMib;
constexpr uint64_t kGoodRoom = 2048 * kMib;
// Files, plugins and answers of the host; as many again for callers on the socket.
constexpr uint64_t kDescriptorsOfHost = 512;
constexpr DurationUs kRenewInTimeUs = 30 * kDayUs;

std::string MibText(uint64_t bytes) { return Concat(bytes / kMib, " MiB"); }

}  // namespace

PathFacts LookAtPath(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {true, S_ISDIR(info.st_mode), info.st_mode & 0777};
}

void JudgeFolder(const std::string& check, const std::string& path, const PathFacts& facts, Findings& found) {
  if (!facts.exists) {
    Problem(found, check, Concat(path, " is not there, or may not be looked at"),
            "run the doctor as the host's user; a start of the host makes the folder");
  } else if (!facts.is_folder) {
    Problem(found, check, Concat(path, " is no folder"), "move it away; a start of the host makes the folder");
  } else if ((facts.mode & 0077) != 0) {
    Problem(found, check,
            Concat(path, " is open to others (0", facts.mode >> 6 & 7, facts.mode >> 3 & 7, facts.mode & 7, ")"),
            Concat("chmod 700 ", path));
  } else {
    Fine(found, check, path);
  }
}

std::optional<Room> LookAtRoom(const std::string& data_dir) {
  struct statvfs info {};
  if (::statvfs(data_dir.c_str(), &info) != 0) return std::nullopt;
  Room room{.free_bytes = uint64_t{info.f_bavail} * info.f_frsize};
  struct stat database {};
  if (::stat(Concat(data_dir, "/quayside.db").c_str(), &database) == 0) {
    room.database_bytes = static_cast<uint64_t>(database.st_size);
  }
  return room;
}

void JudgeRoom(const Room& room, Findings& found) {
  const std::string text = Concat(MibText(room.free_bytes), " free, the database has ", MibText(room.database_bytes));
  if (room.free_bytes < kLeastRoom) {
    Problem(found, "disk", text, "make room: without any the host stores nothing more");
  } else if (room.free_bytes < kGoodRoom || room.free_bytes < 2 * room.database_bytes) {
    Remark(found, "disk", text, "make room: a backup and a restore take the size of the database each");
  } else {
    Fine(found, "disk", text);
  }
}

std::optional<uint64_t> OpenFilesOf(const std::string& pid) {
  std::ifstream limits(Concat("/proc/", pid, "/limits"));
  constexpr std::string_view kLine = "Max open files";
  for (std::string line; std::getline(limits, line);) {
    if (!line.starts_with(kLine)) continue;
    std::istringstream rest(line.substr(kLine.size()));
    std::string soft;
    rest >> soft;
    if (soft == "unlimited") return UINT64_MAX;
    const std::optional<int64_t> number = ParseWhole(soft);
    return number.has_value() ? std::optional<uint64_t>(*number) : std::nullopt;
  }
  return std::nullopt;
}

void JudgeOpenFiles(uint64_t limit, int remote_connections, Findings& found) {
  const uint64_t wanted = 2 * kDescriptorsOfHost + 2 * static_cast<uint64_t>(remote_connections);
  const std::string text = Concat("the host may open ", limit, " files");
  if (limit < wanted) {
    Remark(found, "open files", text, Concat("set LimitNOFILE=", wanted, " or more in its unit"));
  } else {
    Fine(found, "open files", text);
  }
}

std::optional<TimeUs> CertificateEnd(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto certificate = Certificate::FromText({std::istreambuf_iterator<char>(file), {}});
  if (!certificate.has_value() || certificate->end() == 0) return std::nullopt;
  return certificate->end();
}

void JudgeExpiry(const std::string& check, const std::string& what, TimeUs end, TimeUs now, const std::string& renew,
                 Findings& found) {
  const std::string when = FormatUtc(absl::FromUnixMicros(end));
  if (end <= now) {
    Problem(found, check, Concat(what, " expired on ", when), renew);
  } else if (end - now < kRenewInTimeUs) {
    Remark(found, check, Concat(what, " expires on ", when), renew);
  } else {
    Fine(found, check, Concat(what, " is good until ", when));
  }
}

}  // namespace quayside::cli
