#include "host/net/charset_names.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"

namespace quayside {
namespace {

struct CharsetRow {
  Charset charset;
  std::string_view labels;  // squeezed, each between spaces, besides the squeezed name
};

constexpr std::array<CharsetRow, 34> kCharsetRows = {{
    {{"UTF-8", "UTF-8"}, " unicode11utf8 xunicode20utf8 "},
    {{"UTF-16LE", "UTF-16LE"}, " utf16 unicode iso10646ucs2 ucs2 "},
    {{"UTF-16BE", "UTF-16BE"}, " unicodefffe "},
    {{"windows-1252", "CP1252"},
     " cp1252 xcp1252 ansi iso88591 latin1 l1 ibm819 cp819 usascii ascii ansix3.41968 iso646us "},
    {{"windows-1250", "CP1250"}, " cp1250 xcp1250 "},
    {{"windows-1251", "CP1251"}, " cp1251 xcp1251 "},
    {{"windows-1253", "CP1253"}, " cp1253 xcp1253 "},
    {{"windows-1254", "CP1254"}, " cp1254 xcp1254 iso88599 latin5 l5 "},
    {{"windows-1255", "CP1255"}, " cp1255 xcp1255 "},
    {{"windows-1256", "CP1256"}, " cp1256 xcp1256 "},
    {{"windows-1257", "CP1257"}, " cp1257 xcp1257 "},
    {{"windows-1258", "CP1258"}, " cp1258 xcp1258 "},
    {{"windows-874", "CP874"}, " cp874 dos874 tis620 iso885911 "},
    {{"ISO-8859-2", "ISO-8859-2"}, " latin2 l2 "},
    {{"ISO-8859-3", "ISO-8859-3"}, " latin3 l3 "},
    {{"ISO-8859-4", "ISO-8859-4"}, " latin4 l4 "},
    {{"ISO-8859-5", "ISO-8859-5"}, " cyrillic "},
    {{"ISO-8859-6", "ISO-8859-6"}, " arabic "},
    {{"ISO-8859-7", "ISO-8859-7"}, " greek "},
    {{"ISO-8859-8", "ISO-8859-8"}, " hebrew "},
    {{"ISO-8859-10", "ISO-8859-10"}, " latin6 l6 "},
    {{"ISO-8859-13", "ISO-8859-13"}, " "},
    {{"ISO-8859-14", "ISO-8859-14"}, " "},
    {{"ISO-8859-15", "ISO-8859-15"}, " latin9 l9 "},
    {{"ISO-8859-16", "ISO-8859-16"}, " "},
    {{"KOI8-R", "KOI8-R"}, " koi koi8 "},
    {{"KOI8-U", "KOI8-U"}, " koi8ru "},
    {{"IBM866", "CP866"}, " 866 cp866 "},
    {{"macintosh", "MACINTOSH"}, " mac xmacroman macroman "},
    // What is called Shift_JIS has Microsoft's extensions.
    {{"Shift_JIS", "CP932"}, " sjis xsjis windows31j ms932 cp932 mskanji "},
    {{"EUC-JP", "EUC-JP"}, " xeucjp "},
    // Each a superset of the names beside it.
    {{"GB18030", "GB18030"}, " gbk xgbk cp936 ms936 gb2312 gb231280 euccn "},
    {{"Big5", "BIG5-HKSCS"}, " big5hkscs xxbig5 cp950 ms950 "},
    {{"EUC-KR", "CP949"}, " cp949 ms949 windows949 uhc ksc5601 ksc56011987 "},
}};

std::string Squeeze(std::string_view label) {
  std::string squeezed;
  for (const char c : label) {
    if (c != '-' && c != '_' && c != ' ') squeezed += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return squeezed;
}

bool IsLabelOf(const CharsetRow& row, const std::string& squeezed) {
  return squeezed == Squeeze(row.charset.name) || row.labels.find(" " + squeezed + " ") != std::string_view::npos;
}

}  // namespace

std::optional<Charset> FindCharset(std::string_view label) {
  const std::string squeezed = Squeeze(label);
  if (squeezed.empty()) return std::nullopt;
  const auto* const row = std::find_if(kCharsetRows.begin(), kCharsetRows.end(),
                                       [&](const CharsetRow& candidate) { return IsLabelOf(candidate, squeezed); });
  if (row == kCharsetRows.end()) return std::nullopt;
  return row->charset;
}

const std::vector<Charset>& KnownCharsets() {
  static const std::vector<Charset> known = [] {
    std::vector<Charset> charsets;
    for (const CharsetRow& row : kCharsetRows) charsets.push_back(row.charset);
    return charsets;
  }();
  return known;
}

}  // namespace quayside
