// A span of time that is drawn anew each time, as scenarios write it: [20, 60] or 30, in seconds.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "core/json_fields.h"
#include "core/rng.h"
#include "core/sim_clock.h"

namespace amazon_sim {

struct SecondsRange {
  double low = 0;
  double high = 0;

  Micros Draw(Rng& rng) const { return static_cast<Micros>((low + rng.Unit() * (high - low)) * kSecond); }
};

inline SecondsRange SecondsField(const boost::json::object& json, std::string_view name, SecondsRange fallback) {
  const boost::json::value* value = json.if_contains(name);
  if (!value || value->is_null()) return fallback;
  if (value->is_number()) {
    const double seconds = NumberField(json, name);
    return {seconds, seconds};
  }
  const boost::json::array* pair = ArrayField(json, name);
  boost::system::error_code error;
  SecondsRange range;
  if (pair->size() == 2) {
    range.low = (*pair)[0].to_number<double>(error);
    if (!error) range.high = (*pair)[1].to_number<double>(error);
  }
  if (pair->size() != 2 || error || range.low < 0 || range.high < range.low) {
    throw InputError(std::string(name) + " must be seconds or [least, most]");
  }
  return range;
}

inline boost::json::value ToJson(SecondsRange range) {
  return boost::json::array{PlainNumber(range.low), PlainNumber(range.high)};
}

}  // namespace amazon_sim
