#include "tools/quayside/commands/plugin_new.h"

#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/key_files.h"
#include "tools/quayside/scaffold.h"

namespace quayside::cli {
namespace {

namespace fs = std::filesystem;

struct NewOptions {
  std::string name;
  std::string contracts = "order_sync";
  std::string folder;
};

absl::Status NewCommand(Context& context, const NewOptions& options) {
  const std::vector<std::string> contracts = absl::StrSplit(options.contracts, ',', absl::SkipWhitespace());
  QS_CLI_ASSIGN_OR_RETURN(const std::vector<ScaffoldFile> files, Scaffold(options.name, contracts));
  const fs::path folder = options.folder.empty() ? options.name : options.folder;
  std::error_code error;
  // Nobody's work is written over, and no project ends up half in another.
  if (fs::exists(folder, error)) {
    return UsageError(absl::StrCat(folder.string(), " is there already: choose another place with --out"));
  }
  google::protobuf::Struct document;
  auto& written = *(*document.mutable_fields())["files"].mutable_list_value();
  (*document.mutable_fields())["folder"].set_string_value(folder.string());
  for (const ScaffoldFile& file : files) {
    const fs::path path = folder / file.path;
    fs::create_directories(path.parent_path(), error);
    if (error) return absl::UnavailableError(absl::StrCat(path.parent_path().string(), ": ", error.message()));
    QS_CLI_RETURN_IF_ERROR(WriteNewFile(path.string(), file.text, 0644));
    written.add_values()->set_string_value(path.string());
  }
  context.output.Document(document);
  context.output.Line(
      absl::StrCat("made ", folder.string(), " with ", files.size(), " files, for ", absl::StrJoin(contracts, ", ")));
  context.output.Line(absl::StrCat("next: cd ", folder.string()));
  context.output.Line("      cmake -B build -DCMAKE_PREFIX_PATH=WHERE-THE-SDK-IS && cmake --build build");
  context.output.Line("      ctest --test-dir build --output-on-failure");
  return absl::OkStatus();
}

}  // namespace

void AddNewCommand(Command plugin) {
  auto options = std::make_shared<NewOptions>();
  Command command = plugin.Sub("new", "Begin a plugin: a project that builds, with tests, outside this tree");
  command.Argument("NAME", options->name, "The plugin's id, such as my_shop");
  command.Option("--contracts", options->contracts, "LIST",
                 absl::StrCat("What it offers, with commas between: ", absl::StrJoin(ScaffoldContracts(), ", "),
                              "; order_sync unless given"));
  command.Option("--out", options->folder, "PATH", "The project's folder; NAME unless given");
  command.Example("  quayside plugin new my_shop --contracts order_sync,inventory_push");
  command.Run([options](Context& context) { return NewCommand(context, *options); });
}

}  // namespace quayside::cli
