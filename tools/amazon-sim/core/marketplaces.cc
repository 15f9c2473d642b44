#include "core/marketplaces.h"

#include <array>
#include <bit>

namespace amazon_sim {
namespace {

constexpr std::array kMarketplaces{
    Marketplace{"A2EUQ1WTGCTBG2", "CA", "NA", "Amazon.ca", "CAD", "en_CA", 2, "ca"},
    Marketplace{"ATVPDKIKX0DER", "US", "NA", "Amazon.com", "USD", "en_US", 2, "us"},
    Marketplace{"A1AM78C64UM0Y8", "MX", "NA", "Amazon.com.mx", "MXN", "es_MX", 2, "mx"},
    Marketplace{"A2Q3Y263D00KWC", "BR", "NA", "Amazon.com.br", "BRL", "pt_BR", 2, "br"},
    Marketplace{"A28R8C7NBKEWEA", "IE", "EU", "Amazon.ie", "EUR", "en_IE", 2, "eu"},
    Marketplace{"A1RKKUPIHCS9HS", "ES", "EU", "Amazon.es", "EUR", "es_ES", 2, "eu"},
    Marketplace{"A1F83G8C2ARO7P", "GB", "EU", "Amazon.co.uk", "GBP", "en_GB", 2, "uk"},
    Marketplace{"A13V1IB3VIYZZH", "FR", "EU", "Amazon.fr", "EUR", "fr_FR", 2, "eu"},
    Marketplace{"AMEN7PMS3EDWL", "BE", "EU", "Amazon.com.be", "EUR", "fr_BE", 2, "eu"},
    Marketplace{"A1805IZSGTT6HS", "NL", "EU", "Amazon.nl", "EUR", "nl_NL", 2, "eu"},
    Marketplace{"A1PA6795UKMFR9", "DE", "EU", "Amazon.de", "EUR", "de_DE", 2, "eu"},
    Marketplace{"APJ6JRA9NG5V4", "IT", "EU", "Amazon.it", "EUR", "it_IT", 2, "eu"},
    Marketplace{"A2NODRKZP88ZB9", "SE", "EU", "Amazon.se", "SEK", "sv_SE", 2, "eu"},
    Marketplace{"AE08WJ6YKNBMC", "ZA", "EU", "Amazon.co.za", "ZAR", "en_ZA", 2, "za"},
    Marketplace{"A1C3SOZRARQ6R3", "PL", "EU", "Amazon.pl", "PLN", "pl_PL", 2, "eu"},
    Marketplace{"ARBP9OOSHTCHU", "EG", "EU", "Amazon.eg", "EGP", "ar_EG", 2, "eg"},
    Marketplace{"A33AVAJ2PDY3EV", "TR", "EU", "Amazon.com.tr", "TRY", "tr_TR", 2, "tr"},
    Marketplace{"A17E79C6D8DWNP", "SA", "EU", "Amazon.sa", "SAR", "ar_SA", 2, "sa"},
    Marketplace{"A2VIGQ35RCS4UG", "AE", "EU", "Amazon.ae", "AED", "ar_AE", 2, "ae"},
    Marketplace{"A21TJRUUN4KGV", "IN", "EU", "Amazon.in", "INR", "en_IN", 2, "in"},
    Marketplace{"A19VAU5U5O7RUS", "SG", "FE", "Amazon.sg", "SGD", "en_SG", 2, "sg"},
    Marketplace{"A39IBJ37TRP1C6", "AU", "FE", "Amazon.com.au", "AUD", "en_AU", 2, "au"},
    Marketplace{"A1VC38T7YXB528", "JP", "FE", "Amazon.co.jp", "JPY", "ja_JP", 0, "jp"},
};

}  // namespace

std::string_view Marketplace::FbaChannel() const {
  if (country == "JP") return "AMAZON_JP";
  if (country == "IN") return "AMAZON_IN";
  if (country == "AU") return "AMAZON_AU";
  if (region == "NA") return "AMAZON_NA";
  if (region == "EU") return "AMAZON_EU";
  return "AMAZON_FE";
}

std::span<const Marketplace> AllMarketplaces() { return kMarketplaces; }

const Marketplace* FindMarketplace(std::string_view id_or_country) {
  if (id_or_country == "UK") id_or_country = "GB";
  for (const Marketplace& marketplace : kMarketplaces) {
    if (marketplace.id == id_or_country || marketplace.country == id_or_country) return &marketplace;
  }
  return nullptr;
}

static_assert(kMarketplaces.size() <= 32, "MarketplaceSet has a bit for each");

std::uint32_t MarketplaceSet::Bit(const Marketplace* marketplace) {
  return std::uint32_t{1} << (marketplace - kMarketplaces.data());
}

std::vector<const Marketplace*> MarketplaceSet::List() const {
  std::vector<const Marketplace*> list;
  for (const Marketplace& marketplace : kMarketplaces) {
    if (Has(&marketplace)) list.push_back(&marketplace);
  }
  return list;
}

const Marketplace* MarketplaceSet::First() const {
  return bits_ == 0 ? nullptr : &kMarketplaces[static_cast<std::size_t>(std::countr_zero(bits_))];
}

}  // namespace amazon_sim
