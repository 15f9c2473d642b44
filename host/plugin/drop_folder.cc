#include "host/plugin/drop_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/version_order.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;

// Whoever drops more than that does not mean it.
constexpr size_t kMostFolders = 1000;

std::vector<std::string> EntriesOf(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
    if (names.size() >= kMostFolders) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string StampOf(const std::string& bundle) {
  std::vector<std::string> files = {"plugin.so", "manifest.json"};
  for (const std::string& name : EntriesOf(Concat(bundle, "/", kSignatureFolder))) {
    files.push_back(Concat(kSignatureFolder, "/", name));
  }
  std::string stamp;
  for (const std::string& file : files) {
    struct stat info {};
    if (stat(Concat(bundle, "/", file).c_str(), &info) != 0) continue;
    stamp += Concat(file, " ", info.st_ino, " ", info.st_size, " ", info.st_mtim.tv_sec, " ", info.st_mtim.tv_nsec, " ",
                    info.st_ctim.tv_sec, " ", info.st_ctim.tv_nsec, "\n");
  }
  return stamp;
}

bool IsWorthAnotherTry(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kAborted ||
         HasReason(status, Reason::kReloadUnderWay);
}

}  // namespace

std::vector<std::string> SettledFolders(const DropStamps& before, const DropStamps& now, const DropStamps& done) {
  std::vector<std::string> settled;
  for (const auto& [name, stamp] : now) {
    const auto last = before.find(name);
    const auto dealt_with = done.find(name);
    if (last == before.end() || last->second != stamp) continue;
    if (dealt_with != done.end() && dealt_with->second == stamp) continue;
    settled.push_back(name);
  }
  return settled;
}

DropFolder::DropFolder(std::string folder, const BundleGate& gate, Take take, Refused refused)
    : folder_(std::move(folder)), gate_(gate), take_(std::move(take)), refused_(std::move(refused)) {}

void DropFolder::Look() {
  DropStamps now;
  for (const std::string& name : EntriesOf(folder_)) {
    const std::string path = Concat(folder_, "/", name);
    std::error_code error;
    // Tools that copy put what is not whole yet under a name with a dot in front.
    if (!name.starts_with('.') && fs::is_directory(path, error)) now[name] = StampOf(path);
  }
  struct Candidate {
    std::string name;
    Bundle bundle;
  };
  std::map<std::string, Candidate> best;  // by plugin
  for (const std::string& name : SettledFolders(before_, now, done_)) {
    done_[name] = now[name];
    auto bundle = ReadBundle(Concat(folder_, "/", name));
    if (!bundle.ok()) {
      Refuse(name, "", bundle.status());
      continue;
    }
    const std::string id = bundle->manifest.id();
    if (bundle->signatures.empty()) {
      // Not even in development: what appears by itself must say who wants it.
      Refuse(name, id,
             MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginUnsigned,
                       Concat(id, " ", bundle->manifest.version(),
                              " is not signed; a watched folder takes signed "
                              "bundles only")));
      continue;
    }
    if (const auto admission = gate_.Admit(*bundle, std::nullopt); !admission.ok()) {
      Refuse(name, id, admission.status());
      continue;
    }
    const auto other = best.find(id);
    if (other == best.end() ||
        CompareVersions(bundle->manifest.version(), other->second.bundle.manifest.version()) > 0) {
      best[id] = {name, *std::move(bundle)};
    }
  }
  for (const auto& [id, candidate] : best) {
    const absl::Status taken = take_(candidate.bundle, Concat(folder_, "/", candidate.name));
    if (IsWorthAnotherTry(taken)) {
      done_.erase(candidate.name);
    } else if (!taken.ok()) {
      Refuse(candidate.name, id, taken);
    }
  }
  std::erase_if(done_, [&](const auto& entry) { return !now.contains(entry.first); });
  before_ = std::move(now);
}

void DropFolder::Refuse(const std::string& name, const std::string& plugin_id, const absl::Status& why) {
  refused_(Concat(folder_, "/", name), plugin_id, why);
}

}  // namespace quayside
