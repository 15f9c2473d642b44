// Which orders a command is about: {order_id}, {order_ids: []} or {all: true}.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/json_fields.h"

namespace amazon_sim {

// Their ids; nullopt: all. Throws InputError.
inline std::optional<std::vector<std::string>> NamedOrders(const boost::json::object& arguments) {
  if (BoolField(arguments, "all")) return std::nullopt;
  std::vector<std::string> ids;
  if (const boost::json::array* named = ArrayField(arguments, "order_ids")) {
    for (const boost::json::value& id : *named) {
      if (!id.is_string()) throw InputError("order_ids must be a list of texts");
      ids.emplace_back(id.get_string());
    }
    return ids;
  }
  ids.push_back(TextField(arguments, "order_id"));
  if (ids.front().empty()) throw InputError("which orders is not said: give order_id, order_ids or all");
  return ids;
}

}  // namespace amazon_sim
