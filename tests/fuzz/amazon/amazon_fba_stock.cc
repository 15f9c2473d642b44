// Stock of a warehouse: a page of a pass, whatever Amazon says. Nothing has less than nothing, and no record is silent.
#include "conversation.h"
#include "quayside/plugin/v1/fulfilment.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_fba_stock) {
  const bool some = input.starts_with('1');
  Conversation amazon(input.empty() ? input : input.substr(1));
  pb::PullStockRequest request;
  request.set_marketplace(kMarketplace);
  request.set_stock_pool(kMarketplace);
  if (some) {
    request.add_skus("A");
    request.add_skus("B/1");
  }
  const auto reply = amazon.Call<pb::PullStockReply>("fulfilment/1", "pull_stock", request);
  if (!reply.ok()) return;
  for (const pb::CentreStock& stock : reply.value().stock()) {
    Require(!stock.sku().empty(), "stock is of a SKU");
    Require(stock.fulfillable() >= 0 && stock.inbound() >= 0 && stock.reserved() >= 0 && stock.unfulfillable() >= 0 &&
                stock.researching() >= 0 && stock.updated_us() >= 0,
            "units are not negative");
    if (some) Require(stock.sku() == "A" || stock.sku() == "B/1", "nobody asked for another SKU");
  }
  for (const pb::BadRecord& record : reply.value().bad_records()) CheckBadRecord(record);
  if (!some) {
    Require(reply.value().has_next_cursor(), "a pass goes on from somewhere");
    Require(!reply.value().pass_complete() || !reply.value().has_more(), "what is complete has nothing more");
  }
}
