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

enum class QuantityCause : std::uint8_t { kSetup, kPatch, kFeed, kSale, kCancel, kBehindOurBack };
std::string_view Name(QuantityCause cause);

struct QuantityChange {
  Micros time;
  const std::string* seller_id;
  const Listing* listing;
  std::optional<std::int64_t> before;  // absent: no merchant quantity
  std::optional<std::int64_t> after;
  QuantityCause cause;
  std::string reference;  // order id, submission id or feed id
};

enum class FbaCause : std::uint8_t { kSetup, kArrival, kSale, kOutbound, kCancel, kBehindOurBack };
std::string_view Name(FbaCause cause);

// Of the units Amazon could ship at once.
struct FbaChange {
  Micros time;
  const std::string* seller_id;
  std::string_view pool;
  const Listing* listing;
  std::int64_t before;
  std::int64_t after;
  FbaCause cause;
  std::string reference;  // order id or outbound id
};

struct FbaViolation {
  Micros time;
  const std::string* seller_id;
  std::string sku;
  std::optional<std::int64_t> quantity;
  std::string submission_id;  // or feed id
};

struct Oversell {
  Micros time;
  const std::string* seller_id;
  std::string sku;
  std::string order_id;
  std::int64_t available;
  std::int64_t sold;
};

// What a merchant's feed did to an order after the sale.
struct PostSaleEntry {
  enum class Kind : std::uint8_t { kCancel, kRefund, kRefundOfShipped };
  Micros time;
  const std::string* seller_id;
  Kind kind;  // kRefundOfShipped: a cancellation came after something had left, and gave the whole order's money back
  std::string order_id;
  std::uint64_t item_id;
  std::string sku;
  std::int64_t quantity;      // units cancelled
  std::string component;      // of a refund: Principal, Tax, Shipping ...
  std::int64_t amount_minor;  // refunded
  std::string reason;
  std::string feed_id;
};
std::string_view Name(PostSaleEntry::Kind kind);

// A credential sent to a presigned address.
struct Leak {
  Micros time;
  std::string seller_id;  // of the document; empty for an unknown one
  std::string method;
  std::string document;  // id, or the path when there is no such document
  std::string header;
};

// A call that named its trace (W3C Trace Context). Amazon makes nothing of it.
struct TracedCall {
  Micros time;
  std::string seller_id;  // empty: the caller was not recognised
  std::string operation;
  int status;              // 0: no answer
  std::string request_id;  // x-amzn-RequestId of the answer
  std::string traceparent;
  std::string tracestate;  // empty: none
};

// What became of one uploaded content, however many documents and feeds carried it.
struct FeedContent {
  std::uint64_t bytes = 0;
  std::uint64_t uploads = 0;
  std::uint64_t feeds = 0;    // created with it
  std::uint64_t applied = 0;  // feeds whose messages took effect, all or some
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
  void AddFbaChange(FbaChange change) { fba_changes_.Add(std::move(change)); }
  void AddFbaViolation(FbaViolation violation) { fba_violations_.Add(std::move(violation)); }
  void AddOversell(Oversell oversell) { oversells_.Add(std::move(oversell)); }
  void AddPostSale(PostSaleEntry entry) { post_sale_.Add(std::move(entry)); }
  void AddLeak(Leak leak) { leaks_.Add(std::move(leak)); }
  void AddTracedCall(TracedCall call) { traced_calls_.Add(std::move(call)); }
  // How many entries each list keeps; older ones are forgotten, and counted.
  void SetLimit(std::size_t entries);
  std::size_t limit() const { return limit_; }
  CallCounts& Calls(std::string_view seller_id, std::string_view operation);
  // Accepted writes, by patch or by feed, that changed nothing: the same quantity again, or a SKU Amazon does not know.
  void CountRedundant(QuantityCause cause) { ++Writes(cause).redundant; }
  void CountUnknownSku(QuantityCause cause) { ++Writes(cause).unknown_sku; }
  // Feed messages that no stock update needs: UPDATE replaces a whole listing, DELETE removes it.
  void CountFullUpdate() { ++full_updates_; }
  void CountFeedDelete() { ++feed_deletes_; }
  FeedContent& Content(std::string_view digest);
  // The flow wanted to sell and nothing was in stock.
  void CountLostSale() { ++lost_sales_; }

  const BoundedLog<QuantityChange>& quantity_changes() const { return quantity_changes_; }
  const BoundedLog<FbaChange>& fba_changes() const { return fba_changes_; }
  const BoundedLog<FbaViolation>& fba_violations() const { return fba_violations_; }
  const BoundedLog<Oversell>& oversells() const { return oversells_; }
  const BoundedLog<PostSaleEntry>& post_sale() const { return post_sale_; }
  const BoundedLog<Leak>& leaks() const { return leaks_; }
  const BoundedLog<TracedCall>& traced_calls() const { return traced_calls_; }
  // Seller id ("" when the caller was not recognised) -> operation -> counts.
  const std::map<std::string, std::map<std::string, CallCounts, std::less<>>, std::less<>>& calls() const {
    return calls_;
  }
  std::uint64_t redundant_patches() const { return patches_.redundant; }
  std::uint64_t unknown_sku_patches() const { return patches_.unknown_sku; }
  std::uint64_t redundant_feed_messages() const { return feed_messages_.redundant; }
  std::uint64_t unknown_sku_feed_messages() const { return feed_messages_.unknown_sku; }
  std::uint64_t full_updates() const { return full_updates_; }
  std::uint64_t feed_deletes() const { return feed_deletes_; }
  const std::map<std::string, FeedContent, std::less<>>& feed_contents() const { return feed_contents_; }
  std::uint64_t lost_sales() const { return lost_sales_; }

 private:
  BoundedLog<QuantityChange> quantity_changes_;
  BoundedLog<FbaChange> fba_changes_;
  BoundedLog<FbaViolation> fba_violations_;
  BoundedLog<Oversell> oversells_;
  BoundedLog<PostSaleEntry> post_sale_;
  BoundedLog<Leak> leaks_;
  BoundedLog<TracedCall> traced_calls_;
  std::size_t limit_ = 1'000'000;
  std::map<std::string, std::map<std::string, CallCounts, std::less<>>, std::less<>> calls_;
  struct WriteCounts {
    std::uint64_t redundant = 0;
    std::uint64_t unknown_sku = 0;
  };
  WriteCounts& Writes(QuantityCause cause) { return cause == QuantityCause::kFeed ? feed_messages_ : patches_; }

  WriteCounts patches_;
  WriteCounts feed_messages_;
  std::uint64_t full_updates_ = 0;
  std::uint64_t feed_deletes_ = 0;
  std::map<std::string, FeedContent, std::less<>> feed_contents_;  // by digest
  std::uint64_t lost_sales_ = 0;
};

}  // namespace amazon_sim
