// Small structures inside a column of the database.
#include "host/store/json_text.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(json_column) {
  if (const auto map = TextMapFromJson(input); map.ok()) {
    const auto again = TextMapFromJson(TextMapToJson(*map));
    Require(again.ok() && *again == *map, "a map survives its column");
  }
  if (const auto list = TextListFromJson(input); list.ok()) {
    const auto again = TextListFromJson(TextListToJson(*list));
    Require(again.ok() && *again == *list, "a list survives its column");
  }
  if (const auto config = ChannelConfigFromJson(input); config.ok()) {
    const auto again = ChannelConfigFromJson(ChannelConfigToJson(*config));
    Require(again.ok() && *again == *config, "a configuration survives its column");
  }
}
