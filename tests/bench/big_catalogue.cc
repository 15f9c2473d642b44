#include "tests/bench/big_catalogue.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <vector>

#include "host/base/errors.h"
#include "host/base/time.h"
#include "host/sync/lane_id.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

constexpr int kPiece = 10'000;  // items of one transaction
constexpr TimeUs kLongAgoUs = 1'780'000'000 * kSecondUs;
constexpr TimeUs kOrdersKnownUs = 1'900'000'000 * kSecondUs;
constexpr TimeUs kFarUs = kOrdersKnownUs;
constexpr std::string_view kSecondLocation = "warehouse-2";
constexpr int64_t kAtSecondLocation = 3;

ListingRecord BigListing(int which, int number) {
  return {.channel_id = BigChannel(which),
          .account_id = BigAccount(which),
          .sku = BigSku(number),
          .title = "A thing that somebody might want to buy, number " + std::to_string(number),
          .product_id = "B0" + std::to_string(10'000'000 + number),
          .product_type = "PRODUCT",
          .fulfilment = Fulfilment::kMerchant,
          .item_id = number + 1,
          .seen_us = kLongAgoUs,
          .pass_id = "pass-1"};
}

int64_t LevelOf(int number) { return number % 40; }

absl::Status PutPiece(Tx& tx, int begin, int end) {
  for (int which = 0; which < 2; ++which) {
    std::vector<ListingRecord> listings;
    for (int n = begin; n < end; ++n) listings.push_back(BigListing(which, n));
    QS_RETURN_IF_ERROR(tx.AddListings(listings));
    for (int n = begin; n < end; ++n) {
      const auto accepted = static_cast<int32_t>(LevelOf(n) + kAtSecondLocation);
      QS_RETURN_IF_ERROR(tx.PutTarget({.account_id = BigAccount(which),
                                       .sku = BigSku(n),
                                       .owner_channel_id = BigChannel(which),
                                       .state = TargetState::kCurrent,
                                       .wanted = accepted,
                                       .accepted = accepted,
                                       .accepted_us = kLongAgoUs,
                                       .changed_us = kLongAgoUs,
                                       .version = 1}));
    }
  }
  for (int n = begin; n < end; ++n) {
    QS_RETURN_IF_ERROR(tx.PutItem({.id = n + 1, .sku = BigSku(n), .title = "item"}));
    QS_RETURN_IF_ERROR(tx.SetLevel(n + 1, "default", LevelOf(n), kLongAgoUs));
    QS_RETURN_IF_ERROR(tx.SetLevel(n + 1, kSecondLocation, kAtSecondLocation, kLongAgoUs));
  }
  return absl::OkStatus();
}

// A shop whose lanes are not due for long.
absl::Status PutShop(Tx& tx, int which) {
  const std::string account = BigAccount(which);
  QS_RETURN_IF_ERROR(tx.PutAccount(
      {.id = account, .plugin_id = "amazon", .options = {{"region", "eu"}, {"seller_id", "A1BENCHSELLER1"}}}));
  ChannelRecord channel{.id = BigChannel(which), .account_id = account, .marketplace = "M1", .enabled = true};
  channel.display_name = channel.id;
  QS_RETURN_IF_ERROR(tx.PutChannel(channel, "bench"));
  for (const Job job : {Job::kOrders, Job::kInventory}) {
    LaneRecord lane{.id = AccountLaneId(account, job), .account_id = account, .job = job, .next_run_us = kFarUs};
    if (job == Job::kOrders) lane.cursor = {.schema = 1, .state = "c", .watermark_us = kOrdersKnownUs};
    QS_RETURN_IF_ERROR(tx.CommitLane({lane, {}}));
  }
  return tx.PutLaneControl({.id = ChannelLaneId(account, channel.id, Job::kListings),
                            .account_id = account,
                            .channel_id = channel.id,
                            .job = Job::kListings,
                            .next_run_us = kFarUs});
}

}  // namespace

std::string BigSku(int number) {
  std::string sku(24, '\0');
  sku.resize(static_cast<size_t>(std::snprintf(sku.data(), sku.size(), "SKU-%09d", number)));
  return sku;
}

std::string BigAccount(int which) { return which == 0 ? "bench-eu" : "bench-uk"; }
std::string BigChannel(int which) { return BigAccount(which) + "-shop"; }

void MakeBigCatalogue(Store& store, int items) {
  Check(store.Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutLocation({.id = std::string(kSecondLocation), .display_name = "Second"}));
    for (int which = 0; which < 2; ++which) QS_RETURN_IF_ERROR(PutShop(tx, which));
    return absl::OkStatus();
  }));
  for (int begin = 0; begin < items; begin += kPiece) {
    Check(store.Write([&](Tx& tx) { return PutPiece(tx, begin, std::min(begin + kPiece, items)); }));
  }
}

int64_t BigListingsAbove(int64_t most, int items) {
  int64_t above = 0;
  for (int n = 0; n < items; ++n) above += LevelOf(n) + kAtSecondLocation > most ? 2 : 0;
  return above;
}

}  // namespace quayside
