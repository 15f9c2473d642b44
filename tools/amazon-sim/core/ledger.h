// What really happened, for a test to compare with what a client believes. Entries are only added; nothing the client
// does can change the past. Each list keeps so many entries and forgets the oldest; sums stay.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/bounded_log.h"
#include "core/listing.h"
#include "core/sim_clock.h"

namespace amazon_sim {

enum class QuantityCause : std::uint8_t { kSetup, kPatch, kSale, kCancel, kBehindOurBack };
std::string_view Name(QuantityCause cause);

struct QuantityChange {
  Micros time;
  const std::string* seller_id;
  const Listing* listing;
  std::optional<std::int64_t> before;  // absent: no merchant quantity
  std::optional<std::int64_t> after;
  QuantityCause cause;
  std::string reference;  // order id or submission id
};

struct FbaViolation {
  Micros time;
  const std::string* seller_id;
  std::string sku;
  std::optional<std::int64_t> quantity;
  std::string submission_id;
};

struct Oversell {
  Micros time;
  const std::string* seller_id;
  std::string sku;
  std::string order_id;
  std::int64_t available;
  std::int64_t sold;
};

// A credential sent to a presigned address.
struct Leak {
  Micros time;
  std::string seller_id;  // of the document; empty for an unknown one
  std::string method;
  std::string document;  // id, or the path when there is no such document
  std::string header;
};

struct CallCounts {
  std::uint64_t calls = 0;
  std::uint64_t throttled = 0;  // by the bucket, not by a fault
  std::map<int, std::uint64_t> by_status;
  std::map<std::string, std::uint64_t> by_fault;
};

class Ledger {
 public:
  void AddQuantityChange(QuantityChange change) { quantity_changes_.Add(std::move(change)); }
  void AddFbaViolation(FbaViolation violation) { fba_violations_.Add(std::move(violation)); }
  void AddOversell(Oversell oversell) { oversells_.Add(std::move(oversell)); }
  void AddLeak(Leak leak) { leaks_.Add(std::move(leak)); }
  // How many entries each list keeps; older ones are forgotten, and counted.
  void SetLimit(std::size_t entries);
  std::size_t limit() const { return limit_; }
  CallCounts& Calls(std::string_view seller_id, std::string_view operation);
  // Accepted writes that changed nothing: the same quantity again, or a SKU Amazon does not know.
  void CountRedundantPatch() { ++redundant_patches_; }
  void CountUnknownSkuPatch() { ++unknown_sku_patches_; }
  // The flow wanted to sell and nothing was in stock.
  void CountLostSale() { ++lost_sales_; }

  const BoundedLog<QuantityChange>& quantity_changes() const { return quantity_changes_; }
  const BoundedLog<FbaViolation>& fba_violations() const { return fba_violations_; }
  const BoundedLog<Oversell>& oversells() const { return oversells_; }
  const BoundedLog<Leak>& leaks() const { return leaks_; }
  // Seller id ("" when the caller was not recognised) -> operation -> counts.
  const std::map<std::string, std::map<std::string, CallCounts, std::less<>>, std::less<>>& calls() const {
    return calls_;
  }
  std::uint64_t redundant_patches() const { return redundant_patches_; }
  std::uint64_t unknown_sku_patches() const { return unknown_sku_patches_; }
  std::uint64_t lost_sales() const { return lost_sales_; }

 private:
  BoundedLog<QuantityChange> quantity_changes_;
  BoundedLog<FbaViolation> fba_violations_;
  BoundedLog<Oversell> oversells_;
  BoundedLog<Leak> leaks_;
  std::size_t limit_ = 1'000'000;
  std::map<std::string, std::map<std::string, CallCounts, std::less<>>, std::less<>> calls_;
  std::uint64_t redundant_patches_ = 0;
  std::uint64_t unknown_sku_patches_ = 0;
  std::uint64_t lost_sales_ = 0;
};

}  // namespace amazon_sim
