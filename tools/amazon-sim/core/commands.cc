#include "core/commands.h"

#include <algorithm>
#include <array>

#include "core/job_commands.h"
#include "core/json_fields.h"
#include "core/listing_commands.h"
#include "core/order_commands.h"
#include "core/outbound_commands.h"
#include "core/settings.h"
#include "core/warehouse_commands.h"

namespace amazon_sim {
namespace {

struct Command {
  std::string_view name;
  boost::json::object (*run)(World&, const boost::json::object&, Micros, std::string_view origin);
};

constexpr std::array kCommands{
    Command{"place-orders", PlaceOrders},
    Command{"pay", PayOrders},
    Command{"ship", ShipOrders},
    Command{"cancel", CancelOrders},
    Command{"request-cancel", RequestCancelOrders},
    Command{"set-status", SetOrderStatus},
    Command{"change-quantity", ChangeQuantity},
    Command{"set-listing", SetListing},
    Command{"delete-listing", DeleteListing},
    Command{"set-fba-stock", SetFbaStock},
    Command{"receive-fba-stock", ReceiveFbaStock},
    Command{"remove-fba-stock", RemoveFbaStock},
    Command{"ship-outbound", ShipOutboundOrders},
    Command{"cancel-shipments", CancelOutboundShipments},
    Command{"set-outbound", SetOutboundOrders},
    Command{"set-report", SetReport},
    Command{"set-feed", SetFeed},
    Command{"add-fault", AddFault},
    Command{"clear-faults", ClearFaults},
    Command{"settings", ChangeSettings},
    Command{"other-program", SetOtherProgram},
    Command{"account", PutAccount},
};

}  // namespace

const std::vector<std::string_view>& AllCommands() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const Command& command : kCommands) names.push_back(command.name);
    return names;
  }();
  return kNames;
}

boost::json::object RunCommand(World& world, std::string_view name, const boost::json::object& arguments, Micros now,
                               std::string_view origin) {
  const auto command =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& each) { return each.name == name; });
  if (command == kCommands.end()) throw InputError("no command is called \"" + std::string(name) + "\"");
  return command->run(world, arguments, now, origin);
}

}  // namespace amazon_sim
