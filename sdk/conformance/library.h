// plugin.so in this process, loaded as the host loads it: a private copy, bound at once, seen by nobody else.
#pragma once

#include <memory>
#include <string>

#include "quayside/plugin.h"
#include "sdk/conformance/bundle.h"

namespace quayside::conformance {

// A private copy of the bundle's library in a folder of its own; both are gone at the end.
class PrivateCopy {
 public:
  explicit PrivateCopy(const Bundle& bundle);
  ~PrivateCopy();
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;
  // Empty when it could not be written.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

// dlopen to dlclose. [one thread]
class Library {
 public:
  explicit Library(const std::string& path);
  // Closes it, without a word to the plugin.
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Empty, or why it was not loaded.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] qs_plugin_entry_fn entry() const { return entry_; }
  // dlclose; empty, or why the library is still there.
  [[nodiscard]] std::string Close();

 private:
  std::string path_;
  std::string problem_;
  void* handle_ = nullptr;
  qs_plugin_entry_fn entry_ = nullptr;
};

// Empty, or what is wrong with the table an entry answered.
[[nodiscard]] std::string TableProblem(const qs_plugin* table);

}  // namespace quayside::conformance
