// The gap of a b-tree page: between the list of its cells and their content lies room that SQLite never reads. When it
// rebuilds a page, cells that went elsewhere leave their bytes there, secure_delete or not. File format: sqlite.org,
// "Database File Format", 1.6. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace quayside {

struct PageLayout {
  size_t page_bytes = 0;
  size_t usable_bytes = 0;
  bool has_pointer_maps = false;  // the database vacuums itself
};

// From the first 100 bytes of the file; nullopt: they are none of a database.
[[nodiscard]] std::optional<PageLayout> LayoutOf(std::span<const unsigned char> header);

struct PageGap {
  size_t begin = 0;
  size_t end = 0;
};

// Pages up to this one can be told apart by their first byte: others begin with the number of a page.
inline constexpr int64_t kMostTellablePages = 0x02000000 - 1;

// Of page `number`, from 1. nullopt: it is no b-tree page.
[[nodiscard]] std::optional<PageGap> GapOf(std::span<const unsigned char> page, int64_t number,
                                           const PageLayout& layout);

}  // namespace quayside
