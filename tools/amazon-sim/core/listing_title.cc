#include "core/listing_title.h"

#include <array>
#include <string_view>

namespace amazon_sim {
namespace {

constexpr std::array<std::string_view, 12> kAdjectives{"Oak",    "Steel", "Linen", "Copper", "Wool",  "Glass",
                                                       "Cotton", "Ash",   "Slate", "Brass",  "Birch", "Felt"};
constexpr std::array<std::string_view, 12> kNouns{"Lamp",  "Mug",   "Chair", "Kettle", "Blanket", "Vase",
                                                  "Towel", "Shelf", "Tray",  "Hook",   "Stool",   "Slippers"};
// In Cp1252 or not, in the basic plane or not, and what is special to spreadsheets, XML and shells.
constexpr std::array<std::string_view, 10> kOddities{
    "Café crème",   "Größe 38–40", "“quoted”",      "Zażółć gęślą",      "漢字カナ",
    "🦆 edition", "\"in\" 5'",   "<b>bold</b> &", "=1+1;\\t, 50 % $x", "a\u00A0no-break space"};

}  // namespace

TitleSeed DrawTitle(Rng& rng, std::uint32_t number, double odd_share) {
  TitleSeed seed{.number = number};
  seed.adjective = static_cast<std::uint8_t>(rng.Below(kAdjectives.size()));
  seed.noun = static_cast<std::uint8_t>(rng.Below(kNouns.size()));
  if (odd_share > 0 && rng.Chance(odd_share)) seed.oddity = static_cast<std::uint8_t>(1 + rng.Below(kOddities.size()));
  return seed;
}

std::string MakeTitle(const TitleSeed& seed) {
  std::string title(kAdjectives[seed.adjective]);
  title += ' ';
  title += kNouns[seed.noun];
  if (seed.oddity > 0) {
    title += ' ';
    title += kOddities[seed.oddity - 1];
  }
  return title + " No. " + std::to_string(seed.number);
}

}  // namespace amazon_sim
