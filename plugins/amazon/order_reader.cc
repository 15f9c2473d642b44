#include "order_reader.h"

#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"
#include "order_decoder.h"
#include "orders_api.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;

// Without people, but with their packages.
constexpr char kData[] = "FULFILLMENT,PACKAGES,CANCELLATION";

}  // namespace

sdk::Result<std::optional<pb::Order>> ReadOrder(Caller& caller, const std::string& order_id) {
  pb::HttpRequest request =
      NewRequest(caller.settings(), kGetOrder, "GET", std::string(kOrdersPath) + "/" + EncodeSegment(order_id));
  AddQuery(request, "includedData", kData);
  QS_TRY(const pb::HttpReply answer, caller.Read(request));
  if (answer.status() == 404) return std::optional<pb::Order>();
  if (answer.status() != 200) return ErrorFrom(answer, kGetOrder, caller.NowUs());
  json::monotonic_resource memory;
  const auto page = ParsePage(answer.body(), memory);
  const json::value* found = page ? page->get_object().if_contains("order") : nullptr;
  if (found == nullptr) return Unreadable(answer, kGetOrder);
  DecodeOptions options;
  if (caller.settings().marketplaces.size() == 1) options.default_marketplace = caller.settings().marketplaces.front();
  pb::Order order;
  if (DecodeOrder(*found, options, order).kind != Decoded::kOrder) return Unreadable(answer, kGetOrder);
  return std::optional<pb::Order>(std::move(order));
}

}  // namespace quayside::amazon
