#include "cli/show.h"

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

namespace amazon_sim {
namespace {

namespace json = boost::json;

std::string CellText(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string(value.get_string());
  return json::serialize(value);
}

// Columns are characters on a terminal: bytes that continue a UTF-8 sequence do not count.
std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Table(const json::array& rows) {
  std::vector<std::string> names;
  for (const auto& field : rows[0].get_object()) names.emplace_back(field.key());
  std::vector<std::vector<std::string>> cells{names};
  for (const json::value& row : rows) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const std::string& name : names) {
      const json::value* value = row.is_object() ? row.get_object().if_contains(name) : nullptr;
      line.push_back(value ? CellText(*value) : "");
    }
  }
  std::vector<std::size_t> widths(names.size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < names.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string text;
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += line[i];
      if (i + 1 < names.size()) text += std::string(widths[i] + 2 - Width(line[i]), ' ');
    }
    text += '\n';
  }
  return text;
}

bool IsListOfObjects(const json::value& value) {
  return value.is_array() && !value.get_array().empty() && value.get_array()[0].is_object();
}

}  // namespace

std::string AsTables(const boost::json::value& answer) {
  if (IsListOfObjects(answer)) return Table(answer.get_array());
  if (!answer.is_object()) return CellText(answer) + "\n";
  std::string lines;
  std::string tables;
  for (const auto& [name, value] : answer.get_object()) {
    if (IsListOfObjects(value)) {
      tables += "\n" + std::string(name) + "\n" + Table(value.get_array());
    } else {
      lines += std::string(name) + ": " + CellText(value) + "\n";
    }
  }
  return lines + tables;
}

}  // namespace amazon_sim
