#include "report_columns.h"

#include <algorithm>
#include <array>
#include <vector>

namespace quayside::amazon {
namespace {

namespace json = boost::json;

constexpr size_t kNames = 9;
using Names = std::array<std::string_view, kNames>;

// As Normal() makes them of the names Amazon uses: English (American and British), German, French, Italian, Spanish,
// Chinese, Japanese. Turkish ones are the English with a translation in brackets.
constexpr Names kSkuNames = {"sellersku",      "händlersku", "skuvendeur", "skuvenditore",
                             "skudelvendedor", "卖家sku",    "出品者sku"};
constexpr Names kChannelNames = {
    "fulfillmentchannel",        "fulfilmentchannel",       "versender", "canaltraitement",
    "canaledigestione",          "canaldegestiónlogística", "配送渠道",  "フルフィルメント・チャンネル",
    "フルフィルメントチャンネル"};
constexpr Names kTitleNames = {"itemname",          "artikelbezeichnung", "nomproduit", "nomedell'articolo",
                               "títulodelproducto", "商品名称",           "商品名"};
constexpr Names kAsinNames = {"asin1"};
constexpr Names kQuantityNames = {"quantity", "menge", "quantité", "quantità", "cantidad", "数量"};
constexpr Names kStatusNames = {"status", "état", "stato", "estado", "状态", "ステータス"};

constexpr size_t kMaxNamesBytes = 600;

std::string Normal(std::string_view name) {
  name = name.substr(0, name.find('('));
  std::string normal;
  for (const char c : name) {
    if (c == ' ' || c == '-' || c == '_') continue;
    normal += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return normal;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> names;
  for (;;) {
    const size_t end = line.find('\t');
    names.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return names;
    line.remove_prefix(end + 1);
  }
}

int32_t Find(const std::vector<std::string>& header, const Names& names) {
  for (size_t i = 0; i < header.size(); ++i) {
    if (!header[i].empty() && std::find(names.begin(), names.end(), header[i]) != names.end())
      return static_cast<int32_t>(i);
  }
  return kNoColumn;
}

std::string NamesFound(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (text.size() + name.size() > kMaxNamesBytes) return text + ", ...";
    text += text.empty() ? "" : ", ";
    text += name;
  }
  return text;
}

}  // namespace

std::variant<ReportColumns, std::string> FindColumns(std::string_view header) {
  const std::vector<std::string_view> names = Split(header);
  std::vector<std::string> normal;
  normal.reserve(names.size());
  for (const std::string_view name : names) normal.push_back(Normal(name));
  ReportColumns columns;
  columns.count = static_cast<int32_t>(names.size());
  columns.sku = Find(normal, kSkuNames);
  columns.channel = Find(normal, kChannelNames);
  columns.title = Find(normal, kTitleNames);
  columns.asin = Find(normal, kAsinNames);
  columns.quantity = Find(normal, kQuantityNames);
  columns.status = Find(normal, kStatusNames);
  if (columns.sku == kNoColumn || columns.channel == kNoColumn) {
    return std::string("the report has no column ") +
           (columns.sku == kNoColumn ? "seller-sku" : "fulfillment-channel") +
           "; its columns are: " + NamesFound(names);
  }
  return columns;
}

json::array ColumnsJson(const ReportColumns& columns) {
  return {columns.count, columns.sku, columns.channel, columns.title, columns.asin, columns.quantity, columns.status};
}

ReportColumns ReadColumns(JsonFields& fields, const json::array& array) {
  const auto numbers = ReadColumnNumbers<7>(fields, array);
  if (!numbers) return {};
  const auto& at = *numbers;
  return {at[0], at[1], at[2], at[3], at[4], at[5], at[6]};
}

}  // namespace quayside::amazon
