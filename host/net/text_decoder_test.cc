#include "host/net/text_decoder.h"

#include <gtest/gtest.h>

#include "host/base/errors.h"

namespace quayside {
namespace {

struct Decoded {
  std::string text;
  std::string charset;
  int64_t undecodable = 0;
};

Decoded Decode(std::string_view charset, std::string_view bytes, size_t piece) {
  TextDecoder decoder(*FindCharset(charset));
  Decoded result;
  const auto out = [&](std::string_view text) {
    result.text += text;
    return absl::OkStatus();
  };
  while (!bytes.empty()) {
    EXPECT_TRUE(decoder.Add(bytes.substr(0, piece), out).ok());
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  EXPECT_TRUE(decoder.Finish(out).ok());
  result.charset = decoder.charset();
  result.undecodable = decoder.undecodable();
  return result;
}

// The same in pieces of every size up to 9 bytes, and as a whole.
void ExpectText(std::string_view charset, std::string_view bytes, std::string_view text, int64_t undecodable = 0) {
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{4}, size_t{5}, size_t{6}, size_t{7}, size_t{8},
                             size_t{9}, size_t{1000}}) {
    const Decoded decoded = Decode(charset, bytes, piece);
    EXPECT_EQ(decoded.text, text) << charset << " in pieces of " << piece;
    EXPECT_EQ(decoded.undecodable, undecodable) << charset << " in pieces of " << piece;
  }
}

TEST(CharsetNames, AreTakenInEverySpelling) {
  for (const char* label : {"Cp1252", "cp1252", "windows-1252", "WINDOWS_1252", "ISO-8859-1", "latin1", "US-ASCII"})
    EXPECT_EQ(FindCharset(label)->name, "windows-1252") << label;
  for (const char* label : {"Shift_JIS", "shift-jis", "SJIS", "x-sjis", "MS932", "Windows-31J", "cp932"})
    EXPECT_EQ(FindCharset(label)->name, "Shift_JIS") << label;
  for (const char* label : {"UTF-8", "utf8", "Utf-8"}) EXPECT_EQ(FindCharset(label)->name, "UTF-8") << label;
  EXPECT_EQ(FindCharset("utf-16")->name, "UTF-16LE");
  EXPECT_EQ(FindCharset("gb2312")->name, "GB18030");
}

TEST(CharsetNames, WhatIsNotListed_IsNotGivenToIconv) {
  for (const char* label : {"", " ", "-", "UTF-8//IGNORE", "UTF-8//TRANSLIT", "../../evil", "UTF-7", "ISO-2022-CN-EXT",
                            "klingon", "cp1252 xcp1252"})
    EXPECT_FALSE(FindCharset(label).has_value()) << label;
}

TEST(TextDecoder, EveryKnownCharset_CanBeDecodedHere) {
  for (const Charset& charset : KnownCharsets()) {
    const Decoded decoded = Decode(charset.name, std::string("A\0B\0C\0", 6), 6);
    EXPECT_EQ(decoded.charset, charset.name);
    EXPECT_FALSE(decoded.text.empty()) << charset.name;
  }
}

TEST(TextDecoder, Windows1252_AsAmazonWritesIt) {
  ExpectText("Cp1252",
             "M\xfc"
             "ller \x80 5 \x96 caf\xe9\r\n",
             "Müller € 5 – café\r\n");
  // Five bytes of this charset mean nothing.
  ExpectText("Cp1252",
             "a\x81\x8d"
             "b\x9d",
             "a\uFFFD\uFFFDb\uFFFD", 3);
}

TEST(TextDecoder, ShiftJis_CutAnywhere) {
  ExpectText("Shift_JIS", "\x83\x7d\x83\x4f\x83\x4a\x83\x62\x83\x76 \xb6\xc5 \x87\x40 \\~", "マグカップ ｶﾅ ① \\~");
  ExpectText("Shift_JIS", "ab\x83", "ab\uFFFD", 1);  // cut at the end
  ExpectText("Shift_JIS",
             "ab\x83\x0a"
             "c",
             "ab\uFFFD\nc", 1);  // the line feed is kept
}

TEST(TextDecoder, Utf8_IsKeptAndRepaired) {
  ExpectText("UTF-8", "Müller € マグ 😀 end", "Müller € マグ 😀 end");
  ExpectText("UTF-8",
             "a\xff"
             "b\xc3"
             "c",
             "a\uFFFD"
             "b\uFFFD"
             "c",
             2);
  ExpectText("UTF-8", "a\xf0\x9f\x98 b", "a\uFFFD b", 1);  // one sequence, one character
  ExpectText("UTF-8", "a\xed\xa0\x80z", "a\uFFFD\uFFFD\uFFFDz", 3);
  ExpectText("UTF-8", "cut \xe2\x82", "cut \uFFFD", 1);
}

TEST(TextDecoder, OtherCharsets) {
  ExpectText("GBK", "\xc2\xed\xb1\xad", "马杯");
  ExpectText("Big5", "\xb0\xa8\xaa\x4d", "馬杯");
  ExpectText("EUC-KR", "\xb8\xd3\xb1\xd7", "머그");
  ExpectText("windows-1254", "\xdd\xfe", "İş");
  ExpectText("ISO-8859-2", "\xb1\xea", "ąę");
  ExpectText("UTF-16BE", std::string_view("\0A\x20\xac", 4), "A€");
  ExpectText("UTF-16LE", std::string_view("A\0\xac\x20\x3d\xd8\x00\xde", 8), "A€😀");
  ExpectText("UTF-16LE", std::string_view("A\0\xac", 3), "A\uFFFD", 1);
}

// glibc holds such a letter back to see whether an accent follows.
TEST(TextDecoder, ACharacterHeldBackAtTheEnd_IsNotLost) { ExpectText("windows-1258", "a", "a"); }

TEST(TextDecoder, AByteOrderMark_DecidesAndIsLeftOut) {
  ExpectText("Cp1252", "\xef\xbb\xbfM\xc3\xbc", "Mü");
  ExpectText("UTF-8", "\xef\xbb\xbftext", "text");
  ExpectText("Cp1252",
             std::string_view("\xff\xfe"
                              "A\0",
                              4),
             "A");
  ExpectText("UTF-8", std::string_view("\xfe\xff\0A", 4), "A");
  ExpectText("UTF-8", "a\xef\xbb\xbf", "a\uFEFF");  // not at the beginning
  EXPECT_EQ(Decode("Cp1252", "\xef\xbb\xbftext", 1).charset, "UTF-8");
  EXPECT_EQ(Decode("UTF-8", "\xff\xfe", 1).charset, "UTF-16LE");
}

TEST(TextDecoder, ShortTexts) {
  for (const char* charset : {"UTF-8", "Cp1252", "Shift_JIS"}) {
    for (const char* text : {"", "a", "ab", "abc"}) ExpectText(charset, text, text);
  }
  ExpectText("UTF-8", "\xef\xbb", "\uFFFD", 1);
}

TEST(TextDecoder, LongText_InPiecesLargerThanItsBuffers) {
  std::string bytes;
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    bytes += "\xe9t\xe9 ";
    text += "été ";
  }
  EXPECT_EQ(Decode("Cp1252", bytes, 1 << 20).text, text);
  EXPECT_EQ(Decode("Cp1252", bytes, 4097).text, text);
  EXPECT_EQ(Decode("UTF-8", text, 4097).text, text);
}

TEST(TextDecoder, WhatTheTakerAnswers_EndsTheWork) {
  for (const char* charset : {"UTF-8", "Cp1252"}) {
    TextDecoder decoder(*FindCharset(charset));
    const absl::Status status = decoder.Add("some text", [](std::string_view) { return absl::CancelledError("no"); });
    EXPECT_TRUE(absl::IsCancelled(status)) << charset;
  }
}

}  // namespace
}  // namespace quayside
