#include "tools/quayside/table.h"

#include <algorithm>

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

using ColumnWidths = std::vector<std::optional<std::size_t>>;

std::size_t LineWidth(const ColumnWidths& widths) {
  std::size_t line = 0;
  for (const auto& width : widths) line += width ? *width + (line > 0 ? kGap : 0) : 0;
  return line;
}

// Column by column the widest of the group gives way, so that two long columns end up equally long.
void ShrinkGroup(const std::vector<Column>& columns, Shrink group, std::size_t limit, ColumnWidths& widths) {
  while (LineWidth(widths) > limit) {
    std::optional<std::size_t> widest;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].shrink != group || !widths[i] || *widths[i] <= kNarrowest) continue;
      if (!widest || *widths[i] > *widths[*widest]) widest = i;
    }
    if (!widest) return;
    --*widths[*widest];
  }
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

std::vector<std::optional<std::size_t>> Table::Widths(std::size_t limit) const {
  ColumnWidths widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = DisplayWidth(columns_[i].header);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[i].text));
    widths.emplace_back(width);
  }
  if (limit == 0) return widths;
  ShrinkGroup(columns_, Shrink::kFirst, limit, widths);
  for (std::size_t i = 0; i < columns_.size() && LineWidth(widths) > limit; ++i) {
    if (columns_[i].shrink == Shrink::kDrop) widths[i].reset();
  }
  ShrinkGroup(columns_, Shrink::kLater, limit, widths);
  return widths;
}

std::string Table::Render(const Style& style) const {
  const ColumnWidths widths = Widths(style.width);
  std::string rendered;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!widths[i]) continue;
      if (!line.empty()) line.append(kGap, ' ');
      const Cell cell = cell_of(i);
      const std::string text = Truncate(cell.text, *widths[i]);
      const std::string padding(*widths[i] - DisplayWidth(text), ' ');
      const std::string painted = Paint(text, cell.color, style);
      line += columns_[i].align == Align::kRight ? padding + painted : painted + padding;
    }
    TrimRight(line);
    rendered += line + "\n";
  };
  add_line([&](std::size_t i) { return Cell(columns_[i].header, Color::kDim); });
  for (const auto& row : rows_) add_line([&](std::size_t i) { return row[i]; });
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
