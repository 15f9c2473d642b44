#include "host/net/transfer/folder_listing.h"

#include <gtest/gtest.h>

namespace quayside {
namespace {

TEST(LongLine, GivesNameAndSize) {
  const auto file = ParseLongLine("-rw-r--r--    1 shop     users        1234 Nov 29 06:31 orders of today.csv\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->name, "orders of today.csv");
  EXPECT_EQ(file->size, 1234);
  EXPECT_EQ(file->modified_us, 0);
}

TEST(LongLine, KeepsSpacesThatBeginAName) {
  const auto file = ParseLongLine("-rw-------    1 0 0 7 Jan  1  2025  x");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->name, " x");
}

TEST(LongLine, TellsPlainFilesOnly) {
  for (const char* line :
       {"", "drwxr-xr-x    2 a b 4096 Nov 29 06:31 archive", "lrwxrwxrwx    1 a b 5 Nov 29 06:31 x -> /etc/passwd",
        "-rw-r--r--    1 a b many Nov 29 06:31 x", "-rw-r--r--    1 a b 5 Nov 29 06:31", "-rw-r--r--",
        "-rw-r--r--    1 a b 5 Nov 29 06:31 a/b"}) {
    EXPECT_FALSE(ParseLongLine(line).has_value()) << line;
  }
}

TEST(LongLine, IsToldFromOtherListings) {
  for (const char* line :
       {"", "total 8", "-rw-r--r-- 1 a b 5 Nov 29 06:31 x", "drwxr-xr-x 2 a b 4096 Nov 29 06:31 y\r\n"})
    EXPECT_TRUE(IsLongLine(line)) << line;
  EXPECT_FALSE(IsLongLine("11-29-26  06:31AM                 1234 orders.csv"));
  EXPECT_FALSE(IsLongLine("+s1234,m1795933865,r,\torders.csv"));
}

TEST(MlsdLine, GivesNameSizeAndTime) {
  const auto file = ParseMlsdLine("Type=file;Size=1234;Modify=20261129063105.123;UNIX.mode=0644; a; b.csv\r\n");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->name, "a; b.csv");
  EXPECT_EQ(file->size, 1234);
  EXPECT_EQ(file->modified_us, 1'795'933'865 * kSecondUs);
}

TEST(MlsdLine, TellsPlainFilesOnly) {
  for (const char* line : {"", "type=dir;size=1; x", "type=cdir;modify=20261129063105; .", "size=1; x", "type=file; x",
                           "type=file;size=-1; x", "type=file;size=1;x", "type=OS.unix=symlink;size=1; x"}) {
    EXPECT_FALSE(ParseMlsdLine(line).has_value()) << line;
  }
  EXPECT_EQ(ParseMlsdLine("type=file;size=1;modify=20261329063105; x")->modified_us, 0);
}

TEST(MlsdLine, WithATimeOfAClockThatWasNeverSet_TellsNone) {
  EXPECT_EQ(ParseMlsdLine("type=file;size=1;modify=19691231235959; x")->modified_us, 0);
  EXPECT_EQ(ParseMlsdLine("type=file;size=1;modify=00000101000000; x")->modified_us, 0);
  EXPECT_EQ(ParseMlsdLine("type=file;size=1;modify=19700101000001; x")->modified_us, kSecondUs);
}

}  // namespace
}  // namespace quayside
