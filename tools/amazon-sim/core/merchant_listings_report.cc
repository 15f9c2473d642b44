// GET_MERCHANT_LISTINGS_ALL_DATA and its relatives: a merchant's offers in one marketplace, tab-separated.
#include <algorithm>
#include <array>
#include <vector>

#include "core/call.h"
#include "core/charset.h"
#include "core/listing_json.h"
#include "core/report_type.h"
#include "core/time_text.h"

namespace amazon_sim {
namespace {

// A line under way: `text` collects its cells in the report's charset.
struct ReportLine {
  const ReportContext& context;
  const Listing& listing;
  const Offer& offer;
  CharsetEncoder& encoder;
  std::string& text;

  // A cell cannot hold what ends cells and lines.
  void Add(std::string_view utf8) {
    if (utf8.find_first_of("\t\r\n") == std::string_view::npos) return encoder.Append(text, utf8);
    std::string clean(utf8);
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
    encoder.Append(text, clean);
  }
};

struct ReportColumn {
  std::string_view name;
  std::string_view german;
  std::string_view japanese;
  void (*write)(ReportLine&);
};

void WriteNothing(ReportLine&) {}

void WriteListingId(ReportLine& line) {
  static constexpr std::string_view kDigits = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ";
  // Belongs to the SKU, like 1118YQ3F7A2.
  Rng letters(Fnv1a(line.listing.sku, line.context.seed));
  for (int i = 0; i < 11; ++i) line.text += kDigits[letters.Below(i < 4 ? 10 : kDigits.size())];
}

void WriteQuantity(ReportLine& line) {
  if (!line.listing.fba && line.listing.quantity) line.text += std::to_string(*line.listing.quantity);
}

std::string_view StatusText(const Listing& listing, const Offer& offer) {
  return IsBuyable(listing, offer) ? "Active" : "Inactive";
}

constexpr ReportColumn kStatus{"status", "Status", "ステータス",
                               [](ReportLine& line) { line.text += StatusText(line.listing, line.offer); }};

constexpr std::array kListingColumns{
    ReportColumn{"item-name", "Artikelbezeichnung", "商品名", [](ReportLine& line) { line.Add(line.listing.Title()); }},
    ReportColumn{"item-description", "Artikelbeschreibung", "商品説明", WriteNothing},
    ReportColumn{"listing-id", "Angebotsnummer", "出品ID", WriteListingId},
    ReportColumn{"seller-sku", "Händler-SKU", "出品者SKU", [](ReportLine& line) { line.Add(line.listing.sku); }},
    ReportColumn{"price", "Preis", "価格",
                 [](ReportLine& line) { line.text += MoneyText(line.offer.price_minor, line.context.marketplace); }},
    ReportColumn{"quantity", "Menge", "数量", WriteQuantity},
    ReportColumn{
        "open-date", "Erstellungsdatum", "出品日",
        [](ReportLine& line) { line.text += ReportDate(line.listing.created, line.context.marketplace.region); }},
    ReportColumn{"image-url", "Bild-URL", "商品画像URL", WriteNothing},
    ReportColumn{"item-is-marketplace", "Artikel ist Marketplace-Angebot", "マーケットプレイス商品",
                 [](ReportLine& line) { line.text += 'y'; }},
    ReportColumn{"product-id-type", "Produkt-ID-Typ", "商品IDタイプ", [](ReportLine& line) { line.text += '1'; }},
    ReportColumn{"zshop-shipping-fee", "zShop-Versandkosten", "zshop-shipping-fee", WriteNothing},
    ReportColumn{"item-note", "Anmerkung zum Artikel", "コンディション説明", WriteNothing},
    ReportColumn{"item-condition", "Artikelzustand", "コンディション", [](ReportLine& line) { line.text += "11"; }},
    ReportColumn{"zshop-category1", "zShop-Kategorie1", "zshop-category1", WriteNothing},
    ReportColumn{"zshop-browse-path", "zShop-Suchpfad", "zshop-browse-path", WriteNothing},
    ReportColumn{"zshop-storefront-feature", "zShop-Schaufenster", "zshop-storefront-feature", WriteNothing},
    ReportColumn{"asin1", "ASIN 1", "ASIN 1", [](ReportLine& line) { line.Add(line.listing.asin); }},
    ReportColumn{"asin2", "ASIN 2", "ASIN 2", WriteNothing},
    ReportColumn{"asin3", "ASIN 3", "ASIN 3", WriteNothing},
    ReportColumn{"will-ship-internationally", "Internationaler Versand", "国外へ配送可", WriteNothing},
    ReportColumn{"expedited-shipping", "Expressversand", "迅速な配送", WriteNothing},
    ReportColumn{"zshop-boldface", "zShop-Fettschrift", "zshop-boldface", WriteNothing},
    ReportColumn{"product-id", "Produkt-ID", "商品ID", [](ReportLine& line) { line.Add(line.listing.asin); }},
    ReportColumn{"bid-for-featured-placement", "Gebot für Hervorhebung", "bid-for-featured-placement", WriteNothing},
    ReportColumn{"add-delete", "Hinzufügen-Löschen", "追加・削除", WriteNothing},
    ReportColumn{"pending-quantity", "Anzahl Bestellungen", "在庫数",
                 [](ReportLine& line) {
                   if (!line.listing.fba) line.text += '0';
                 }},
    ReportColumn{
        "fulfillment-channel", "Versender", "フルフィルメント・チャンネル",
        [](ReportLine& line) { line.text += line.listing.fba ? line.context.marketplace.FbaChannel() : "DEFAULT"; }},
    ReportColumn{"merchant-shipping-group", "Händlerversandgruppe", "merchant-shipping-group",
                 [](ReportLine& line) { line.text += "Standard"; }},
    kStatus,
};

constexpr std::array kOpenListingColumns{
    ReportColumn{"sku", "SKU", "出品者SKU", [](ReportLine& line) { line.Add(line.listing.sku); }},
    ReportColumn{"asin", "ASIN", "ASIN", [](ReportLine& line) { line.Add(line.listing.asin); }},
    ReportColumn{"price", "Preis", "価格",
                 [](ReportLine& line) { line.text += MoneyText(line.offer.price_minor, line.context.marketplace); }},
    ReportColumn{"quantity", "Menge", "数量", WriteQuantity},
};

// A column as this report has it: one of Amazon's, or one the settings add.
struct ChosenColumn {
  std::string name;
  void (*write)(ReportLine&);
  std::string constant;  // for an added column
};

std::string_view LocalName(const ReportColumn& column, const ReportContext& context) {
  const bool local = context.settings.header == "local" &&
                     TextField(context.options, "preferredReportDocumentLocale").rfind("en", 0) != 0;
  if (local && context.marketplace.language.substr(0, 2) == "de") return column.german;
  if (local && context.marketplace.language.substr(0, 2) == "ja") return column.japanese;
  return column.name;
}

std::vector<ChosenColumn> ChooseColumns(const ReportContext& context, std::span<const ReportColumn> columns) {
  const ReportSettings& settings = context.settings;
  std::vector<ChosenColumn> chosen;
  const auto add_extras_after = [&](std::string_view name) {
    for (const ExtraColumn& extra : settings.extra_columns) {
      if (extra.after == name) chosen.push_back({extra.name, nullptr, extra.value});
    }
  };
  add_extras_after("");
  for (const ReportColumn& column : columns) {
    const auto& omitted = settings.omitted_columns;
    if (std::find(omitted.begin(), omitted.end(), column.name) == omitted.end()) {
      chosen.push_back({std::string(LocalName(column, context)), column.write, ""});
    }
    add_extras_after(column.name);
  }
  if (settings.column_order == "shuffled") {
    Rng order(Fnv1a(context.marketplace.id, context.seed));
    for (std::size_t i = chosen.size(); i > 1; --i) std::swap(chosen[i - 1], chosen[order.Below(i)]);
  }
  return chosen;
}

void WriteHeader(const ReportContext& context, const std::vector<ChosenColumn>& columns, CharsetEncoder& encoder,
                 std::string& text) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += '\t';
    encoder.Append(text, columns[i].name);
  }
  text += context.settings.line_end;
}

void WriteLine(ReportLine& line, const std::vector<ChosenColumn>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) line.text += '\t';
    if (columns[i].write) {
      columns[i].write(line);
    } else {
      line.Add(columns[i].constant);
    }
  }
  line.text += line.context.settings.line_end;
}

using Wanted = bool (*)(const Listing&, const Offer&);

std::int64_t WriteListings(const ReportContext& context, std::span<const ReportColumn> of_type, Wanted wanted,
                           ByteSink& out) {
  constexpr std::size_t kPiece = 256U << 10;
  CharsetEncoder encoder(CharsetOf(context));
  const std::vector<ChosenColumn> columns = ChooseColumns(context, of_type);
  std::string text;
  text.reserve(kPiece + 4096);
  WriteHeader(context, columns, encoder, text);
  std::int64_t rows = 0;
  for (const Listing& listing : context.book.listings()) {
    const auto offer = listing.deleted ? std::nullopt : listing.FindOffer(&context.marketplace);
    if (!offer || !wanted(listing, *offer)) continue;
    ReportLine line{context, listing, *offer, encoder, text};
    WriteLine(line, columns);
    ++rows;
    if (text.size() < kPiece) continue;
    out.Write(text);
    text.clear();
  }
  out.Write(text);
  return rows;
}

bool IsActive(const Listing& listing, const Offer& offer) { return IsBuyable(listing, offer); }
bool IsInactive(const Listing& listing, const Offer& offer) { return !IsBuyable(listing, offer); }
bool IsAny(const Listing&, const Offer&) { return true; }
bool IsMerchants(const Listing& listing, const Offer& offer) { return !listing.fba && IsBuyable(listing, offer); }

// Only the report of all listings says which are active.
constexpr std::span<const ReportColumn> kColumnsWithoutStatus{kListingColumns.data(), kListingColumns.size() - 1};

}  // namespace

const ReportType kMerchantListingsAll{
    "GET_MERCHANT_LISTINGS_ALL_DATA", TextContentType,
    [](const ReportContext& context, ByteSink& out) { return WriteListings(context, kListingColumns, IsAny, out); }};

const ReportType kMerchantListingsActive{"GET_MERCHANT_LISTINGS_DATA", TextContentType,
                                         [](const ReportContext& context, ByteSink& out) {
                                           return WriteListings(context, kColumnsWithoutStatus, IsActive, out);
                                         }};

const ReportType kMerchantListingsInactive{"GET_MERCHANT_LISTINGS_INACTIVE_DATA", TextContentType,
                                           [](const ReportContext& context, ByteSink& out) {
                                             return WriteListings(context, kColumnsWithoutStatus, IsInactive, out);
                                           }};

const ReportType kOpenListings{"GET_FLAT_FILE_OPEN_LISTINGS_DATA", TextContentType,
                               [](const ReportContext& context, ByteSink& out) {
                                 return WriteListings(context, kOpenListingColumns, IsMerchants, out);
                               }};

}  // namespace amazon_sim
