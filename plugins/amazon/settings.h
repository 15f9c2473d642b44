// What an account is configured with, and the rules for it. Which marketplaces, regions and rates exist stands in
// manifest.json alone; the library carries it inside and reads it from there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

// Versions of Fulfillment Outbound, as the option `outbound_api` names them.
inline constexpr char kOutbound2020[] = "2020-07-01";
inline constexpr char kOutbound2026[] = "2026-07-04";

struct Settings {
  std::string region;  // name of the origin, too: "na", "eu", "fe"
  std::string seller_id;
  std::vector<std::string> marketplaces;
  // Those of them whose warehouses hold stock of the account.
  std::vector<std::string> fulfilment_marketplaces;
  // Which version of Fulfillment Outbound ships orders of other channels.
  std::string outbound_api = kOutbound2020;
};

[[nodiscard]] Settings ReadSettings(const plugin::v1::InstanceConfig& config);

// Rules beyond the schema's: everything wrong with `config`, worded for the form it was typed into.
[[nodiscard]] std::vector<plugin::v1::FieldProblem> FindProblems(const plugin::v1::InstanceConfig& config);

struct Marketplace {
  std::string id;
  std::string name;
  std::string region;
  std::string country_code;
  std::string currency_code;
};

[[nodiscard]] std::vector<Marketplace> KnownMarketplaces();
// Nothing when Amazon has no such marketplace.
[[nodiscard]] std::optional<Marketplace> FindMarketplace(std::string_view id);

// Calls per second that `operation` is allowed by default; 0 = unknown operation.
[[nodiscard]] double DefaultRate(std::string_view operation);

}  // namespace quayside::amazon
