// What a warehouse says of one order that it ships, line by line. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "columns.h"
#include "quayside/plugin/v1/fulfilment.pb.h"
#include "settings.h"

namespace quayside::flatfile {

// The warehouse's word for what became of an order; UNKNOWN for one that means nothing here.
[[nodiscard]] plugin::v1::OutboundStatus ParseOutboundStatus(std::string_view word);

// Lines in the order in which they were written. A later status replaces an earlier one; a line of a package replaces
// what was said of the same line in the same package.
class OutboundAnswer {
 public:
  OutboundAnswer(std::string outbound_id, const FileFormat& format);
  // "" or what is wrong with the line, which was then not taken.
  [[nodiscard]] std::string Add(const Row& row);
  // The order as it is by all lines.
  [[nodiscard]] plugin::v1::OutboundState State() const;

 private:
  struct Package {
    std::string carrier_code;
    std::string carrier;
    std::string tracking;
    int64_t shipped_us = 0;
    std::map<std::string, std::pair<std::string, int32_t>> lines;  // SKU and units, by the line's id
  };
  [[nodiscard]] std::string AddPackageLine(const Row& row);

  const FileFormat& format_;
  plugin::v1::OutboundState state_;
  std::map<std::string, std::map<std::string, Package>> shipments_;  // packages by id, by shipment
};

}  // namespace quayside::flatfile
