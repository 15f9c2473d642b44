// A warehouse's stock file with any content.
#include "lane_files.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "stock.h"

QUAYSIDE_FUZZ_TARGET(flatfile_stock) {
  namespace pb = quayside::plugin::v1;
  CheckLane<pb::PullStockRequest>(input, "stock", flatfile::PullStock, [](const pb::PullStockReply& reply) {
    for (const pb::CentreStock& stock : reply.stock()) {
      Require(!stock.sku().empty() && !stock.absent(), "what a file lists is there and has a SKU");
      for (const int64_t units :
           {stock.fulfillable(), stock.inbound(), stock.reserved(), stock.unfulfillable(), stock.researching()})
        Require(units >= 0 && units <= 100'000'000, "units are in their range");
    }
    return reply.stock();
  });
}
