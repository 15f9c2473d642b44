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

void PrintInTurns(std::string_view name, std::string_view unit, int turns, const std::function<double()>& ours,
                  const std::function<double()>& bare) {
  std::vector<double> rates;
  std::vector<double> limits;
  static_cast<void>(ours());
  static_cast<void>(bare());
  for (int i = 0; i < turns; ++i) {
    rates.push_back(ours());
    limits.push_back(bare());
  }
  PrintRow(name, Median(rates), unit, Median(limits));
}

}  // namespace quayside
