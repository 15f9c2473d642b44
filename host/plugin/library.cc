#include "host/plugin/library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <thread>

#include "host/base/errors.h"
#include "host/base/file_descriptor.h"
#include "host/base/text.h"
#include "host/plugin/abi_calls.h"
#include "host/plugin/exception_barrier.h"
#include "host/plugin/isolation/plugin_table.h"
#include "host/plugin/reload/step_journal.h"
#include "host/plugin/wire.h"
#include "quayside/plugin/v1/plugin.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

absl::Status Reject(std::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected, what);
}

// Nobody reads it after this process: it is not forced to the disk, where it would wait for everybody else's bytes in
// the middle of a reload.
absl::Status WritePrivateCopy(const std::string& path, std::string_view bytes) {
  const auto failed = [&] { return Reject(Concat("its private copy ", path, ": ", std::strerror(errno))); };
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return failed();
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0500));
  if (!file.is_open()) return failed();
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed();
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

// Runs `body` on a thread that ends with it: a thread_local that the library's code touches there is gone afterwards,
// while on a thread that lives on it would keep the library mapped.
template <typename Body>
void OnPassingThread(Body&& body) {
  std::thread([&body, inside = StepJournal::Here()] {
    const StepJournal::Loan loan(inside);
    body();
  }).join();
}

class LoadedPluginLibrary final : public PluginLibrary {
 public:
  // `owned`: the file goes with this object.
  LoadedPluginLibrary(boost::dll::shared_library library, std::string path, bool owned)
      : library_(std::move(library)), path_(std::move(path)), owned_(owned) {}
  ~LoadedPluginLibrary() override {
    // A copy that was refused on the way is unloaded too; whether it went is reported by whoever asked for it.
    if (library_.is_loaded()) OnPassingThread([this] { library_.unload(); });
    if (owned_) unlink(path_.c_str());
  }

  absl::Status Check(const Bundle& bundle);

  [[nodiscard]] const qs_plugin& table() const override { return *table_; }
  [[nodiscard]] const std::string& path() const override { return path_; }

  absl::Status Unload() override {
    if (!library_.is_loaded()) return absl::OkStatus();
    absl::Status unloaded;
    OnPassingThread([&] { unloaded = AbiUnload(*table_); });
    table_ = nullptr;
    OnPassingThread([this] { library_.unload(); });
    if (IsMapped(path_)) {
      return Reject(
          Concat("the library stays mapped after unloading: a thread_local with a destructor, a unique symbol or a "
                 "library it pulled in pins it (",
                 path_, ")"));
    }
    return unloaded;
  }

 private:
  boost::dll::shared_library library_;
  std::string path_;
  const bool owned_;
  const qs_plugin* table_ = nullptr;
};

absl::Status LoadedPluginLibrary::Check(const Bundle& bundle) {
  const auto entry = reinterpret_cast<qs_plugin_entry_fn>(dlsym(library_.native(), "qs_plugin_entry_v1"));
  if (entry == nullptr) return Reject("the entry symbol qs_plugin_entry_v1 is missing");
  // The loader answers an already loaded file instead of a new one when it thinks they are the same.
  Dl_info where{};
  if (dladdr(reinterpret_cast<void*>(entry), &where) == 0 || path_ != where.dli_fname) {
    return Reject("the loader answered another copy of this library");
  }
  QS_ASSIGN_OR_RETURN(const qs_plugin* table, BehindBarrier("qs_plugin_entry_v1", [&] { return entry(QS_ABI_MINOR); }));
  if (const std::string finding = TableFinding(table); !finding.empty()) return Reject(finding);
  if (bundle.manifest.id() != table->id || bundle.manifest.version() != table->version) {
    return Reject(Concat("the library is ", table->id, " ", table->version, ", the manifest says ",
                         bundle.manifest.id(), " ", bundle.manifest.version()));
  }
  ReplyBuffer answer;
  QS_ASSIGN_OR_RETURN(const qs_status status, AbiDescribe(*table, answer));
  pb::DescribeReply described;
  if (status != QS_OK || !described.ParseFromString(answer.bytes())) return Reject("describe failed");
  if (described.manifest_json() != bundle.manifest_json) {
    return Reject("describe answers another manifest than manifest.json: build and ship them together");
  }
  table_ = table;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<PluginLibrary>> OpenAndCheck(const Bundle& bundle, const std::string& path, bool owned) {
  boost::dll::shared_library library;
  boost::dll::fs::error_code error;
  library.load(path, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, error);
  if (error) {
    const char* reason = dlerror();
    if (owned) unlink(path.c_str());
    return Reject(
        Concat("it cannot be loaded: ", reason != nullptr ? std::string(reason) : std::string(error.message())));
  }
  auto loaded = std::make_unique<LoadedPluginLibrary>(std::move(library), path, owned);
  QS_RETURN_IF_ERROR(loaded->Check(bundle));
  return std::unique_ptr<PluginLibrary>(std::move(loaded));
}

}  // namespace

bool IsMapped(const std::string& path) {
  struct Search {
    const std::string* path;
    bool found;
  } search{&path, false};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* s = static_cast<Search*>(data);
        if (info->dlpi_name != nullptr && *s->path == info->dlpi_name) s->found = true;
        return s->found ? 1 : 0;
      },
      &search);
  return search.found;
}

absl::StatusOr<std::unique_ptr<PluginLibrary>> LoadPluginLibrary(const Bundle& bundle,
                                                                 const std::string& private_path) {
  if (IsMapped(private_path)) return Reject(Concat(private_path, " is still mapped"));
  QS_RETURN_IF_ERROR(WritePrivateCopy(private_path, bundle.library));
  absl::StatusOr<std::unique_ptr<PluginLibrary>> result = Reject("it was not loaded");
  OnPassingThread([&] { result = OpenAndCheck(bundle, private_path, true); });
  return result;
}

absl::StatusOr<std::unique_ptr<PluginLibrary>> LoadPluginLibraryAt(const Bundle& bundle, const std::string& path) {
  if (IsMapped(path)) return Reject(Concat(path, " is still mapped"));
  absl::StatusOr<std::unique_ptr<PluginLibrary>> result = Reject("it was not loaded");
  OnPassingThread([&] { result = OpenAndCheck(bundle, path, false); });
  return result;
}

}  // namespace quayside
