// A library's bytes, which never change: copies share them.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace quayside {

class LibraryBytes {
 public:
  LibraryBytes() = default;
  LibraryBytes(std::shared_ptr<const char[]> bytes, size_t size) : bytes_(std::move(bytes)), size_(size) {}

  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor): that is what they are
  [[nodiscard]] size_t size() const { return size_; }

 private:
  std::shared_ptr<const char[]> bytes_;
  size_t size_ = 0;
};

}  // namespace quayside
