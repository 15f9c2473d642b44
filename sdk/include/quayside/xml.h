// XML by Boost.PropertyTree, from its headers alone. No document types, no entities but the five: nothing is fetched.
// It reads what is well-formed; that closing names fit is not checked.
//
//   QS_TRY(const XmlTree feed, ParseXml(chunk.data(), "the feed's report"));
//   const std::string code = feed.get("Report.Summary.Code", "");
//   for (const auto& [name, message] : feed.get_child("Report.Messages")) ...
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "quayside/result.h"

namespace quayside::sdk {

// Elements by name; attributes below "<xmlattr>", the text of an element is its data().
using XmlTree = boost::property_tree::ptree;

// RETRY CHANNEL_UNAVAILABLE when it is none: `what` answered something else. Nothing of the text is quoted.
[[nodiscard]] inline Result<XmlTree> ParseXml(const std::string& text, std::string_view what) {
  namespace xml = boost::property_tree::xml_parser;
  std::istringstream in(text);
  XmlTree tree;
  try {
    boost::property_tree::read_xml(in, tree, xml::trim_whitespace | xml::no_comments);
  } catch (const boost::property_tree::xml_parser_error& error) {
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                          std::string(what) + " is no XML (line " + std::to_string(error.line()) + ")");
  }
  return tree;
}

// For the text of an element or an attribute.
[[nodiscard]] inline std::string XmlEscaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace quayside::sdk
