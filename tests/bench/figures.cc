#include "tests/bench/figures.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <iostream>

namespace quayside {

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void PrintRow(std::string_view name, double value, std::string_view unit, double limit) {
  boost::json::object row{{"name", name}, {"value", value}, {"unit", unit}};
  if (limit > 0) row["limit"] = limit;
  std::cout << boost::json::serialize(row) << std::endl;
}

}  // namespace quayside
