// XML as the SDK reads it: how deep it nests is known before the parser goes there.
#include <algorithm>
#include <string>

#include "quayside/xml.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

// Elements within one another; 0 = there is none.
int DepthOf(const sdk::XmlTree& tree) {
  int deepest = 0;
  for (const auto& [name, element] : tree) {
    if (name != "<xmlattr>") deepest = std::max(deepest, 1 + DepthOf(element));
  }
  return deepest;
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(sdk_xml) {
  const std::string text(input);
  const auto parsed = sdk::ParseXml(text, "it");
  if (!parsed.ok()) {
    Require(parsed.error().reason == "CHANNEL_UNAVAILABLE", "what is no XML says so");
  } else if (const int depth = DepthOf(parsed.value()); depth > 1) {
    // The innermost one may be empty ("<a/>"), which is no step further down.
    Require(sdk::XmlNestsDeeper(input, depth - 2), "no nesting is overlooked");
    Require(depth <= sdk::kDeepestXml + 1, "it has an end");
  }
  const auto read = sdk::ParseXml("<a b='" + sdk::XmlEscaped(input) + "'/>", "it");
  if (input.find('\0') == std::string_view::npos) Require(read.ok(), "an escaped text can stand in an attribute");
}
