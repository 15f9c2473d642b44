#include "pickup.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using sdk::Step;

// In one step: files that are no news, and files that cannot be used.
constexpr int kMostFilesPassed = 20;
constexpr int kMostListed = 10'000;

std::string Under(const std::string& folder, const std::string& name) { return folder + "/" + name; }

Result<pb::ListedFiles> List(const InFolder& folder, const std::string& where, Step& step) {
  pb::ListFiles request;
  request.set_place(folder.place);
  request.set_folder(where);
  request.set_max_files(kMostListed);
  return step.ListFiles(request);
}

Result<pb::MovedFile> Move(const InFolder& folder, const std::string& from, const std::string& to, Step& step) {
  pb::MoveFile request;
  request.set_place(folder.place);
  request.set_from(from);
  request.set_to(to);
  return step.MoveFile(request);
}

Result<pb::FetchedFile> Copy(const InFolder& folder, const FileFormat& format, const std::string& name,
                             const std::string& document, Step& step) {
  pb::FetchFile request;
  request.set_place(folder.place);
  request.set_path(folder.can_list ? Under(folder.work_folder, name) : name);
  request.set_document(document);
  request.set_charset(format.charset);
  return step.FetchFile(request);
}

bool IsGone(const Error& error) { return error.status == QS_NOT_FOUND; }

// From the work folder to where finished files lie. What went there before is there.
Result<bool> MoveAway(const InFolder& folder, const std::string& target_folder, const std::string& name,
                      const std::string& sha256, int64_t taken_us, Step& step) {
  if (!folder.can_list) return true;
  const std::string target = TimeStamp(taken_us) + "-" + ArchivedName(sha256, name);
  auto moved = Move(folder, Under(folder.work_folder, name), Under(target_folder, target), step);
  if (!moved.ok() && !IsGone(moved.error())) return moved.error();
  return true;
}

bool IsMarker(const InFolder& folder, std::string_view name) {
  return !folder.marker.empty() && name.ends_with(folder.marker);
}

bool IsCandidate(const InFolder& folder, const std::string& name) {
  return MatchesPattern(name, folder.pattern) && !name.starts_with('.') && !IsMarker(folder, name);
}

// How a folder looks, against how it looked before.
class Watch {
 public:
  Watch(const InFolder& folder, const std::vector<WatchedFile>& before, int64_t now_us)
      : folder_(folder), before_(before), now_us_(now_us) {}

  // Is the file whole? It is watched on, since another one may have its turn before it.
  bool Look(const pb::FileEntry& file, bool has_marker) {
    if (!folder_.marker.empty()) return has_marker;
    if (folder_.stable_us == 0) return true;
    WatchedFile seen{ShortHash(file.name()), file.size(), file.modified_us(), now_us_};
    const auto known = std::find_if(before_.begin(), before_.end(), [&](const WatchedFile& other) {
      return other.name_hash == seen.name_hash && other.size == seen.size && other.modified_us == seen.modified_us;
    });
    if (known != before_.end()) seen.since_us = std::min(known->since_us, now_us_);
    const int64_t whole_at = seen.since_us + folder_.stable_us;
    if (watched_.size() < kMostWatched) watched_.push_back(std::move(seen));
    if (whole_at <= now_us_) return true;
    look_again_us_ = look_again_us_ == 0 ? whole_at : std::min(look_again_us_, whole_at);
    return false;
  }
  [[nodiscard]] int64_t look_again_us() const { return look_again_us_; }
  // But for the file that is taken now: the next of its name is another.
  [[nodiscard]] std::vector<WatchedFile> Without(std::string_view taken) {
    const std::string hash = ShortHash(taken);
    std::erase_if(watched_, [&](const WatchedFile& file) { return file.name_hash == hash; });
    return std::move(watched_);
  }

 private:
  const InFolder& folder_;
  const std::vector<WatchedFile>& before_;
  const int64_t now_us_;
  std::vector<WatchedFile> watched_;
  int64_t look_again_us_ = 0;
};

// The oldest whole file, by its server's clock, then by name. The others are watched.
Result<std::optional<std::string>> FindWhole(const InFolder& folder, FilePosition& position, PickedUp& picked_up,
                                             Step& step) {
  QS_TRY(const pb::ListedFiles list, List(folder, "", step));
  Watch watch(folder, position.watched, picked_up.looked_us);
  const pb::FileEntry* oldest = nullptr;
  picked_up.waits = list.truncated();
  for (const pb::FileEntry& file : list.files()) {
    if (!IsCandidate(folder, file.name())) continue;
    const bool has_marker = !folder.marker.empty() &&
                            std::any_of(list.files().begin(), list.files().end(), [&](const pb::FileEntry& other) {
                              return other.name() == file.name() + folder.marker;
                            });
    if (!watch.Look(file, has_marker)) {
      picked_up.waits = true;
    } else if (oldest == nullptr || file.modified_us() < oldest->modified_us()) {
      oldest = &file;
    }
  }
  picked_up.look_again_us = watch.look_again_us();
  position.watched = watch.Without(oldest == nullptr ? std::string_view() : oldest->name());
  if (oldest == nullptr) {
    if (!picked_up.waits) position.quiet_us = picked_up.looked_us;
    return std::optional<std::string>();
  }
  return std::optional<std::string>(oldest->name());
}

// What a file whose marker is in the work folder was said to be stays true of it alone.
Result<bool> RemoveMarker(const InFolder& folder, const std::string& name, Step& step) {
  if (folder.marker.empty()) return true;
  pb::RemoveFile request;
  request.set_place(folder.place);
  request.set_path(Under(folder.work_folder, name + folder.marker));
  QS_TRY(pb::RemovedFile removed, step.RemoveFile(request));
  (void)removed;
  return true;
}

// A whole file, into the work folder, behind its marker. nullopt: somebody took it back, and the next look tells.
Result<std::optional<std::string>> Take(const InFolder& folder, const std::string& name, Step& step) {
  auto moved = Move(folder, name, Under(folder.work_folder, name), step);
  if (!moved.ok() && !IsGone(moved.error())) return moved.error();
  if (!moved.ok() && !folder.marker.empty()) {
    // Or its folder was away for a moment: then the marker keeps it for the next look.
    QS_TRY(const pb::ListedFiles list, List(folder, "", step));
    const bool is_there = std::any_of(list.files().begin(), list.files().end(),
                                      [&](const pb::FileEntry& file) { return file.name() == name; });
    if (is_there || list.truncated()) return std::optional<std::string>();
  }
  QS_TRY(const bool removed, RemoveMarker(folder, name, step));
  (void)removed;
  return moved.ok() ? std::optional<std::string>(name) : std::nullopt;
}

// What a step that was not committed had begun to claim: a file, or the marker of one that still lies where it was.
Result<std::optional<std::string>> ClaimedBefore(const InFolder& folder, Step& step) {
  QS_TRY(const pb::ListedFiles claimed, List(folder, folder.work_folder, step));
  for (const pb::FileEntry& file : claimed.files()) {
    if (IsMarker(folder, file.name())) continue;
    QS_TRY(const bool removed, RemoveMarker(folder, file.name(), step));
    (void)removed;
    return std::optional<std::string>(file.name());
  }
  if (claimed.files().empty()) return std::optional<std::string>();
  const std::string& marker = claimed.files(0).name();
  return Take(folder, marker.substr(0, marker.size() - folder.marker.size()), step);
}

// The name of a file in the work folder, which is ours alone; nullopt when nothing is to be taken. The marker goes
// there first: left behind, it would pass the next file of this name for whole while its partner writes it.
Result<std::optional<std::string>> Claim(const InFolder& folder, FilePosition& position, PickedUp& picked_up,
                                         Step& step) {
  if (!folder.can_list) return std::optional<std::string>(folder.pattern);
  QS_TRY(std::optional<std::string> name, ClaimedBefore(folder, step));
  if (name) return name;
  QS_TRY(name, FindWhole(folder, position, picked_up, step));
  if (!name) return name;
  picked_up.waits = true;  // unless it is taken now
  if (!folder.marker.empty()) {
    const std::string marker = *name + folder.marker;
    auto moved = Move(folder, marker, Under(folder.work_folder, marker), step);
    if (!moved.ok() && IsGone(moved.error())) return std::optional<std::string>();
    if (!moved.ok()) return moved.error();
  }
  return Take(folder, *name, step);
}

void Begin(FilePosition& position, const std::string& name, const std::string& document, const pb::FetchedFile& copy,
           int64_t taken_us) {
  position.state = FileState::kReading;
  position.name = name;
  position.sha256 = copy.sha256();
  position.document = document;
  position.taken_us = taken_us;
  position.modified_us = copy.modified_us();
  position.as_of_us = 0;
  position.offset = 0;
  position.line = 1;
  position.size = copy.size();
  position.done = 0;
  position.bad = 0;
}

bool IsNews(const InFolder& folder, const FilePosition& position, const pb::FetchedFile& copy) {
  if (!position.Knows(copy.sha256())) return true;
  // Where files are taken away it was put there anew; elsewhere it may be the one that was read.
  return folder.is_state && (folder.can_list || copy.modified_us() > position.modified_us);
}

}  // namespace

pb::BadRecord BadFile(const std::string& name, std::string reason) {
  pb::BadRecord record;
  record.set_key(name);
  record.set_reason(std::move(reason));
  return record;
}

Result<bool> PutAway(const InFolder& folder, FilePosition& position, Step& step) {
  if (position.state != FileState::kRead && position.state != FileState::kUnusable) return false;
  const bool is_read = position.state == FileState::kRead;
  QS_TRY(const bool moved, MoveAway(folder, is_read ? folder.archive_folder : folder.errors_folder, position.name,
                                    position.sha256, position.taken_us, step));
  step.Release(position.document);
  if (folder.is_state) position.known.clear();  // only that a file is the last one again is of interest
  position.Remember(position.sha256);
  FilePosition rest;
  rest.modified_us = position.modified_us;
  rest.quiet_us = position.quiet_us;
  rest.untaken_us = position.untaken_us;
  rest.watched = std::move(position.watched);
  rest.known = std::move(position.known);
  position = std::move(rest);
  return moved;
}

Result<PickedUp> PickUp(const InFolder& folder, const FileFormat& format, FilePosition& position, Step& step) {
  PickedUp picked_up;
  picked_up.looked_us = step.NowUs();
  if (position.state == FileState::kReading) {
    picked_up.has_file = true;
    return picked_up;
  }
  for (int passed = 0; passed < kMostFilesPassed && !step.Cancelled(); ++passed) {
    picked_up.waits = false;
    QS_TRY(const std::optional<std::string> name, Claim(folder, position, picked_up, step));
    if (!name) return picked_up;
    const int64_t taken_us = picked_up.looked_us;
    const std::string document = folder.place + "-" + ShortHash(*name) + "-" + std::to_string(taken_us);
    auto copy = Copy(folder, format, *name, document, step);
    if (!copy.ok() && IsGone(copy.error())) {
      if (folder.can_list) continue;
      position.quiet_us = taken_us;
      return picked_up;
    }
    // Whatever is wrong with the file itself stays wrong: too large, no such charset.
    if (!copy.ok() && copy.error().status == QS_INVALID && copy.error().reason.starts_with("DOCUMENT_")) {
      picked_up.bad_files.push_back(BadFile(*name, copy.error().message));
      if (!folder.can_list) return picked_up;
      QS_TRY(const bool moved, MoveAway(folder, folder.errors_folder, *name, "", taken_us, step));
      (void)moved;
      continue;
    }
    if (!copy.ok()) return copy.error();
    if (IsNews(folder, position, copy.value())) {
      Begin(position, *name, document, copy.value(), taken_us);
      picked_up.has_file = true;
      return picked_up;
    }
    step.Release(document);
    if (!folder.can_list) {
      position.quiet_us = taken_us;
      return picked_up;
    }
    step.Info("a file was there before and is not read again",
              {{"place", folder.place}, {"sha256", copy.value().sha256()}});
    QS_TRY(const bool moved, MoveAway(folder, folder.archive_folder, *name, copy.value().sha256(), taken_us, step));
    (void)moved;
  }
  picked_up.waits = true;
  return picked_up;
}

Result<bool> CopyAgain(const InFolder& folder, const FileFormat& format, const FilePosition& position, Step& step) {
  QS_TRY(const pb::FetchedFile copy, Copy(folder, format, position.name, position.document, step));
  if (copy.sha256() != position.sha256)
    return Error::Invalid("FILE_CHANGED", "the file changed after it was taken; nothing more of it is read");
  return true;
}

}  // namespace quayside::flatfile
