// Files of a folder as plain values.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

namespace quayside {

[[nodiscard]] inline std::string ReadFileOr(const std::string& path, const std::string& otherwise) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return otherwise;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// By name; empty when there is no such folder.
[[nodiscard]] inline std::map<std::string, std::string> ReadFolder(const std::string& folder) {
  std::map<std::string, std::string> contents;
  if (!std::filesystem::exists(folder)) return contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) contents[entry.path().filename().string()] = ReadFileOr(entry.path().string(), "");
  }
  return contents;
}

// The folder holds these files and nothing else.
inline void WriteFolder(const std::string& folder, const std::map<std::string, std::string>& contents) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : contents) {
    std::ofstream file(folder + "/" + name, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.flush()) throw std::runtime_error("cannot write " + folder + "/" + name);
  }
}

}  // namespace quayside
