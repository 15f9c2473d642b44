// Orders as a plugin would give them, and their import as one page.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/inventory/testing/store_world.h"
#include "host/orders/order_document.h"
#include "host/orders/order_import.h"
#include "host/security/plain_cipher_for_tests.h"
#include "quayside/plugin/v1/order_sync.pb.h"

namespace quayside {

struct LineSpec {
  std::string id;
  std::string sku;
  int32_t quantity = 1;
  int32_t shipped = 0;
  int32_t cancelled = 0;
};

// A merchant-fulfilled order of channel "de" (see StoreWorld::AddChannel).
inline plugin::v1::Order MakeOrder(const std::string& id, plugin::v1::OrderStatus status, TimeUs updated_us,
                                   const std::vector<LineSpec>& lines, const std::string& marketplace = "mp-de") {
  plugin::v1::Order order;
  order.set_external_id(id);
  order.set_marketplace(marketplace);
  order.set_status(status);
  order.set_raw_status(plugin::v1::OrderStatus_Name(status));
  order.set_fulfilment(plugin::v1::FULFILMENT_CHANNEL_MERCHANT);
  order.set_created_us(updated_us);
  order.set_updated_us(updated_us);
  order.mutable_total()->set_currency_code("EUR");
  order.mutable_total()->set_units(12);
  order.mutable_total()->set_nanos(340'000'000);
  for (const LineSpec& spec : lines) {
    plugin::v1::OrderLine* line = order.add_lines();
    line->set_external_id(spec.id);
    line->set_sku(spec.sku);
    line->set_quantity(spec.quantity);
    line->set_quantity_shipped(spec.shipped);
    line->set_quantity_cancelled(spec.cancelled);
  }
  return order;
}

struct Imported {
  ImportCounts counts;
  std::vector<std::string> accounts;
};

// `orders_known_to_us`: up to where the page makes orders known; 0 = now.
inline Imported ImportPage(StoreWorld& world, const std::vector<plugin::v1::Order>& orders,
                           TimeUs orders_known_to_us = 0, const std::string& account_id = "acc") {
  Imported imported;
  world.Write([&](Tx& tx) -> absl::Status {
    const PlainCipher cipher;
    OrderImport import(tx, world.ids(), cipher, world.now(), account_id);
    for (const plugin::v1::Order& order : orders) {
      IncomingOrder incoming{.order = &order};
      QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(cipher, account_id, order));
      QS_RETURN_IF_ERROR(import.Import(incoming));
    }
    QS_ASSIGN_OR_RETURN(imported.accounts, import.Finish(orders_known_to_us > 0 ? orders_known_to_us : world.now()));
    imported.counts = import.counts();
    return absl::OkStatus();
  });
  return imported;
}

}  // namespace quayside
