// What the machine around the host says: folders, room, descriptors, certificates. Facts are taken apart from what is
// made of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "host/base/time.h"
#include "tools/quayside/doctor/finding.h"

namespace quayside::cli {

struct PathFacts {
  bool exists = false;
  bool is_folder = false;
  mode_t mode = 0;  // permission bits
};
[[nodiscard]] PathFacts LookAtPath(const std::string& path);

// A folder of the host's own: nothing of it is open to others.
void JudgeFolder(const std::string& check, const std::string& path, const PathFacts& facts, Findings& found);

struct Room {
  uint64_t free_bytes = 0;  // for the host, not for root
  uint64_t database_bytes = 0;
};
[[nodiscard]] std::optional<Room> LookAtRoom(const std::string& data_dir);
void JudgeRoom(const Room& room, Findings& found);

// The soft limit of a process; nothing when it cannot be read.
[[nodiscard]] std::optional<uint64_t> OpenFilesOf(const std::string& pid);
void JudgeOpenFiles(uint64_t limit, int remote_connections, Findings& found);

// When the first certificate of a PEM file ends; nothing when there is none.
[[nodiscard]] std::optional<TimeUs> CertificateEnd(const std::string& path);
// Keys and certificates alike. `renew`: what to do in good time.
void JudgeExpiry(const std::string& check, const std::string& what, TimeUs end, TimeUs now, const std::string& renew,
                 Findings& found);

}  // namespace quayside::cli
