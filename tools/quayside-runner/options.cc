#include "tools/quayside-runner/options.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace quayside::runner {
namespace {

constexpr char kUsage[] =
    "quayside-runner runs one plugin for quaysided, which starts it; it is of no use by itself.\n"
    "  --parent PID          the host\n"
    "  --workers N           calls at the same time, 1 to 256\n"
    "  --memory-mib N        private memory it may have, 64 or more\n"
    "  --open-files N        descriptors it may have, 16 or more\n"
    "  --wait-for-debugger   prints how to attach, and loads the plugin when a debugger is there\n"
    "  LABEL                 the plugin, for process lists\n"
    "The host adds --wait-for-debugger in development mode when development.wait_for_debugger is true.\n";

std::optional<int64_t> Number(const char* text, int64_t least, int64_t most) {
  int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stop != end || value < least || value > most) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Options> ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--wait-for-debugger") {
      options.wait_for_debugger = true;
      continue;
    }
    if (!name.starts_with("--")) {
      options.label = name;
      continue;
    }
    const char* text = i + 1 < argc ? argv[++i] : "";
    std::optional<int64_t> value;
    if (name == "--parent" && (value = Number(text, 1, 1 << 30))) {
      options.parent = static_cast<int>(*value);
    } else if (name == "--workers" && (value = Number(text, 1, 256))) {
      options.workers = static_cast<int>(*value);
    } else if (name == "--memory-mib" && (value = Number(text, 64, 1 << 20))) {
      options.memory_mib = *value;
    } else if (name == "--open-files" && (value = Number(text, 16, 1 << 20))) {
      options.open_files = *value;
    } else {
      std::fputs(kUsage, stderr);
      return std::nullopt;
    }
  }
  if (options.parent == 0) {
    std::fputs(kUsage, stderr);
    return std::nullopt;
  }
  return options;
}

}  // namespace quayside::runner
