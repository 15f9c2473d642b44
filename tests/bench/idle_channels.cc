#include "tests/bench/idle_channels.h"

#include "host/base/errors.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "tests/bench/figures.h"
#include "tests/bench/sample_order.h"

namespace quayside {
namespace {

constexpr int kChannelsPerAccount = 10;

absl::Status PutLanes(Tx& tx, const std::string& account, TimeUs next_run_us) {
  for (const auto& [job, suffix] :
       {std::pair(Job::kOrders, ".orders"), std::pair(Job::kInventory, ".inventory"),
        std::pair(Job::kDespatch, ".despatch"), std::pair(Job::kPostSale, ".post-sale"),
        std::pair(Job::kOutbound, ".fulfilment-outbound"), std::pair(Job::kCompleteness, ".completeness")}) {
    QS_RETURN_IF_ERROR(
        tx.PutLaneControl({.id = account + suffix, .account_id = account, .job = job, .next_run_us = next_run_us}));
  }
  return absl::OkStatus();
}

absl::Status PutIdleChannel(Tx& tx, const std::string& account, int number, TimeUs next_run_us) {
  const std::string channel = account + "-" + std::to_string(number);
  QS_RETURN_IF_ERROR(tx.PutChannel({.id = channel,
                                    .account_id = account,
                                    .marketplace = "M" + std::to_string(number),
                                    .display_name = channel,
                                    .enabled = true},
                                   "bench"));
  for (const auto& [job, suffix] : {std::pair(Job::kListings, ".listings"), std::pair(Job::kReconcile, ".reconcile")}) {
    QS_RETURN_IF_ERROR(tx.PutLaneControl({.id = account + "." + channel + suffix,
                                          .account_id = account,
                                          .channel_id = channel,
                                          .job = job,
                                          .next_run_us = next_run_us}));
  }
  return absl::OkStatus();
}

absl::Status PutOneOrder(Tx& tx, const Cipher& cipher, const Clock& clock, const std::string& account) {
  SeededRng rng(1);
  IdSource ids(clock, rng);
  plugin::v1::Order order;
  FillSampleOrder(order, 1);
  order.set_marketplace("M0");
  IncomingOrder incoming{.order = &order};
  QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(cipher, account, order));
  OrderImport import(tx, ids, cipher, clock.Now(), account);
  return import.Import(incoming);
}

}  // namespace

void MakeIdleChannels(const std::string& data_dir, const std::string& master_key_file, int channels) {
  const SystemClock clock;
  const auto store = OpenSqliteStore({.data_dir = data_dir});
  Check(store.status());
  const auto cipher = OpenEnvelopeCipher(**store, clock, master_key_file, true);
  Check(cipher.status());
  const TimeUs far = clock.Now() + 365 * kDayUs;
  Check((*store)->Write([&](Tx& tx) -> absl::Status {
    for (int a = 0; a < channels / kChannelsPerAccount; ++a) {
      const std::string account = "account-" + std::to_string(a);
      QS_RETURN_IF_ERROR(tx.PutAccount(
          {.id = account, .plugin_id = "amazon", .options = {{"region", "eu"}, {"seller_id", "A1BENCHSELLER1"}}}));
      QS_RETURN_IF_ERROR(PutLanes(tx, account, far));
      for (int c = 0; c < kChannelsPerAccount; ++c) QS_RETURN_IF_ERROR(PutIdleChannel(tx, account, c, far));
    }
    return PutOneOrder(tx, **cipher, clock, "account-0");
  }));
}

}  // namespace quayside
