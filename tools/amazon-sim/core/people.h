// Invented buyers.
#pragma once

#include <cstdint>
#include <string>

#include "core/marketplaces.h"

namespace amazon_sim {

struct Person {
  std::string name;
  std::string email;
  std::string company;
  std::string address_line1;
  std::string address_line2;
  std::string city;
  std::string state;
  std::string postal_code;
  std::string country;
  std::string phone;
  std::string gift_message;  // of everything ordered; people made by seed write none
};

// The same seed gives the same person. Some have umlauts, apostrophes, non-Latin letters or a flat number: names are
// where importers break.
Person MakePerson(std::uint64_t seed, const Marketplace& marketplace);

}  // namespace amazon_sim
