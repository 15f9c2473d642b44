#include "tools/quayside/scaffold.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tools/quayside/errors.h"

namespace quayside::cli {
namespace {

constexpr char kAnyWrite[] = "any_write";

// Source files of one contract, by the beginning of their path.
const std::map<std::string, std::string>& OwnerOfFiles() {
  static const auto& owners = *new std::map<std::string, std::string>{
      {"src/orders.", "order_sync"}, {"src/listings.", "listing_sync"},   {"src/stock.", "inventory_push"},
      {"src/packages.", "despatch"}, {"src/centre_stock.", "fulfilment"}, {"src/cancellations.", "post_sale"},
      {"src/outcomes.", kAnyWrite}};
  return owners;
}

bool IsWanted(const std::string& path, const std::set<std::string>& words) {
  for (const auto& [begin, owner] : OwnerOfFiles()) {
    if (path.rfind(begin, 0) == 0) return words.count(owner) > 0;
  }
  return true;
}

// Lines that begin with "%word%" are for that word alone.
std::string WantedLines(const std::string& text, const std::set<std::string>& words) {
  std::vector<std::string> kept;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    const size_t end = line.empty() || line[0] != '%' ? std::string::npos : line.find('%', 1);
    if (end == std::string::npos) {
      kept.push_back(line);
    } else if (words.count(line.substr(1, end - 1)) > 0) {
      kept.push_back(line.substr(end + 1));
    }
  }
  return absl::StrJoin(kept, "\n");
}

// "my_shop" -> "MyShop"
std::string ClassName(const std::string& name) {
  std::string text;
  for (std::string word : std::vector<std::string>(absl::StrSplit(name, '_'))) {
    if (!word.empty()) word[0] = absl::ascii_toupper(static_cast<unsigned char>(word[0]));
    text += word;
  }
  return text;
}

// "my_shop" -> "My shop"
std::string Title(const std::string& name) {
  std::string text = absl::StrReplaceAll(name, {{"_", " "}});
  text[0] = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
  return text;
}

// As an id of the manifest, and as a name in C++.
bool IsName(const std::string& name) {
  constexpr size_t kLongest = 32;
  return name.size() >= 2 && name.size() <= kLongest && absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           const auto u = static_cast<unsigned char>(c);
           return absl::ascii_islower(u) || absl::ascii_isdigit(u) || c == '_';
         });
}

}  // namespace

const std::vector<std::string>& ScaffoldContracts() {
  static const auto& contracts = *new std::vector<std::string>{"order_sync", "listing_sync", "inventory_push",
                                                               "despatch",   "fulfilment",   "post_sale"};
  return contracts;
}

absl::StatusOr<std::vector<ScaffoldFile>> Scaffold(const std::string& name, const std::vector<std::string>& contracts) {
  if (!IsName(name)) {
    return UsageError(
        absl::StrCat("'", name, "' is no name for a plugin: 2 to 32 small letters, digits and '_', a letter first"));
  }
  std::set<std::string> words;
  const auto& known = ScaffoldContracts();
  for (const std::string& contract : contracts) {
    if (std::find(known.begin(), known.end(), contract) == known.end()) {
      return UsageError(absl::StrCat("there is no template for contract '", contract, "'; there is for ",
                                     absl::StrJoin(known, ", ")));
    }
    words.insert(contract);
  }
  if (words.empty()) return UsageError(absl::StrCat("choose at least one contract: ", absl::StrJoin(known, ", ")));
  if (words.count("inventory_push") + words.count("despatch") + words.count("post_sale") > 0) words.insert(kAnyWrite);
  const std::string class_name = ClassName(name);
  const std::string title = Title(name);
  std::vector<ScaffoldFile> files;
  for (const ScaffoldFile& file : TemplateFiles()) {
    if (!IsWanted(file.path, words)) continue;
    const std::string path = file.path == "project.cmake" ? "CMakeLists.txt"
                             : file.path == "project.md"  ? "README.md"
                                                          : file.path;
    files.push_back(
        {path, absl::StrReplaceAll(WantedLines(file.text, words),
                                   {{"ExampleShop", class_name}, {"example_shop", name}, {"Example shop", title}})});
  }
  return files;
}

}  // namespace quayside::cli
