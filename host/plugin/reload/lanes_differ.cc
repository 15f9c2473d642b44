#include "host/plugin/reload/lanes_differ.h"

#include <algorithm>

#include "google/protobuf/util/message_differencer.h"

namespace quayside {

bool LanesDiffer(const quayside::plugin::v1::Manifest& a, const quayside::plugin::v1::Manifest& b) {
  using Differ = google::protobuf::util::MessageDifferencer;
  const auto same = [](const auto& left, const auto& right) {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](const auto& x, const auto& y) { return Differ::Equals(x, y); });
  };
  return !same(a.contracts(), b.contracts()) || !same(a.rate_limits(), b.rate_limits()) ||
         !same(a.marketplaces(), b.marketplaces());
}

}  // namespace quayside
