// A catalogue's orders and its look-up table: four bytes a listing where a tree would take fifty. Orders are brought up
// to date when they are looked at, so that seeding and bulk changes cost nothing per listing.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "core/listing.h"
#include "core/rng.h"

namespace amazon_sim {

// Finds a listing by SKU.
class SkuTable {
 public:
  explicit SkuTable(const std::deque<Listing>& listings) : table_(0, Hash{&listings}, Equal{&listings}) {}

  void Add(std::uint32_t index) { table_.insert(index); }
  void Remove(std::uint32_t index) { table_.erase(index); }
  const std::uint32_t* Find(std::string_view sku) const {
    const auto found = table_.find(sku);
    return found == table_.end() ? nullptr : &*found;
  }
  std::size_t size() const { return table_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    const std::deque<Listing>* listings;
    std::size_t operator()(std::string_view sku) const { return Rng(Fnv1a(sku)).Next(); }
    std::size_t operator()(std::uint32_t index) const { return (*this)((*listings)[index].sku); }
  };
  struct Equal {
    using is_transparent = void;
    const std::deque<Listing>* listings;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(std::string_view sku, std::uint32_t index) const { return (*listings)[index].sku == sku; }
    bool operator()(std::uint32_t index, std::string_view sku) const { return (*listings)[index].sku == sku; }
  };

  boost::unordered_flat_set<std::uint32_t, Hash, Equal> table_;
};

// Listings by something that never changes. Deleted ones stay in.
template <typename Key>
class FixedOrder {
 public:
  // `key`: (const Listing&) -> what to order by; ties keep the order of adding.
  FixedOrder(const std::deque<Listing>& listings, Key key) : listings_(listings), key_(key) {}

  void Add(std::uint32_t index) { order_.push_back(index); }
  std::span<const std::uint32_t> Sorted() {
    const auto less = [this](std::uint32_t a, std::uint32_t b) {
      const auto& left = key_(listings_[a]);
      const auto& right = key_(listings_[b]);
      return left != right ? left < right : a < b;
    };
    if (sorted_ < order_.size()) {
      const auto fresh = order_.begin() + static_cast<std::ptrdiff_t>(sorted_);
      std::sort(fresh, order_.end(), less);
      std::inplace_merge(order_.begin(), fresh, order_.end(), less);
      sorted_ = order_.size();
    }
    return order_;
  }

 private:
  const std::deque<Listing>& listings_;
  Key key_;
  std::vector<std::uint32_t> order_;
  std::size_t sorted_ = 0;
};

// Listings by lastUpdatedDate. A change adds an entry; the older one of the same listing is stale from then on.
class UpdateOrder {
 public:
  struct Entry {
    Micros time;
    std::uint32_t index;
    auto operator<=>(const Entry&) const = default;
  };

  explicit UpdateOrder(const std::deque<Listing>& listings) : listings_(listings) {}

  void Add(const Listing& listing) {
    const Entry entry{listing.updated, listing.index};
    if (sorted_ == entries_.size() && (entries_.empty() || entries_.back() < entry)) ++sorted_;
    entries_.push_back(entry);
    if (entries_.size() > 2 * listings_.size() + 1000) DropStale();
  }
  // Skip what is stale.
  std::span<const Entry> Sorted() {
    if (sorted_ < entries_.size()) {
      const auto fresh = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
      std::sort(fresh, entries_.end());
      std::inplace_merge(entries_.begin(), fresh, entries_.end());
      sorted_ = entries_.size();
    }
    return entries_;
  }
  bool IsStale(const Entry& entry) const { return listings_[entry.index].updated != entry.time; }

 private:
  void DropStale() {
    Sorted();
    std::erase_if(entries_, [this](const Entry& entry) { return IsStale(entry); });
    sorted_ = entries_.size();
  }

  const std::deque<Listing>& listings_;
  std::vector<Entry> entries_;
  std::size_t sorted_ = 0;
};

}  // namespace amazon_sim
