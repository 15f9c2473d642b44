#include "core/people.h"

#include <array>
#include <string_view>

#include "core/rng.h"

namespace amazon_sim {
namespace {

constexpr std::array<std::string_view, 24> kGivenNames{"Amelia", "Oliver",   "Jürgen", "Zoë",    "Siân",  "Łukasz",
                                                       "María",  "François", "Sinéad", "Ahmet",  "Yuki",  "Ingrid",
                                                       "Noah",   "Sophie",   "Mehmet", "Agnès",  "Björn", "Chloé",
                                                       "Dário",  "Elif",     "Fiona",  "Günter", "Hanna", "Iván"};
constexpr std::array<std::string_view, 24> kFamilyNames{
    "Smith",  "Müller", "O'Brien", "García-López", "Nowak",   "Nguyễn", "van der Berg", "Öztürk",
    "Łabędź", "Taylor", "Schäfer", "D'Angelo",     "Evans",   "Weiß",   "Patel",        "Kowalski",
    "佐藤",   "Çelik",  "Jones",   "Fernández",    "MacLeod", "Brown",  "Dvořák",       "Lindström"};
constexpr std::array<std::string_view, 12> kStreets{"High Street",   "Station Road", "Hauptstraße",     "Bahnhofstr.",
                                                    "Church Lane",   "Mill Hill",    "Rue de l'Église", "Calle Mayor",
                                                    "Victoria Road", "Lindenallee",  "The Green",       "Via Roma"};

struct Town {
  std::string_view country, city, state, postal_code, dial;
};
constexpr std::array kTowns{
    Town{"GB", "Leeds", "West Yorkshire", "LS1 4DY", "+44"},
    Town{"GB", "Cardiff", "", "CF10 1EP", "+44"},
    Town{"GB", "Liverpool", "Merseyside", "L3 4AA", "+44"},
    Town{"DE", "Köln", "NRW", "50667", "+49"},
    Town{"DE", "Nürnberg", "Bayern", "90402", "+49"},
    Town{"DE", "Hamburg", "", "20095", "+49"},
    Town{"FR", "Nîmes", "", "30000", "+33"},
    Town{"ES", "A Coruña", "Galicia", "15001", "+34"},
    Town{"IT", "Forlì", "FC", "47121", "+39"},
    Town{"US", "Boise", "ID", "83702", "+1"},
    Town{"US", "St. Paul", "MN", "55101", "+1"},
    Town{"CA", "Montréal", "QC", "H2Y 1C6", "+1"},
    Town{"JP", "渋谷区", "東京都", "150-0002", "+81"},
    Town{"PL", "Łódź", "", "90-001", "+48"},
};

template <typename Array>
const auto& PickFrom(const Array& from, Rng& rng) {
  return from[rng.Below(from.size())];
}

const Town& PickTown(std::string_view country, Rng& rng) {
  std::size_t known = 0;
  for (const Town& town : kTowns) known += town.country == country;
  if (known == 0) return kTowns[rng.Below(kTowns.size())];
  std::size_t wanted = rng.Below(known);
  for (const Town& town : kTowns) {
    if (town.country == country && wanted-- == 0) return town;
  }
  return kTowns[0];
}

}  // namespace

Person MakePerson(std::uint64_t seed, const Marketplace& marketplace) {
  Rng rng(seed, "person");
  const Town& town = PickTown(marketplace.country, rng);
  Person person;
  person.name = std::string(PickFrom(kGivenNames, rng)) + " " + std::string(PickFrom(kFamilyNames, rng));
  std::string local = "b";
  for (int i = 0; i < 14; ++i) local += "abcdefghijklmnopqrstuvwxyz0123456789"[rng.Below(36)];
  std::string domain(marketplace.name);
  domain[0] = 'a';
  person.email = local + "@marketplace." + domain;
  if (rng.Chance(0.08)) person.company = std::string(PickFrom(kFamilyNames, rng)) + " & Co";
  const std::string number = std::to_string(1 + rng.Below(240));
  const std::string street(PickFrom(kStreets, rng));
  person.address_line1 = marketplace.country == "DE" ? street + " " + number : number + " " + street;
  if (rng.Chance(0.25)) person.address_line2 = "Flat " + std::to_string(1 + rng.Below(30));
  person.city = town.city;
  person.state = town.state;
  person.postal_code = town.postal_code;
  person.country = marketplace.country;
  person.phone = std::string(town.dial) + " 555 " + std::to_string(100000 + rng.Below(900000));
  return person;
}

}  // namespace amazon_sim
