#include "host/store/page_gap.h"

namespace quayside {
namespace {

constexpr size_t kHeaderBytes = 100;
constexpr int64_t kLockByte = 0x40000000;

size_t Number16(std::span<const unsigned char> bytes, size_t at) {
  return static_cast<size_t>(bytes[at]) << 8 | bytes[at + 1];
}

bool IsPointerMap(int64_t number, const PageLayout& layout) {
  if (!layout.has_pointer_maps || number < 2) return false;
  const auto pages_of_a_map = static_cast<int64_t>(layout.usable_bytes / 5 + 1);
  return (number - 2) % pages_of_a_map == 0;
}

bool HoldsTheLockByte(int64_t number, const PageLayout& layout) {
  return number == kLockByte / static_cast<int64_t>(layout.page_bytes) + 1;
}

}  // namespace

std::optional<PageLayout> LayoutOf(std::span<const unsigned char> header) {
  if (header.size() < kHeaderBytes) return std::nullopt;
  PageLayout layout;
  layout.page_bytes = Number16(header, 16);
  if (layout.page_bytes == 1) layout.page_bytes = 65536;
  const size_t reserved = header[20];
  if (layout.page_bytes < 512 || reserved >= layout.page_bytes) return std::nullopt;
  layout.usable_bytes = layout.page_bytes - reserved;
  layout.has_pointer_maps = Number16(header, 52) != 0 || Number16(header, 54) != 0;
  return layout;
}

std::optional<PageGap> GapOf(std::span<const unsigned char> page, int64_t number, const PageLayout& layout) {
  // A pointer map that would stand on the page with the lock byte stands on the one after it.
  const bool moved_map = HoldsTheLockByte(number - 1, layout) && IsPointerMap(number - 1, layout);
  if (IsPointerMap(number, layout) || moved_map || HoldsTheLockByte(number, layout)) return std::nullopt;
  const size_t at = number == 1 ? kHeaderBytes : 0;
  const unsigned char kind = page[at];
  const bool interior = kind == 2 || kind == 5;
  const bool leaf = kind == 10 || kind == 13;
  if (!interior && !leaf) return std::nullopt;
  const size_t cells = Number16(page, at + 3);
  const size_t content = Number16(page, at + 5) != 0 ? Number16(page, at + 5) : 65536;
  const size_t begin = at + (interior ? 12 : 8) + 2 * cells;
  if (begin > content || content > layout.usable_bytes) return std::nullopt;
  return PageGap{begin, content};
}

}  // namespace quayside
