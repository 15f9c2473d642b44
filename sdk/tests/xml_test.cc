#include "quayside/xml.h"

#include <gtest/gtest.h>

namespace quayside::sdk {
namespace {

TEST(XmlTest, ElementsAreReadByTheirPath) {
  const auto parsed =
      ParseXml(R"(<?xml version="1.0"?><Report id="7"><!-- said --><Line> A </Line><Line>B &amp; C</Line></Report>)",
               "the report");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed.value().get("Report.<xmlattr>.id", ""), "7");
  std::string lines;
  for (const auto& [name, line] : parsed.value().get_child("Report")) {
    if (name == "Line") lines += line.data() + ";";
  }
  EXPECT_EQ(lines, "A;B & C;");
}

TEST(XmlTest, WhatIsNoXml_IsAskedForAgain_AndNotQuoted) {
  const auto parsed = ParseXml("<Report>\n<Line Ada", "the report");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().status, QS_RETRY);
  EXPECT_EQ(parsed.error().message.find("Ada"), std::string::npos);
  EXPECT_NE(parsed.error().message.find("the report is no XML (line 2)"), std::string::npos) << parsed.error().message;
}

TEST(XmlTest, NothingIsFetched) {
  const auto parsed = ParseXml(R"(<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>)", "it");
  // Refused, or left as it stands: never the file.
  if (parsed.ok()) {
    EXPECT_EQ(parsed.value().get("a", ""), "&e;");
  }
}

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(XmlTest, WhatNestsWithoutEnd_IsRefused_BeforeAStackEnds) {
  EXPECT_TRUE(ParseXml(Repeated("<a>", 200) + Repeated("</a>", 200), "it").ok());
  EXPECT_FALSE(ParseXml(Repeated("<a>", 201) + Repeated("</a>", 201), "it").ok());
  constexpr int kMany = 300'000;
  for (const std::string& deep :
       {Repeated("<a>", kMany), Repeated("<a b=\"/>\">", kMany), Repeated("<a b = '>' c='/>' >", kMany),
        Repeated("<a\">", kMany), Repeated("<a=\">", kMany),
        "<!--" + Repeated("</a>", kMany) + "-->" + Repeated("<a>", kMany),
        "<!DOCTYPE a [>" + Repeated("</a>", kMany) + "]>" + Repeated("<a>", kMany),
        "<a><!DOCTYPEa [>" + Repeated("<a>", kMany), "<?>" + Repeated("</a>", kMany) + "?>" + Repeated("<a>", kMany),
        "<![CDATA[" + Repeated("</a>", kMany) + "]]>" + Repeated("<a>", kMany)}) {
    EXPECT_FALSE(ParseXml(deep, "it").ok());
  }
}

TEST(XmlTest, ManyElementsBesideEachOther_AreNotDeep) {
  EXPECT_TRUE(
      ParseXml("<a>" + Repeated("<b/><c d='>'/><e>1</e><!-- <f> --><![CDATA[<g>]]>", 1'000) + "</a>", "it").ok());
}

TEST(XmlTest, TextIsEscaped_AndReadBack) {
  const std::string text = R"(<"Fish" & 'chips'>)";
  const auto parsed = ParseXml("<a b=\"" + XmlEscaped(text) + "\">" + XmlEscaped(text) + "</a>", "it");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().get("a", ""), text);
  EXPECT_EQ(parsed.value().get("a.<xmlattr>.b", ""), text);
}

}  // namespace
}  // namespace quayside::sdk
