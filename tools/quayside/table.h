// Tables and field lists for people.
//
//   Table table({{"SKU"}, {"ON HAND", Align::kRight}, {"TITLE", Align::kLeft, Shrink::kFirst}});
//   table.AddRow({"A-1", "12", "Anchor"});
//   out << table.Render(style);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quayside::cli {

enum class Align { kLeft, kRight };

// What gives way when the terminal is too narrow: first the texts marked kFirst, then columns whose content another one
// has too are left out (kDrop), then those marked kLater. Identifiers never give way: they are there to be copied.
enum class Shrink { kNever, kLater, kFirst, kDrop };

enum class Color { kNone, kGreen, kYellow, kRed, kDim };

struct Style {
  // Terminal columns; 0 = not a terminal, nothing is cut off.
  std::size_t width = 0;
  bool color = false;
};

struct Column {
  std::string header;
  Align align = Align::kLeft;
  Shrink shrink = Shrink::kNever;
};

struct Cell {
  Cell(std::string cell_text, Color cell_color = Color::kNone)  // NOLINT: rows are written as lists of texts
      : text(std::move(cell_text)), color(cell_color) {}
  Cell(const char* cell_text) : text(cell_text) {}  // NOLINT: see above

  std::string text;
  Color color = Color::kNone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // Missing cells at the end are empty. Texts are cleaned of control characters.
  void AddRow(std::vector<Cell> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  // Header and rows, each ended by a line break, columns two spaces apart, no trailing blanks.
  [[nodiscard]] std::string Render(const Style& style) const;

 private:
  // Of each column; nullopt for one that is left out.
  [[nodiscard]] std::vector<std::optional<std::size_t>> Widths(std::size_t limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "label   value" lines with the values aligned. Empty values are left out.
class FieldList {
 public:
  void Add(std::string label, Cell value);
  [[nodiscard]] std::string Render(const Style& style) const;

 private:
  std::vector<std::pair<std::string, Cell>> fields_;
};

// The text in the colour, or as it is when the style has none.
[[nodiscard]] std::string Paint(const std::string& text, Color color, const Style& style);

}  // namespace quayside::cli
