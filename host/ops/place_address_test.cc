#include "host/ops/place_address.h"

#include <gtest/gtest.h>

#include <string>

namespace quayside {
namespace {

PlaceAddress Parsed(std::string_view text) {
  const auto address = ParsePlaceAddress(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(PlaceAddress());
}

TEST(PlaceAddress, HasSchemeHostPortAndFolder) {
  const PlaceAddress sftp = Parsed("sftp://Files.Example.com:2222/out/orders/");
  EXPECT_EQ(sftp.scheme, PlaceScheme::kSftp);
  EXPECT_EQ(sftp.host, "files.example.com");
  EXPECT_EQ(sftp.port, 2222);
  EXPECT_EQ(sftp.folder, "/out/orders");
  EXPECT_EQ(Parsed("sftp://h").port, 22);
  EXPECT_EQ(Parsed("ftps://h/").port, 990);
  EXPECT_EQ(Parsed("ftpes://h/").port, 21);
  EXPECT_EQ(Parsed("ftpes://h:2121/in").scheme, PlaceScheme::kFtpes);
  EXPECT_EQ(ServerOf(Parsed("ftpes://h/in")), "ftpes://h:21");
  EXPECT_EQ(Parsed("https://[::1]/x").host, "[::1]");
  EXPECT_EQ(Parsed("https://[::1]:8443/x").port, 8443);
  EXPECT_EQ(Parsed("file:///srv/in").folder, "/srv/in");
  EXPECT_EQ(Parsed("file:///a/b/c/d/e/f/g/h/i/j/k/l").folder, "/a/b/c/d/e/f/g/h/i/j/k/l")
      << "as deep as people have it";
}

TEST(PlaceAddress, RefusesWhatCouldMeanSomethingElse) {
  for (const char* text : {"",
                           "srv/in",
                           "file://",
                           "file://host/in",
                           "http://h/x",
                           "ftp://h/x",
                           "sftp://",
                           "sftp:///x",
                           "sftp://u@h/x",
                           "sftp://h/../x",
                           "sftp://h/a//b",
                           "sftp://h/./b",
                           "sftp://h/a%2fb",
                           "https://h/x?y=1",
                           "https://h/x#y",
                           "sftp://h:0/x",
                           "sftp://h:99999/x",
                           "sftp://h/a\nb",
                           "sftp://h/a\\b",
                           "sftp://h/\xff"}) {
    EXPECT_FALSE(ParsePlaceAddress(text).has_value()) << text;
  }
}

TEST(PlaceAddress, LiesWithinWholeNamesOnly) {
  const PlaceAddress outer = Parsed("sftp://h/in");
  EXPECT_TRUE(LiesWithin(outer, outer));
  EXPECT_TRUE(LiesWithin(Parsed("sftp://h:22/in/orders"), outer));
  EXPECT_TRUE(LiesWithin(outer, Parsed("sftp://h")));
  EXPECT_FALSE(LiesWithin(Parsed("sftp://h/inner"), outer));
  EXPECT_FALSE(LiesWithin(Parsed("sftp://h"), outer));
  EXPECT_FALSE(LiesWithin(Parsed("sftp://h:23/in"), outer));
  EXPECT_FALSE(LiesWithin(Parsed("sftp://g/in"), outer));
  EXPECT_FALSE(LiesWithin(Parsed("ftps://h:22/in"), outer));
  EXPECT_FALSE(LiesWithin(Parsed("ftpes://h:990/in"), Parsed("ftps://h/in")));
}

TEST(FilePath, IsOneToEightPlainNames) {
  EXPECT_TRUE(IsFilePath("orders.csv"));
  EXPECT_TRUE(IsFilePath("archive/Größe 5 €.csv"));
  EXPECT_TRUE(IsFilePath("1/2/3/4/5/6/7/8"));
  EXPECT_FALSE(IsFilePath("1/2/3/4/5/6/7/8/9"));
  EXPECT_TRUE(IsFilePath(std::string(255, 'x')));
  EXPECT_FALSE(IsFilePath(std::string(256, 'x')));
  for (const char* path : {"", "/", "/x", "x/", "a//b", ".", "..", "a/../b", "a/./b", "a\nb", "a\\b", "\x80"})
    EXPECT_FALSE(IsFilePath(path)) << path;
}

}  // namespace
}  // namespace quayside
