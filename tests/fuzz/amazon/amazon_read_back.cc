// What Amazon holds for SKUs: a result for each, or none at all. The first byte says for how many.
#include <set>

#include "conversation.h"
#include "quayside/plugin/v1/inventory_push.pb.h"

QUAYSIDE_FUZZ_TARGET(amazon_read_back) {
  const bool one = input.starts_with('1');
  Conversation amazon(input.empty() ? input : input.substr(1));
  pb::ReadBackRequest request;
  request.set_marketplace(kMarketplace);
  request.add_skus("A");
  if (!one) request.add_skus("B/1");
  const auto reply = amazon.Call<pb::ReadBackReply>("inventory_push/1", "read_back", request);
  if (!reply.ok()) return;
  std::set<std::string> told;
  for (const pb::ReadBack& result : reply.value().results()) told.insert(result.sku());
  Require(told == std::set<std::string>(request.skus().begin(), request.skus().end()) &&
              reply.value().results_size() == request.skus_size(),
          "every SKU has one result");
}
