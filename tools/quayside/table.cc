#include "tools/quayside/table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/string_view.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

constexpr std::size_t kGap = 2;
// A column that gives way keeps at least this much, so that its values stay recognisable.
constexpr std::size_t kNarrowest = 8;

const char* ColorCode(Color color) {
  switch (color) {
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kRed:
      return "\x1b[31m";
    case Color::kDim:
      return "\x1b[2m";
    case Color::kNone:
      break;
  }
  return "";
}

std::size_t LineWidth(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         (widths.empty() ? 0 : kGap * (widths.size() - 1));
}

void TrimRight(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::string Paint(const std::string& text, Color color, const Style& style) {
  if (!style.color || color == Color::kNone || text.empty()) return text;
  return ColorCode(color) + text + "\x1b[0m";
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  for (Cell& cell : cells) cell.text = CleanText(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::Widths(std::size_t limit) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = DisplayWidth(columns_[i].header);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    widths.push_back(width);
  }
  if (limit == 0) return widths;
  for (const Shrink group : {Shrink::kFirst, Shrink::kLater}) {
    while (LineWidth(widths) > limit) {
      // Column by column the widest gives way, so that two long columns end up equally long.
      std::size_t widest = columns_.size();
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].shrink != group || widths[i] <= kNarrowest) continue;
        if (widest == columns_.size() || widths[i] > widths[widest]) widest = i;
      }
      if (widest == columns_.size()) break;
      --widths[widest];
    }
  }
  return widths;
}

std::string Table::Render(const Style& style) const {
  const std::vector<std::size_t> widths = Widths(style.width);
  std::string rendered;
  const auto add_line = [&](auto text_of, auto color_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      const std::string text = Truncate(text_of(i), widths[i]);
      const std::string padding(widths[i] - DisplayWidth(text), ' ');
      const std::string painted = Paint(text, color_of(i), style);
      line += columns_[i].align == Align::kRight ? padding + painted : painted + padding;
    }
    TrimRight(line);
    rendered += line + "\n";
  };
  add_line([&](std::size_t i) -> absl::string_view { return columns_[i].header; },
           [](std::size_t) { return Color::kDim; });
  for (const auto& row : rows_) {
    add_line([&](std::size_t i) -> absl::string_view { return row[i].text; },
             [&](std::size_t i) { return row[i].color; });
  }
  return rendered;
}

void FieldList::Add(std::string label, Cell value) {
  if (value.text.empty()) return;
  value.text = CleanText(value.text);
  fields_.emplace_back(std::move(label), std::move(value));
}

std::string FieldList::Render(const Style& style) const {
  std::size_t width = 0;
  for (const auto& [label, value] : fields_) width = std::max(width, DisplayWidth(label));
  std::string rendered;
  for (const auto& [label, value] : fields_) {
    rendered += Paint(label, Color::kDim, style) + std::string(width + kGap - DisplayWidth(label), ' ') +
                Paint(value.text, value.color, style) + "\n";
  }
  return rendered;
}

}  // namespace quayside::cli
