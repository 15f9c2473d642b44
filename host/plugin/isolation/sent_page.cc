#include "host/plugin/isolation/sent_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

namespace quayside {
namespace {

constexpr off_t kPageBytes = 4096;

}  // namespace

void SentPage::Swap(SentPage& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(counts_, other.counts_);
}

void SentPage::Map() {
  // Fresh pages are zeros, which is what counts begin with.
  void* const page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (page != MAP_FAILED) counts_ = static_cast<Counts*>(page);
}

SentPage SentPage::Make() {
  SentPage page;
  page.descriptor_ = memfd_create("quayside-sent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  // Its size is settled: a runner that cut it would make the host's next look a deadly one.
  if (page.descriptor_ < 0 || ftruncate(page.descriptor_, kPageBytes) != 0 ||
      fcntl(page.descriptor_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return {};
  }
  page.Map();
  return page.counts_ != nullptr ? std::move(page) : SentPage();
}

SentPage SentPage::Take(int descriptor) {
  SentPage page;
  page.descriptor_ = descriptor;
  page.Map();
  page.CloseDescriptor();
  return page;
}

void SentPage::CloseDescriptor() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

SentPage::~SentPage() {
  if (counts_ != nullptr) munmap(counts_, kPageBytes);
  CloseDescriptor();
}

}  // namespace quayside
