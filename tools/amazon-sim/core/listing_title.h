// Titles that are made up from a few bytes, so that a million of them need no room.
#pragma once

#include <cstdint>
#include <string>

#include "core/rng.h"

namespace amazon_sim {

struct TitleSeed {
  std::uint32_t number = 0;
  std::uint8_t adjective = 0;
  std::uint8_t noun = 0;
  std::uint8_t oddity = 0;  // 0: none; else characters that a report's charset, or a careless reader, may not like
};

TitleSeed DrawTitle(Rng& rng, std::uint32_t number, double odd_share);
// "Oak Lamp No. 7"
std::string MakeTitle(const TitleSeed& seed);

}  // namespace amazon_sim
