// Lines of an order file and the orders they make. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "columns.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "settings.h"

namespace quayside::flatfile {

inline constexpr int kMostOrderLines = 1'000;

// Lines that stand together and name the same order are one order. It is handed over whole or, when one of them is
// wrong, not at all.
class OrderBuilder {
 public:
  // `taken_us` stands for the time of a change that the file does not tell.
  OrderBuilder(const FileFormat& format, const std::string& currency, int64_t taken_us)
      : format_(format), currency_(currency), taken_us_(taken_us) {}

  [[nodiscard]] bool empty() const { return lines_ == 0 && bad_lines_.empty(); }
  // Does a line that names this order belong to what was added?
  [[nodiscard]] bool IsOf(std::string_view order_id) const { return order_id == id_; }
  void Add(const Row& row);
  // A line of which nothing but the order can be used, "" = it stands between two of the order's lines.
  void AddBad(std::string_view order_id, plugin::v1::BadRecord bad);
  // What was added, which is then forgotten: an order, or bad records.
  void TakeInto(plugin::v1::PullOrdersReply& reply, bool without_personal_data);

 private:
  void Begin(const Row& row);
  void AddLine(const Row& row);
  void Problem(std::string problem);
  void Amount(const Row& row, std::string_view field, plugin::v1::Money* (plugin::v1::OrderLine::*set)(),
              plugin::v1::OrderLine& line);
  [[nodiscard]] int64_t Time(const Row& row, std::string_view field);
  [[nodiscard]] std::string CurrencyOf(const Row& row) const;

  const FileFormat& format_;
  const std::string& currency_;
  const int64_t taken_us_;
  plugin::v1::Order order_;
  std::string id_;
  std::string raw_;
  std::string problem_;
  int lines_ = 0;  // without those that are bad
  std::vector<plugin::v1::BadRecord> bad_lines_;
};

// The merchant's word for a status; UNKNOWN for one that means nothing here, OPEN for none.
[[nodiscard]] plugin::v1::OrderStatus ParseStatus(std::string_view word);

// A line of which nothing can be used. `file`: FilePosition::Key().
[[nodiscard]] plugin::v1::BadRecord BadLine(const std::string& file, const sdk::CsvRecord& record, std::string problem);

}  // namespace quayside::flatfile
