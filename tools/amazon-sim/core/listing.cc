#include "core/listing.h"

#include <cmath>

namespace amazon_sim {

std::int64_t PriceMinor(double price, const Marketplace& marketplace) {
  return std::llround(marketplace.decimals == 0 ? price : price * 100);
}

std::string Listing::Title() const {
  if (more_ && !more_->title.empty()) return more_->title;
  return title_seed.number > 0 ? MakeTitle(title_seed) : "Product " + std::string(sku);
}

const Listing::Attributes& Listing::OtherAttributes() const {
  static const Attributes kNone;
  return more_ ? more_->attributes : kNone;
}

}  // namespace amazon_sim
