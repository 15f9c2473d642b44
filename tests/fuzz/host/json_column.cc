// Small structures inside a column of the database.
#include <string>

#include "host/base/errors.h"
#include "host/store/json_text.h"
#include "tests/fuzz/target.h"

namespace {

// What a column's text says is said again by the text that is written of it.
template <typename Parse, typename Write>
void CheckColumn(std::string_view text, const std::string& what, Parse parse, Write write) {
  const auto value = parse(text);
  if (!value.ok()) {
    quayside::fuzz::Require(HasReason(value.status(), quayside::Reason::kDatabaseCorrupt),
                            "text that is no " + what + " says DATABASE_CORRUPT");
    return;
  }
  const auto again = parse(write(*value));
  quayside::fuzz::Require(again.ok() && *again == *value, what + " survives its column");
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(json_column) {
  CheckColumn(input, "a map", TextMapFromJson, TextMapToJson);
  CheckColumn(input, "a list", TextListFromJson, TextListToJson);
  CheckColumn(input, "a configuration", ChannelConfigFromJson, ChannelConfigToJson);
  CheckColumn(input, "a pass", PassFromJson, PassToJson);
  CheckColumn(input, "a backfill", BackfillFromJson, BackfillToJson);
  CheckColumn(input, "a warehouse's parts", OutboundPartsFromJson, OutboundPartsToJson);
  CheckColumn(input, "a refund's lines", PostSaleLinesFromJson, PostSaleLinesToJson);
}
