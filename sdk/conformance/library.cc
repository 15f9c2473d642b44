#include "sdk/conformance/library.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "sdk/conformance/files.h"

namespace quayside::conformance {
namespace {

namespace fs = std::filesystem;

// No later version of the table has more.
constexpr uint32_t kMostTableBytes = 4096;

bool IsMapped(const std::string& path) {
  std::pair<const std::string*, bool> search{&path, false};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* wanted = static_cast<std::pair<const std::string*, bool>*>(data);
        if (info->dlpi_name != nullptr && *wanted->first == info->dlpi_name) wanted->second = true;
        return 0;
      },
      &search);
  return search.second;
}

}  // namespace

PrivateCopy::PrivateCopy(const Bundle& bundle) {
  std::error_code error;
  std::string folder = (fs::temp_directory_path(error) / "quayside-conformance.XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr) return;
  folder_ = folder;
  if (WriteFile(folder + "/plugin.so", bundle.library)) path_ = folder + "/plugin.so";
}

PrivateCopy::~PrivateCopy() {
  std::error_code ignored;  // a temporary folder that stays is no finding about the plugin
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Library::Library(const std::string& path) : path_(path) {
  if (path.empty()) {
    problem_ = "a private copy cannot be written to the temporary folder";
    return;
  }
  handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    const char* reason = dlerror();
    problem_ = std::string("plugin.so cannot be loaded: ") + (reason != nullptr ? reason : "no reason given");
    return;
  }
  entry_ = reinterpret_cast<qs_plugin_entry_fn>(dlsym(handle_, "qs_plugin_entry_v1"));
  if (entry_ == nullptr) problem_ = "plugin.so has no symbol qs_plugin_entry_v1";
}

Library::~Library() {
  if (handle_ != nullptr) dlclose(handle_);
}

std::string Library::Close() {
  if (handle_ == nullptr) return {};
  const int closed = dlclose(std::exchange(handle_, nullptr));
  if (closed != 0) return "dlclose fails";
  return IsMapped(path_) ? "it stays mapped after dlclose" : "";
}

std::string TableProblem(const qs_plugin* table) {
  if (table == nullptr) return "the entry answers no table to a host of ABI minor " + std::to_string(QS_ABI_MINOR);
  if (table->size < sizeof(qs_plugin) || table->size > kMostTableBytes)
    return "the table claims " + std::to_string(table->size) + " bytes; version 1 has " +
           std::to_string(sizeof(qs_plugin)) + ", later ones a few more";
  if (table->id == nullptr || table->version == nullptr || table->describe == nullptr || table->create == nullptr ||
      table->call == nullptr || table->upgrade_cursor == nullptr || table->destroy == nullptr ||
      table->unload == nullptr)
    return "the table has empty entries";
  return {};
}

}  // namespace quayside::conformance
