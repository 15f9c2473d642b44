#include "quayside/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace quayside::sdk {
namespace {

using Fields = std::vector<std::string>;

struct Seen {
  std::vector<Fields> records;
  std::vector<int64_t> lines;
  std::vector<std::string> problems;  // "line:field"
  friend bool operator==(const Seen&, const Seen&) = default;
};

// Through chunks of at most `size` bytes, as a step reads a document.
Seen ReadAll(const std::string& text, size_t size = std::string::npos, CsvFormat format = {}) {
  Seen seen;
  size_t offset = 0;
  int64_t line = 1;
  while (true) {
    const std::string chunk = text.substr(offset, size);
    const bool is_last = offset + chunk.size() == text.size();
    CsvReader reader(format, chunk, is_last, line);
    CsvRecord record;
    CsvReader::Found found;
    while ((found = reader.Next(record)) == CsvReader::Found::kRecord || found == CsvReader::Found::kBad) {
      seen.lines.push_back(record.line);
      if (found == CsvReader::Found::kRecord) {
        seen.records.push_back(record.fields);
      } else {
        seen.problems.push_back(std::to_string(record.line) + ":" + std::to_string(record.problem_field));
      }
    }
    if (found == CsvReader::Found::kEnd) return seen;
    EXPECT_FALSE(is_last);
    if (reader.offset() == 0) return ReadAll(text, size * 2, format);
    offset += reader.offset();
    line = reader.line();
  }
}

TEST(CsvReader, ReadsPlainAndQuotedFields) {
  const Seen seen = ReadAll("a,b,c\r\n1,\"x, \"\"y\"\"\r\nz\",\n\"\",,\"q\"");
  EXPECT_EQ(seen.records, (std::vector<Fields>{{"a", "b", "c"}, {"1", "x, \"y\"\r\nz", ""}, {"", "", "q"}}));
  EXPECT_EQ(seen.lines, (std::vector<int64_t>{1, 2, 4}));
}

TEST(CsvReader, PassesOverEmptyLinesAndCountsThem) {
  const Seen seen = ReadAll("\n\r\na\n\n\nb\n");
  EXPECT_EQ(seen.records, (std::vector<Fields>{{"a"}, {"b"}}));
  EXPECT_EQ(seen.lines, (std::vector<int64_t>{3, 6}));
}

TEST(CsvReader, TakesOtherDelimitersAndQuotes) {
  EXPECT_EQ(ReadAll("1,5;'a;b'\n", std::string::npos, {';', '\''}).records, (std::vector<Fields>{{"1,5", "a;b"}}));
  EXPECT_EQ(ReadAll("5\" disc\t\"x\"\n", std::string::npos, {'\t', 0}).records,
            (std::vector<Fields>{{"5\" disc", "\"x\""}}));
}

TEST(CsvReader, KeepsAQuoteWithinAnUnquotedField) {
  EXPECT_EQ(ReadAll("5\" disc,x\n").records, (std::vector<Fields>{{"5\" disc", "x"}}));
}

TEST(CsvReader, GoesOnBehindTheLineOfAMistake) {
  const Seen seen = ReadAll("a,\"b\"c\n1,2\n3,\"never closed\n4,5\n");
  EXPECT_EQ(seen.records, (std::vector<Fields>{{"1", "2"}, {"4", "5"}}));
  EXPECT_EQ(seen.problems, (std::vector<std::string>{"1:2", "3:2"}));
}

TEST(CsvReader, ABadRecordKeepsWhatStandsBeforeTheMistake) {
  CsvReader reader({}, "A-1,\"x\"y,1\n", true, 1);
  CsvRecord record;
  ASSERT_EQ(reader.Next(record), CsvReader::Found::kBad);
  EXPECT_EQ(record.fields, (Fields{"A-1"}));
  EXPECT_EQ(record.problem_field, 2);
}

TEST(CsvReader, GivesUpTheLineOfARecordThatIsTooLong) {
  std::string text = "a,\"open\n";
  for (int i = 0; i < 20'000; ++i) text += "1,2\n";
  const Seen seen = ReadAll(text, 100'000);
  EXPECT_EQ(seen.problems, (std::vector<std::string>{"1:2"}));
  EXPECT_EQ(seen.records.size(), 20'000U);
}

TEST(CsvReader, SeesTheSameWhateverTheChunksAre) {
  const std::string text = "h1,h2\r\n\r\n\"a\"\"\n\",b\r\nx,\"y\"z\n\"last\",\"\"";
  const Seen whole = ReadAll(text);
  ASSERT_EQ(whole.problems, (std::vector<std::string>{"5:2"}));
  for (size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(ReadAll(text, size), whole) << size;
}

TEST(CsvLine, IsReadBackAsItWas) {
  const Fields fields = {"plain", "", "a,b", "say \"hi\"", "two\r\nlines", " space "};
  EXPECT_EQ(ReadAll(CsvLine({}, fields)).records, (std::vector<Fields>{fields}));
  EXPECT_EQ(CsvLine({';', 0}, {"a;b", "c\nd"}), "a b;c d\r\n");
}

}  // namespace
}  // namespace quayside::sdk
