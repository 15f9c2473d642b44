#include "carriers.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "quayside/sdk.h"  // kQuaysideManifestJson

namespace quayside::amazon {
namespace {

constexpr char kOther[] = "Other";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualInAnyCase(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

// Amazon's spelling of a code; empty when it has no such code.
std::string CodeOf(std::string_view text, const boost::json::array& carriers) {
  for (const boost::json::value& carrier : carriers) {
    const std::string_view code = carrier.at("code").as_string();
    if (EqualInAnyCase(code, text)) return std::string(code);
  }
  return {};
}

}  // namespace

CarrierFields FieldsOfCarrier(const plugin::v1::DespatchIntent& intent) {
  const boost::json::value manifest = boost::json::parse(std::string_view(kQuaysideManifestJson));
  const boost::json::array& carriers = manifest.at("carriers").as_array();
  for (const std::string_view text :
       {std::string_view(intent.carrier_code()), std::string_view(intent.carrier_name())}) {
    if (std::string code = CodeOf(text, carriers); !code.empty()) return {std::move(code), {}};
  }
  return {kOther, intent.carrier_name().empty() ? intent.carrier_code() : intent.carrier_name()};
}

}  // namespace quayside::amazon
