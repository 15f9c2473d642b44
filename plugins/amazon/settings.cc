#include "settings.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <cstring>

#include "quayside/sdk.h"  // kQuaysideManifestJson

namespace quayside::amazon {
namespace {

namespace json = boost::json;

json::value ParseManifest() { return json::parse(std::string_view(kQuaysideManifestJson)); }

std::string Option(const plugin::v1::InstanceConfig& config, const char* name) {
  const auto found = config.options().find(name);
  return found == config.options().end() ? std::string() : found->second;
}

// Amazon's merchant tokens: A, then capitals and digits.
bool LooksLikeSellerId(std::string_view text) {
  return text.size() >= 10 && text.size() <= 20 && text.front() == 'A' &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

plugin::v1::FieldProblem Problem(std::string field, std::string description) {
  plugin::v1::FieldProblem problem;
  problem.set_field(std::move(field));
  problem.set_description(std::move(description));
  return problem;
}

}  // namespace

Settings ReadSettings(const plugin::v1::InstanceConfig& config) {
  Settings settings{Option(config, "region"),
                    Option(config, "seller_id"),
                    {config.marketplaces().begin(), config.marketplaces().end()},
                    {config.fulfilment_marketplaces().begin(), config.fulfilment_marketplaces().end()}};
  if (std::string version = Option(config, "outbound_api"); !version.empty())
    settings.outbound_api = std::move(version);
  return settings;
}

std::vector<Marketplace> KnownMarketplaces() {
  std::vector<Marketplace> known;
  const json::value manifest = ParseManifest();
  for (const json::value& entry : manifest.at("marketplaces").as_array()) {
    known.push_back({std::string(entry.at("id").as_string()), std::string(entry.at("name").as_string()),
                     std::string(entry.at("region").as_string()), std::string(entry.at("country_code").as_string()),
                     std::string(entry.at("currency_code").as_string())});
  }
  return known;
}

std::optional<Marketplace> FindMarketplace(std::string_view id) {
  for (Marketplace& marketplace : KnownMarketplaces()) {
    if (marketplace.id == id) return std::move(marketplace);
  }
  return std::nullopt;
}

double DefaultRate(std::string_view operation) {
  const json::value manifest = ParseManifest();
  for (const json::value& limit : manifest.at("rate_limits").as_array()) {
    if (limit.at("operation").as_string() == operation)
      return std::strtod(limit.at("rate").as_string().c_str(), nullptr);
  }
  return 0;
}

std::vector<plugin::v1::FieldProblem> FindProblems(const plugin::v1::InstanceConfig& config) {
  std::vector<plugin::v1::FieldProblem> problems;
  const Settings settings = ReadSettings(config);
  if (settings.region != "na" && settings.region != "eu" && settings.region != "fe") {
    problems.push_back(Problem("region", "Choose na, eu or fe: the end point the seller account belongs to."));
  }
  if (!LooksLikeSellerId(settings.seller_id)) {
    problems.push_back(
        Problem("seller_id",
                "A seller id (merchant token) is an A followed by 9 to 19 capital letters and digits. Seller "
                "Central shows it under Settings, Account info, Your merchant token."));
  }
  if (settings.outbound_api != kOutbound2020 && settings.outbound_api != kOutbound2026) {
    problems.push_back(Problem("outbound_api", std::string("Choose ") + kOutbound2020 + " or " + kOutbound2026 + "."));
  }
  const std::vector<Marketplace> known = KnownMarketplaces();
  for (const std::string& id : settings.marketplaces) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const Marketplace& m) { return m.id == id; });
    if (found == known.end()) {
      problems.push_back(Problem("marketplaces", "Amazon has no marketplace " + id + "."));
    } else if (found->region != settings.region) {
      problems.push_back(Problem("marketplaces", found->name + " belongs to region " + found->region +
                                                     "; an account serves one region. Make a second account for it."));
    }
  }
  return problems;
}

}  // namespace quayside::amazon
