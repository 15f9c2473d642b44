// Resource names in requests of any client.
#include "host/base/names.h"
#include "tests/fuzz/target.h"

namespace {

// A name that is taken is written in one way only: two names never mean the same thing.
template <typename Parse, typename Write>
void CheckName(std::string_view text, Parse parse, Write write) {
  const auto value = parse(text, "name");
  if (value.ok())
    quayside::fuzz::Require(write(*value) == text, "a name is written in one way only: " + std::string(text));
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(resource_name) {
  CheckName(input, ParsePluginName, PluginName);
  CheckName(input, ParseAccountName, AccountName);
  CheckName(input, ParseChannelName, ChannelName);
  CheckName(input, ParseLocationName, LocationName);
  CheckName(input, ParseLaneName, LaneName);
  CheckName(input, ParseRunName, RunName);
  CheckName(input, ParseOrderName, OrderName);
  CheckName(input, ParseItemName, ItemName);
  CheckName(input, ParseDeadLetterName, DeadLetterName);
  CheckName(input, ParsePostalMethodName, PostalMethodName);
  CheckName(input, ParseDespatchName, [](const DespatchKey& key) { return DespatchName(key.order_id, key.number); });
  CheckName(input, ParsePostSaleName, [](const DespatchKey& key) { return PostSaleName(key.order_id, key.number); });
  CheckName(input, ParsePlanName, [](const PlanKey& key) { return PlanName(key.channel_id, key.hash); });
  const auto listing = ParseListingName(input);
  if (!listing.ok()) return;
  const auto again = ParseListingName(ListingName(listing->channel_id, listing->sku));
  Require(again.ok() && again->channel_id == listing->channel_id && again->sku == listing->sku,
          "a listing's name survives being written");
}
