#include "core/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace amazon_sim {

class SpooledBytes final : public ByteSource {
 public:
  SpooledBytes(std::shared_ptr<const Spool> spool, std::uint64_t start, std::uint64_t size)
      : spool_(std::move(spool)), start_(start), size_(size) {}
  ~SpooledBytes() override { spool_->Release(start_, size_); }
  std::uint64_t size() const override { return size_; }
  std::string Read(std::uint64_t offset, std::size_t count) const override {
    if (offset >= size_) return {};
    const std::uint64_t left = size_ - offset;
    return spool_->Read(start_ + offset, left < count ? static_cast<std::size_t>(left) : count);
  }

 private:
  std::shared_ptr<const Spool> spool_;
  std::uint64_t start_;
  std::uint64_t size_;
};

namespace {

[[noreturn]] void ThrowErrno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

std::shared_ptr<Spool> Spool::Open() {
  std::string name = (std::filesystem::temp_directory_path() / "amazon-sim-XXXXXX").string();
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) ThrowErrno("cannot create a temporary file");
  unlink(name.c_str());
  return std::shared_ptr<Spool>(new Spool(file));
}

Spool::~Spool() { close(file_); }

void Spool::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(end_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ThrowErrno("cannot write to the temporary file");
    end_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string Spool::Read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = pread(file_, bytes.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ThrowErrno("cannot read the temporary file");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

void Spool::Release(std::uint64_t offset, std::uint64_t size) const {
  // A file system that cannot punch holes keeps the room until the process ends: nothing to do about it.
  if (size > 0) {
    (void)fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(size));
  }
}

Bytes SpoolWriter::Finish() {
  const std::uint64_t start = start_;
  start_ = spool_->end_;
  return std::make_shared<SpooledBytes>(spool_, start, spool_->end_ - start);
}

}  // namespace amazon_sim
