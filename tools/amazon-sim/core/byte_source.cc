#include "core/byte_source.h"

#include <algorithm>
#include <utility>

namespace amazon_sim {
namespace {

class TextBytes final : public ByteSource {
 public:
  explicit TextBytes(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  std::string Read(std::uint64_t offset, std::size_t count) const override {
    return offset >= text_.size() ? std::string() : text_.substr(static_cast<std::size_t>(offset), count);
  }

 private:
  std::string text_;
};

class Slice final : public ByteSource {
 public:
  Slice(Bytes whole, std::uint64_t offset, std::uint64_t size)
      : whole_(std::move(whole)), offset_(offset), size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::string Read(std::uint64_t offset, std::size_t count) const override {
    if (offset >= size_) return {};
    return whole_->Read(offset_ + offset, static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset)));
  }

 private:
  Bytes whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

class Spoilt final : public ByteSource {
 public:
  static constexpr std::uint64_t kSpoiltBytes = 16;

  Spoilt(Bytes whole, std::uint64_t offset) : whole_(std::move(whole)), offset_(offset) {}
  std::uint64_t size() const override { return whole_->size(); }
  std::string Read(std::uint64_t offset, std::size_t count) const override {
    std::string bytes = whole_->Read(offset, count);
    const std::uint64_t end = std::min<std::uint64_t>(offset + bytes.size(), offset_ + kSpoiltBytes);
    for (std::uint64_t at = std::max(offset, offset_); at < end; ++at) {
      char& byte = bytes[static_cast<std::size_t>(at - offset)];
      byte = static_cast<char>(~static_cast<unsigned char>(byte));
    }
    return bytes;
  }

 private:
  Bytes whole_;
  std::uint64_t offset_;
};

}  // namespace

Bytes BytesOf(std::string text) { return std::make_shared<TextBytes>(std::move(text)); }

Bytes SliceOf(Bytes whole, std::uint64_t offset, std::uint64_t size) {
  return std::make_shared<Slice>(std::move(whole), offset, size);
}

Bytes SpoiltAt(Bytes whole, std::uint64_t offset) { return std::make_shared<Spoilt>(std::move(whole), offset); }

std::string ReadAll(const ByteSource& source) { return source.Read(0, static_cast<std::size_t>(source.size())); }

}  // namespace amazon_sim
