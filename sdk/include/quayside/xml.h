// XML by Boost.PropertyTree, from its headers alone. No document types, no entities but the five: nothing is fetched.
// It reads what is well-formed; that closing names fit is not checked.
//
//   QS_TRY(const XmlTree feed, ParseXml(chunk.data(), "the feed's report"));
//   const std::string code = feed.get("Report.Summary.Code", "");
//   for (const auto& [name, message] : feed.get_child("Report.Messages")) ...
#pragma once

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "quayside/result.h"

namespace quayside::sdk {

// The parser calls itself for each element within another, and a thread's stack has an end.
inline constexpr int kDeepestXml = 200;

// Do elements stand within more than `deepest` others? Reads a text as that parser does, without calling itself: what
// looks like a tag in a comment, a CDATA section or an attribute is none. Where the parser would give up, so does this.
[[nodiscard]] inline bool XmlNestsDeeper(std::string_view text, int deepest) {
  constexpr std::string_view kBlanks = " \t\r\n";
  constexpr std::string_view kEndName = " \t\r\n/>?";
  constexpr std::string_view kEndAttributeName = " \t\r\n/<>=?!";
  text = text.substr(0, text.find('\0'));
  const auto skip_to = [&](size_t count) { text.remove_prefix(std::min(count, text.size())); };
  const auto skip_behind = [&](std::string_view end) {
    const size_t at = text.find(end);
    skip_to(at == std::string_view::npos ? at : at + end.size());
  };
  const auto skip_blanks = [&] { skip_to(text.find_first_not_of(kBlanks)); };
  for (int depth = 0; !text.empty();) {
    skip_to(text.find('<'));
    if (text.starts_with("</")) {
      depth -= depth > 0 ? 1 : 0;
      skip_behind(">");
    } else if (text.starts_with("<!--")) {
      skip_to(4);
      skip_behind("-->");
    } else if (text.starts_with("<![CDATA[")) {
      skip_to(9);
      skip_behind("]]>");
    } else if (text.starts_with("<?")) {
      skip_to(2);
      skip_behind("?>");
    } else if (text.starts_with("<!DOCTYPE") && text.substr(9, 1).find_first_of(kBlanks) == 0) {
      // Brackets are counted, whatever stands between them.
      for (int brackets = 0; !text.empty() && (brackets > 0 || text.front() != '>'); skip_to(1)) {
        if (text.front() == '[') ++brackets;
        if (text.front() == ']' && brackets > 0) --brackets;
      }
    } else if (text.starts_with("<!")) {
      skip_behind(">");
    } else if (!text.empty()) {
      skip_to(1);
      skip_to(text.find_first_of(kEndName));
      skip_blanks();
      while (!text.empty() && kEndAttributeName.find(text.front()) == std::string_view::npos) {
        skip_to(text.find_first_of(kEndAttributeName));
        skip_blanks();
        if (!text.starts_with('=')) return false;
        skip_to(1);
        skip_blanks();
        if (!text.starts_with('"') && !text.starts_with('\'')) return false;
        const char quote = text.front();
        skip_to(1);
        skip_behind(std::string_view(&quote, 1));
        skip_blanks();
      }
      if (text.starts_with('>') && ++depth > deepest) return true;
    }
  }
  return false;
}

// Elements by name; attributes below "<xmlattr>", the text of an element is its data().
using XmlTree = boost::property_tree::ptree;

// RETRY CHANNEL_UNAVAILABLE when it is none: `what` answered something else. Nothing of the text is quoted.
[[nodiscard]] inline Result<XmlTree> ParseXml(const std::string& text, std::string_view what) {
  namespace xml = boost::property_tree::xml_parser;
  if (XmlNestsDeeper(text, kDeepestXml))
    return Error::RetryAt(0, "CHANNEL_UNAVAILABLE", std::string(what) + " nests deeper than any answer");
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
