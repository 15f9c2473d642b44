#include "host/net/http_date.h"

#include <gtest/gtest.h>

#include "host/net/url_text.h"

namespace quayside {
namespace {

TEST(HttpDate, ReadsTheFormEveryServerMustSend) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777 * kSecondUs);
  EXPECT_EQ(ParseHttpDate("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(ParseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT"), 1'709'251'199 * kSecondUs);
}

TEST(HttpDate, RefusesEverythingElse) {
  for (const char* text :
       {"", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1969 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text).has_value()) << text;
  }
}

TEST(UrlText, PercentEncode_LeavesUnreservedCharactersOnly) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode("a b+c&d=e/f?g#h%i,j"), "a%20b%2Bc%26d%3De%2Ff%3Fg%23h%25i%2Cj");
  EXPECT_EQ(PercentEncode("größe"), "gr%C3%B6%C3%9Fe");
  EXPECT_EQ(PercentEncode(std::string("\0\r\n", 3)), "%00%0D%0A");
}

TEST(UrlText, AppendFormField_KeepsWithinTheSizeItStates) {
  const std::string ugly = "\xff&= ";
  std::string out;
  AppendFormField(out, ugly, ugly);
  EXPECT_LE(out.size(), FormFieldSize(ugly, ugly));
  AppendFormField(out, "a", "");
  EXPECT_EQ(out, "%FF%26%3D%20=%FF%26%3D%20&a=");
}

}  // namespace
}  // namespace quayside
