#include "feed_document.h"

#include <boost/json.hpp>

#include "listings_api.h"
#include "quantity_rules.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr char kFeedVersion[] = "2.0";
constexpr size_t kUsualMessageBytes = 230;

}  // namespace

std::string FeedDocument(const Settings& settings, const std::vector<const plugin::v1::QuantityIntent*>& intents) {
  const json::object header{{"sellerId", settings.seller_id}, {"version", kFeedVersion}, {"issueLocale", kIssueLocale}};
  std::string text = R"({"header":)" + json::serialize(header) + R"(,"messages":[)";
  text.reserve(text.size() + intents.size() * kUsualMessageBytes);
  int64_t id = 0;
  for (const plugin::v1::QuantityIntent* intent : intents) {
    if (id > 0) text += ',';
    text += json::serialize(json::object{{"messageId", ++id},
                                         {"sku", intent->sku()},
                                         {"operationType", "PATCH"},
                                         {"productType", ProductTypeOf(*intent)},
                                         {"patches", QuantityPatches(*intent)}});
  }
  return text + "]}";
}

}  // namespace quayside::amazon
