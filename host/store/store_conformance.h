// What every implementation of Store promises, as tests that know nothing but store.h (store_*_conformance_test.cc). A
// backend runs them all with one line:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&MakeSqliteBackend));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/store/store.h"

namespace quayside {

// A place where a database lives; removed when destroyed.
class StoreBackend {
 public:
  virtual ~StoreBackend() = default;
  // The same data every time. The store opened before is gone by then.
  virtual absl::StatusOr<std::unique_ptr<Store>> Open() = 0;
  // A file name for a backup, not used yet, in a folder that lives as long as this.
  virtual std::string BackupPath() = 0;
  // Opens what Backup wrote.
  virtual absl::StatusOr<std::unique_ptr<Store>> OpenBackup(const std::string& path) = 0;
};

using MakeStoreBackend = std::unique_ptr<StoreBackend> (*)();

class StoreConformance : public testing::TestWithParam<MakeStoreBackend> {
 protected:
  StoreConformance() : backend_(GetParam()()) { Reopen(); }

  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> opened = backend_->Open();
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
  }

  Store& store() { return *store_; }
  StoreBackend& backend() { return *backend_; }

  // Write that must succeed.
  template <typename Fn>
  void MustWrite(Fn fn) {
    const absl::Status status = store_->Write([&](Tx& tx) -> absl::Status { return fn(tx); });
    ASSERT_TRUE(status.ok()) << status;
  }

  // What `fn` answers in a Read that must succeed.
  template <typename Fn>
  auto MustRead(Fn fn) {
    using Value = typename decltype(fn(std::declval<ReadTx&>()))::value_type;
    Value value{};
    const absl::Status status = store_->Read([&](ReadTx& tx) -> absl::Status {
      auto result = fn(tx);
      if (!result.ok()) return result.status();
      value = *std::move(result);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }

  // The status `fn` answers in a Read.
  template <typename Fn>
  absl::Status ReadStatus(Fn fn) {
    return store_->Read([&](ReadTx& tx) -> absl::Status { return fn(tx).status(); });
  }

 private:
  std::unique_ptr<StoreBackend> backend_;
  std::unique_ptr<Store> store_;
};

// Rows with something in every field, told apart by `n`.
namespace sample {

inline std::string Id(const char* prefix, int64_t n) {
  const std::string digits = std::to_string(n);
  return prefix + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

inline AccountRecord Account(int64_t n) {
  return {.id = Id("acc-", n),
          .plugin_id = "amazon",
          .display_name = "Account \xC3\xBC " + std::to_string(n),
          .options = {{"region", "eu"}, {"empty", ""}, {"quote\"", "line\nbreak"}},
          .revision = n,
          .created_us = 1000 + n,
          .updated_us = 2000 + n};
}

inline ChannelRecord Channel(const std::string& account_id, int64_t n) {
  ChannelRecord channel;
  channel.id = Id("ch-", n);
  channel.account_id = account_id;
  channel.marketplace = Id("M", n);
  channel.display_name = "Channel " + std::to_string(n);
  channel.enabled = true;
  channel.config.update_inventory = false;
  channel.config.inventory_from_location = true;
  channel.config.inventory_locations = {"default", "north \"2\""};
  channel.config.order_download_location = "north";
  channel.config.max_listed_quantity = 10;
  channel.config.listed_percentage_e4 = 500'000;
  channel.config.end_when_quantity = 2;
  channel.config.default_latency_days = 3;
  channel.config.product_based_latency = true;
  channel.config.zero_brake_percent = 35;
  channel.config.mark_as_despatched = false;
  channel.config.fba_enabled = true;
  channel.config.fba_sync_inventory = true;
  channel.config.convert_currency = true;
  channel.config.undisclosed_email = "nobody@shop.example";
  channel.config.utc_offset_minutes = -210;
  channel.config.options = {{"key", "value"}};
  channel.config_revision = 1;
  channel.revision = n;
  channel.created_us = 10 + n;
  channel.updated_us = 20 + n;
  return channel;
}

inline LaneRecord Lane(const std::string& id, int64_t epoch, const std::string& position) {
  LaneRecord lane;
  lane.id = id;
  lane.account_id = "acc-1";
  lane.channel_id = "ch-1";
  lane.job = Job::kListings;
  lane.epoch = epoch;
  lane.cursor = {.schema = 4'000'000'000, .state = position, .watermark_us = 77};
  lane.paused = true;
  lane.pause_note = "stocktaking";
  lane.needs_operator = true;
  lane.next_run_us = 5;
  lane.last_success_us = 6;
  lane.failures = 7;
  lane.last_error = "no answer";
  lane.last_error_reason = "HTTP_FAILED";
  lane.items_last_run = 8;
  lane.items_total = 9;
  lane.progress = "waits for report 7";
  lane.pass = {.id = "pass-1",
               .begun_us = 1,
               .as_of_us = 2,
               .completed_us = 3,
               .ended_us = 4,
               .done = 4,
               .total = 5,
               .next_us = 6,
               .vanishing = true,
               .vanished_through = "SKU \"7\"",
               .vanished = 8,
               .then_us = 9};
  lane.want_pass_us = 10;
  lane.interval_us = 11;
  lane.oldest_order_us = 11;
  lane.oldest_order_so_far_us = 12;
  lane.backfill = {.start_us = 1,
                   .begun_us = 2,
                   .done_us = 3,
                   .from_us = 4,
                   .to_us = 5,
                   .reached_us = 6,
                   .cursor = {.schema = 4'000'000'000, .state = std::string("\0\xff", 2), .watermark_us = 7},
                   .orders = 8,
                   .live_due_us = 9,
                   .next = true,
                   .edits = 10};
  return lane;
}

inline OrderRecord Order(int64_t id, const std::string& account_id = "acc-1") {
  OrderRecord order;
  order.id = id;
  order.account_id = account_id;
  order.channel_id = "ch-1";
  order.marketplace = "M1";
  order.external_id = Id("ext-", id);
  order.state = OrderState::kOpen;
  order.raw_status = "Unshipped";
  order.fulfilment = Fulfilment::kMerchant;
  order.location_id = "default";
  order.created_us = 1'700'000'000'000'000 + id;
  order.updated_us = order.created_us + 1;
  order.received_us = order.created_us + 2;
  order.ship_by_us = order.created_us + 3;
  order.service_level = "Expedited";
  order.currency = "EUR";
  order.total_units = -19;
  order.total_nanos = -990'000'000;
  order.unlinked_lines = 0;
  order.personal_erased = true;
  order.revision = 5;
  order.document = std::string("sealed\0\xff\x80 bytes", 15) + std::to_string(id);
  order.postal_method = "tracked-48";
  order.erase_due_us = order.created_us + 4;
  order.centre_hold = CentreHold::kTaken;
  return order;
}

inline OrderLineRecord Line(const std::string& sku, int32_t quantity, int64_t item_id) {
  return {.external_id = "line-" + sku,
          .sku = sku,
          .quantity = quantity,
          .shipped = 1,
          .cancelled = 2,
          .item_id = item_id,
          .units_per_listing = 6,
          .reserved = 3,
          .taken = 4};
}

inline ListingRecord Listing(const std::string& channel_id, const std::string& sku, int64_t item_id) {
  ListingRecord listing;
  listing.channel_id = channel_id;
  listing.account_id = "acc-1";
  listing.sku = sku;
  listing.title = "Title of " + sku;
  listing.product_id = "B0" + sku;
  listing.product_type = "SHIRT";
  listing.fulfilment = Fulfilment::kMerchant;
  listing.statuses = {"BUYABLE", "DISCOVERABLE"};
  listing.item_id = item_id;
  listing.units_per_listing = 2;
  listing.ignored = true;
  listing.quantity_seen = 0;
  listing.seen_us = 11;
  listing.pass_id = "pass-1";
  listing.max_listed_quantity = 5;
  listing.listed_percentage_e4 = 0;
  listing.end_when_quantity = 1;
  return listing;
}

inline TargetRecord Target(const std::string& sku, TargetState state, std::optional<int32_t> wanted, TimeUs changed_us,
                           TimeUs due_us = 0) {
  TargetRecord target;
  target.account_id = "acc-1";
  target.sku = sku;
  target.owner_channel_id = "ch-1";
  target.state = state;
  target.wanted = wanted;
  target.accepted = 3;
  target.accepted_us = 4;
  target.accepted_stale = true;
  target.changed_us = changed_us;
  target.due_us = due_us;
  target.failures = 2;
  target.intent_id = 99;
  target.note = "why";
  target.chosen_channel_id = "ch-2";
  target.version = 7;
  target.shown = 5;
  target.bulk_id = 12;
  target.bulk_quantity = 6;
  target.passed_bulk = true;
  target.zeroing = true;
  target.braked_batch = 8;
  target.let_go = LetGo::kCounted;
  target.latency = 2;
  target.clear_latency = true;
  target.marked_us = 13;
  target.lowered_us = 14;
  target.lowered_later_us = 15;
  target.may_show = 16;
  return target;
}

inline IntentRecord Intent(int64_t id, IntentState state) {
  return {.id = id,
          .account_id = "acc-1",
          .job = Job::kInventory,
          .target = "SKU-1",
          .state = state,
          .quantity = 12,
          .target_version = 3,
          .handle = "feed-1",
          .reference = "ref",
          .reason = "REJECTED",
          .message = "no",
          .explanation = "{\"levels\":[]}",
          .created_us = 5,
          .settled_us = 6,
          .bulk_id = 12,
          .request = std::string("\0wire\xff", 6)};
}

inline BulkRecord Bulk(int64_t id, BulkState state, const std::string& account_id = "acc-1") {
  return {.id = id,
          .account_id = account_id,
          .state = state,
          .handle = Id("feed-", id),
          .items = 25'000,
          .created_us = 1,
          .sent_us = 2,
          .sent_by_us = 3,
          .ended_us = 4,
          .next_poll_us = 5,
          .progress = "IN_QUEUE",
          .done = 6,
          .rejected = 7,
          .unknown = 8,
          .read_back = 9,
          .mismatches = 10,
          .freed_through = 11};
}

inline DespatchRecord Despatch(int64_t id, int64_t order_id, int32_t number) {
  return {.id = id,
          .order_id = order_id,
          .number = number,
          .account_id = "acc-1",
          .channel_id = "ch-1",
          .state = DespatchState::kShippedOtherwise,
          .lines = {{"line-1", 2}, {"line-2", 1}},
          .postal_method = "tracked-48",
          .carrier_code = "RM",
          .carrier_name = "Royal Mail",
          .service_name = "Tracked 48",
          .tracking = std::string("\0sealed\xff", 8),
          .shipped_us = 1,
          .version = 3,
          .sent_version = 2,
          .request = std::string("\0wire\xff", 6),
          .handle = "feed-7",
          .sent_us = 2,
          .looked_us = 3,
          .confirmed_us = 4,
          .attempts = 5,
          .failures = 6,
          .due_us = 7,
          .reference = "ref",
          .reason = "ALREADY_SHIPPED",
          .message = "no",
          .dead_letter_id = 8,
          .created_us = 9,
          .updated_us = 10};
}

inline OutboundRecord Outbound(int64_t id, int64_t order_id, int32_t number) {
  return {.id = id,
          .order_id = order_id,
          .number = number,
          .account_id = "acc-1",
          .channel_id = "uk",
          .location_id = "uk-fba",
          .location_before = "default",
          .phase = OutboundPhase::kAccepted,
          .speed = 2,
          .parts = {{"line-1", "MUG-FBA", 4, 2, 2, 1}, {"line-2", "LAMP-FBA", 1}},
          .packages = {"S1/P1", "S1/P2"},
          .status = "PLANNING",
          .cancellable = true,
          .delayed = true,
          .ship_by_us = 1,
          .sent_us = 2,
          .accepted_us = 3,
          .attempts = 4,
          .failures = 5,
          .due_us = 6,
          .reason = "REASON",
          .message = "words",
          .created_us = 7,
          .updated_us = 8};
}

inline PostSaleRecord PostSale(int64_t id, int64_t order_id, int32_t number) {
  return {.id = id,
          .order_id = order_id,
          .number = number,
          .account_id = "acc-1",
          .channel_id = "ch-1",
          .marketplace = "M1",
          .kind = PostSaleKind::kRefund,
          .state = PostSaleState::kFailed,
          .cause = 5,
          .whole_order = true,
          .currency = "GBP",
          .lines = {{"line-1", 2, 3, {{1, 12, 500'000'000}, {3, 0, 1}}}, {"line-2", 0, 0, {}}},
          .batch = 11,
          .handle = "feed-7",
          .sent_us = 2,
          .sent_by_us = 3,
          .attempts = 5,
          .failures = 6,
          .due_us = 7,
          .reference = "ref",
          .reason = "REFUSED",
          .message = "no",
          .dead_letter_id = 8,
          .created_us = 9,
          .updated_us = 10};
}

inline DeadLetterRecord DeadLetter(int64_t id, const std::string& lane_id, const std::string& key) {
  return {.id = id,
          .lane_id = lane_id,
          .key = key,
          .reason = "BAD_AMOUNT",
          .raw = std::string("\0raw\xff", 5),
          .state = DeadLetterState::kOpen,
          .created_us = 10 + id,
          .last_seen_us = 20 + id,
          .times_seen = 1};
}

// The keys of rows, for comparing an order of rows.
template <typename Row, typename Key>
std::vector<Key> KeysOf(const std::vector<Row>& rows, Key Row::*key) {
  std::vector<Key> keys;
  for (const Row& row : rows) keys.push_back(row.*key);
  return keys;
}

}  // namespace sample
}  // namespace quayside
