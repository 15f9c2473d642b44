// What really is on the shelf, and why a unit that was not there could be sold. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace quayside {

// Why the marketplace still showed a unit that was gone.
enum class OversellCause {
  kUnread,      // it had been sold elsewhere, and the host had not read that order yet
  kFault,       // the host knew; the lower number failed, or its lane does
  kTravelling,  // the host knew; the lower number was under way, or in a document
  kBrake,       // the host knew; the lower number waited for a person
  kWaiting,     // the host knew; the lower number waited for its turn
  kRestocked,   // a buyer cancelled, and the marketplace put the units back on sale by itself, while others wait for
                // them
  kUnexplained  // the host took the number that was shown for right
};
[[nodiscard]] const char* OversellCauseName(OversellCause cause);

// What the host makes of a SKU at the moment of a sale.
struct HostView {
  int64_t stock = 0;  // levels less reservations
  bool open = false;  // an oversell window is open, or a change is not decided yet
  bool braked = false;
  bool travelling = false;
  bool failing = false;
  // The marketplace shows more than it ever acknowledged, and orders of this SKU were cancelled there.
  bool restocked = false;
};

// Units by cause.
using OversoldUnits = std::map<OversellCause, int64_t>;

// `left`: units on the shelf that nobody bought, before the sale; less than nothing: so many were oversold before.
[[nodiscard]] OversoldUnits ExplainSale(int64_t left, int64_t units, const HostView& host);

}  // namespace quayside
