#include "host/store/testing/unsynced_file.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace quayside {
namespace {

bool Chance(Rng& rng, int percent) { return rng.Below(100) < static_cast<uint64_t>(percent); }

template <typename T, size_t N>
T OneOf(Rng& rng, const std::array<T, N>& choices) {
  return choices[rng.Below(N)];
}

}  // namespace

CutStyle AnyCutStyle(Rng& rng) {
  using Order = CutStyle::Order;
  constexpr std::array kOrders = {Order::kNothing,  Order::kEverything, Order::kInOrder,  Order::kInOrder,
                                  Order::kAnyOrder, Order::kAnyOrder,   Order::kAnyOrder, Order::kAnyOrder};
  CutStyle style;
  style.order = OneOf(rng, kOrders);
  style.sector = OneOf(rng, std::array<size_t, 2>{512, 4096});
  style.keep_percent = OneOf(rng, std::array{5, 50, 95});
  style.torn_percent = OneOf(rng, std::array{0, 20});
  style.garbage_ahead = Chance(rng, 50);
  return style;
}

void UnsyncedFile::Sync() {
  for (const Change& change : changes_) Apply(on_disk_, change, change.bytes.size());
  changes_.clear();
}

void UnsyncedFile::Apply(std::string& content, const Change& change, size_t bytes) {
  if (change.truncates) {
    content.resize(change.offset, '\0');
    return;
  }
  if (content.size() < change.offset + bytes) content.resize(change.offset + bytes, '\0');
  change.bytes.copy(content.data() + change.offset, bytes);
}

std::string UnsyncedFile::Current() const {
  std::string content = on_disk_;
  for (const Change& change : changes_) Apply(content, change, change.bytes.size());
  return content;
}

std::string UnsyncedFile::FirstChanges(Rng& rng) const {
  std::string content = on_disk_;
  if (changes_.empty()) return content;
  const size_t whole = rng.Below(changes_.size());
  for (size_t i = 0; i < whole; ++i) Apply(content, changes_[i], changes_[i].bytes.size());
  Apply(content, changes_[whole], rng.Below(changes_[whole].bytes.size() + 1));
  return content;
}

std::map<size_t, std::vector<size_t>> UnsyncedFile::ChangesBySector(size_t sector) const {
  std::map<size_t, std::vector<size_t>> touching;
  size_t end = on_disk_.size();
  for (size_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    // A truncation touches all that stood behind it.
    const size_t change_end = change.truncates ? end : change.offset + change.bytes.size();
    for (size_t begin = change.offset / sector * sector; begin < change_end; begin += sector) {
      touching[begin].push_back(i);
    }
    end = std::max(end, change_end);
  }
  return touching;
}

size_t UnsyncedFile::AnySize(const CutStyle& style, Rng& rng) const {
  std::vector<size_t> sizes = {on_disk_.size()};
  for (const Change& change : changes_) {
    if (change.truncates) {
      sizes = {change.offset};
    } else {
      sizes.push_back(std::max(sizes.back(), change.offset + change.bytes.size()));
    }
  }
  return Chance(rng, style.keep_percent) ? sizes.back() : sizes[rng.Below(sizes.size())];
}

UnsyncedFile UnsyncedFile::WithSomeTruncations(const CutStyle& style, Rng& rng) const {
  const auto is_truncation = [](const Change& change) { return change.truncates; };
  auto left = static_cast<uint64_t>(std::count_if(changes_.begin(), changes_.end(), is_truncation));
  if (!Chance(rng, style.keep_percent)) left = rng.Below(left + 1);
  UnsyncedFile file(on_disk_);
  size_t own = SIZE_MAX;  // bytes that are the file's, whatever was written
  for (Change change : changes_) {
    if (change.truncates && left > 0) {
      --left;
      file.changes_.push_back(std::move(change));
    } else if (change.truncates) {
      own = std::min(own, change.offset);
    } else if (change.offset < own) {
      change.bytes.resize(std::min(change.bytes.size(), own - change.offset));
      file.changes_.push_back(std::move(change));
    }
  }
  return file;
}

std::string UnsyncedFile::AnyChanges(const CutStyle& style, Rng& rng) const {
  const UnsyncedFile file = WithSomeTruncations(style, rng);
  const auto any_count = [&](size_t newest) {
    return Chance(rng, style.keep_percent) ? newest : static_cast<size_t>(rng.Below(newest + 1));
  };
  std::string content = on_disk_;
  for (const auto& [begin, touching] : file.ChangesBySector(style.sector)) {
    std::string sector = file.Sector(begin, style, touching, any_count(touching.size()), rng);
    if (Chance(rng, style.torn_percent)) {
      const std::string other = file.Sector(begin, style, touching, any_count(touching.size()), rng);
      const size_t tear = rng.Below(sector.size() + 1);
      sector.replace(tear, std::string::npos, other, tear);
    }
    Apply(content, {begin, sector, false}, sector.size());
  }
  content.resize(file.AnySize(style, rng), '\0');
  return content;
}

std::string UnsyncedFile::Sector(size_t begin, const CutStyle& style, const std::vector<size_t>& touching, size_t count,
                                 Rng& rng) const {
  std::string sector(style.sector, '\0');
  if (style.garbage_ahead) {
    for (char& byte : sector) byte = static_cast<char>(rng.Below(256));
  }
  if (begin < on_disk_.size()) on_disk_.copy(sector.data(), sector.size(), begin);
  for (size_t i = 0; i < touching.size(); ++i) {
    const Change& change = changes_[touching[i]];
    if (i >= count && !change.truncates) continue;
    const size_t from = std::max(begin, change.offset);
    if (change.truncates) {
      std::fill(sector.begin() + static_cast<std::ptrdiff_t>(from - begin), sector.end(), '\0');
    } else {
      const size_t to = std::min(begin + style.sector, change.offset + change.bytes.size());
      change.bytes.copy(sector.data() + (from - begin), to - from, from - change.offset);
    }
  }
  return sector;
}

std::string UnsyncedFile::AfterCut(const CutStyle& style, Rng& rng) const {
  switch (style.order) {
    case CutStyle::Order::kNothing:
      return on_disk_;
    case CutStyle::Order::kEverything:
      return Current();
    case CutStyle::Order::kInOrder:
      return FirstChanges(rng);
    case CutStyle::Order::kAnyOrder:
      return AnyChanges(style, rng);
  }
  return on_disk_;
}

}  // namespace quayside
