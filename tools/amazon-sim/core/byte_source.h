// Bytes that may be too many to hold: written in pieces to a ByteSink, read in pieces from a ByteSource.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace amazon_sim {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void Write(std::string_view bytes) = 0;
};

// Never changes once it exists; may be read by several threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // At most `count` bytes from `offset` on; fewer only where the source ends. Throws std::system_error when the medium
  // fails.
  virtual std::string Read(std::uint64_t offset, std::size_t count) const = 0;
};

using Bytes = std::shared_ptr<const ByteSource>;

Bytes BytesOf(std::string text);
// The part [offset, offset + size) of another source, which must have it.
Bytes SliceOf(Bytes whole, std::uint64_t offset, std::uint64_t size);
// Another source with some of its bytes from `offset` on spoilt.
Bytes SpoiltAt(Bytes whole, std::uint64_t offset);
// All of it; for sources known to be small.
std::string ReadAll(const ByteSource& source);

}  // namespace amazon_sim
