// A store in a folder of its own with a clock that stands still: what the tests of inventory, orders, listings and sync
// begin with.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "host/base/errors.h"
#include "host/base/ids.h"
#include "host/store/sqlite_store.h"

namespace quayside {

inline constexpr TimeUs kWorldStartUs = 1'767'225'600 * kSecondUs;  // 2026-01-01T00:00:00Z

class StoreWorld {
 public:
  StoreWorld() {
    std::string name = (std::filesystem::temp_directory_path() / "quayside-world-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    auto opened = OpenSqliteStore({.data_dir = folder_ + "/data", .reader_connections = 1});
    if (!opened.ok()) throw std::runtime_error(opened.status().ToString());
    store_ = *std::move(opened);
  }
  ~StoreWorld() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  StoreWorld(const StoreWorld&) = delete;
  StoreWorld& operator=(const StoreWorld&) = delete;

  Store& store() { return *store_; }
  IdSource& ids() { return ids_; }
  Rng& rng() { return rng_; }
  TimeUs now() { return clock.Now(); }

  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status written = store_->Write(fn);
    EXPECT_TRUE(written.ok()) << written;
  }
  // What `fn` answers inside a transaction; OK commits.
  template <typename Fn>
  auto TryWrite(Fn fn) {
    std::optional<decltype(fn(std::declval<Tx&>()))> answer;
    const absl::Status written = store_->Write([&](Tx& tx) -> absl::Status {
      answer = fn(tx);
      return answer->status();
    });
    EXPECT_EQ(written, answer->status());
    return *std::move(answer);
  }
  template <typename Fn>
  auto Read(Fn fn) {
    std::optional<typename decltype(fn(std::declval<ReadTx&>()))::value_type> value;
    const absl::Status read = store_->Read([&](ReadTx& tx) -> absl::Status {
      auto answer = fn(tx);
      if (!answer.ok()) return answer.status();
      value = *std::move(answer);
      return absl::OkStatus();
    });
    if (!read.ok()) throw std::runtime_error(read.ToString());
    return *std::move(value);
  }

  // Enabled, of account "acc" unless changed; its marketplace is "mp-" and its id. Its first quantities were let go.
  ChannelRecord AddChannel(const std::string& id, const std::function<void(ChannelRecord&)>& change = {}) {
    ChannelRecord channel{
        .id = id, .account_id = "acc", .marketplace = "mp-" + id, .display_name = id, .enabled = true};
    if (change) change(channel);
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutChannel(channel, "test"));
      return tx.PutGate(
          {.channel_id = channel.id, .account_id = channel.account_id, .state = GateState::kOpen, .opened_us = now()});
    });
    return channel;
  }
  // An item with this level at the default location; no level: never set.
  int64_t AddItem(const std::string& sku, std::optional<int64_t> level = std::nullopt) {
    const ItemRecord item{.id = ids_.Next(), .sku = sku, .title = "the " + sku};
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.PutItem(item));
      return level.has_value() ? tx.SetLevel(item.id, "default", *level, now()) : absl::OkStatus();
    });
    return item.id;
  }
  void AddLocation(const std::string& id, bool fulfilment_centre = false) {
    Write(
        [&](Tx& tx) { return tx.PutLocation({.id = id, .display_name = id, .fulfilment_centre = fulfilment_centre}); });
  }
  // Merchant fulfilled; item 0 = unlinked.
  ListingRecord AddListing(const ChannelRecord& channel, const std::string& sku, int64_t item_id = 0,
                           int32_t units_per_listing = 1, Fulfilment fulfilment = Fulfilment::kMerchant) {
    ListingRecord listing{.channel_id = channel.id,
                          .account_id = channel.account_id,
                          .sku = sku,
                          .title = "listing " + sku,
                          .fulfilment = fulfilment,
                          .item_id = item_id,
                          .units_per_listing = units_per_listing,
                          .seen_us = now(),
                          .pass_id = "pass-0"};
    PutListing(listing);
    return listing;
  }
  void PutListing(const ListingRecord& listing) {
    Write([&](Tx& tx) { return tx.PutListing(listing); });
  }
  void SetLevel(int64_t item_id, int64_t level, const std::string& location = "default") {
    Write([&](Tx& tx) -> absl::Status {
      QS_RETURN_IF_ERROR(tx.SetLevel(item_id, location, level, now()));
      return tx.MarkTargetsOfItem(item_id, now()).status();
    });
  }

  ListingRecord Listing(const std::string& channel_id, const std::string& sku) {
    const auto found = Read([&](ReadTx& tx) { return tx.FindListing(channel_id, sku); });
    if (!found.has_value()) throw std::runtime_error("no listing " + sku);
    return *found;
  }
  // All zero, level unset, when nothing was ever written there.
  LevelRecord Level(int64_t item_id, const std::string& location = "default") {
    for (const LevelRecord& level : Read([&](ReadTx& tx) { return tx.GetLevels(item_id); })) {
      if (level.location_id == location) return level;
    }
    return {};
  }
  std::optional<TargetRecord> FindTarget(const std::string& account_id, const std::string& sku) {
    return Read([&](ReadTx& tx) { return tx.FindTarget(account_id, sku); });
  }
  TargetRecord Target(const std::string& account_id, const std::string& sku) {
    const auto found = FindTarget(account_id, sku);
    if (!found.has_value()) throw std::runtime_error("no target " + sku);
    return *found;
  }
  void ChangeTarget(const std::string& account_id, const std::string& sku,
                    const std::function<void(TargetRecord&)>& change) {
    TargetRecord target = FindTarget(account_id, sku).value_or(TargetRecord{.account_id = account_id, .sku = sku});
    change(target);
    Write([&](Tx& tx) { return tx.PutTarget(target); });
  }
  OrderRecord Order(const std::string& account_id, const std::string& external_id) {
    const auto found = Read([&](ReadTx& tx) { return tx.FindOrder(account_id, external_id); });
    if (!found.has_value()) throw std::runtime_error("no order " + external_id);
    return *found;
  }
  std::vector<OrderLineRecord> Lines(const std::string& account_id, const std::string& external_id) {
    const int64_t id = Order(account_id, external_id).id;
    return Read([&](ReadTx& tx) { return tx.GetOrderLines(id); });
  }
  // Types of the events after `revision`, in order.
  std::vector<std::string> EventTypes(int64_t revision = 0) {
    std::vector<std::string> types;
    for (const EventRecord& event :
         Read([&](ReadTx& tx) { return tx.ListEvents({.after_revision = revision, .limit = 1000}); })) {
      types.push_back(event.type);
    }
    return types;
  }
  // Resources of the events after `revision`, in order.
  std::vector<std::string> EventResources(int64_t revision = 0) {
    std::vector<std::string> resources;
    for (const EventRecord& event :
         Read([&](ReadTx& tx) { return tx.ListEvents({.after_revision = revision, .limit = 1000}); })) {
      resources.push_back(event.resource);
    }
    return resources;
  }
  int64_t LastRevision() {
    return Read([&](ReadTx& tx) { return tx.LastEventRevision(); });
  }

  ManualClock clock{kWorldStartUs};

 private:
  std::string folder_;
  SeededRng rng_{7};
  IdSource ids_{clock, rng_};
  std::unique_ptr<Store> store_;
};

}  // namespace quayside
