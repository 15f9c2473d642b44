// Documents on disk: one nameless temporary file for a whole simulator, gone when the process ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/byte_source.h"

namespace amazon_sim {

// Appending is for one writer at a time; what has been finished may be read by any thread meanwhile.
class Spool : public std::enable_shared_from_this<Spool> {
 public:
  // In $TMPDIR, else /tmp. Throws std::system_error when there is no room for a file.
  static std::shared_ptr<Spool> Open();
  ~Spool();
  Spool(const Spool&) = delete;

 private:
  friend class SpoolWriter;
  friend class SpooledBytes;

  explicit Spool(int file) : file_(file) {}
  void Append(std::string_view bytes);
  std::string Read(std::uint64_t offset, std::size_t count) const;
  // Gives the room on the disk back.
  void Release(std::uint64_t offset, std::uint64_t size) const;

  int file_;
  std::uint64_t end_ = 0;
};

// Writes one document. Its room on the disk is given back when the last holder of the result lets go.
class SpoolWriter final : public ByteSink {
 public:
  explicit SpoolWriter(std::shared_ptr<Spool> spool) : spool_(std::move(spool)), start_(spool_->end_) {}
  void Write(std::string_view bytes) override { spool_->Append(bytes); }
  Bytes Finish();

 private:
  std::shared_ptr<Spool> spool_;
  std::uint64_t start_;
};

}  // namespace amazon_sim
