#include "host/plugin/plugin_loader.h"

#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/in_process_plugin.h"
#include "host/plugin/isolation/runner_plugin.h"
#include "host/plugin/library.h"

namespace quayside {
namespace {

class DiskPluginLoader final : public PluginLoader {
 public:
  DiskPluginLoader(Logger& logger, PluginLoaderOptions options) : logger_(logger), options_(std::move(options)) {}

  absl::StatusOr<std::unique_ptr<LoadedPlugin>> Load(const Bundle& bundle, int64_t number,
                                                     IsolationMode mode) override {
    if (mode == IsolationMode::kIsolated) {
      if (options_.runner.program.empty()) {
        return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kPluginRejected,
                         Concat(bundle.manifest.id(), " may run isolated only, and this host has no quayside-runner"));
      }
      return LoadIntoRunner(bundle, number, logger_, options_.runner);
    }
    const std::string copy = Concat(options_.run_dir, "/", bundle.manifest.id(), ".", number, ".so");
    QS_ASSIGN_OR_RETURN(auto library, LoadPluginLibrary(bundle, copy));
    return MakeInProcessPlugin(std::move(library), bundle.manifest.id());
  }

 private:
  Logger& logger_;
  const PluginLoaderOptions options_;
};

}  // namespace

std::unique_ptr<PluginLoader> MakePluginLoader(Logger& logger, PluginLoaderOptions options) {
  return std::make_unique<DiskPluginLoader>(logger, std::move(options));
}

}  // namespace quayside
