// amazon-sim: serve the simulated Amazon, or tell a running one what should happen.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/serve.h"
#include "cli/show.h"
#include "core/faults.h"
#include "core/url.h"
#include "server/http_client.h"

namespace {

namespace json = boost::json;

// What every client command shares.
struct Remote {
  std::string url = "http://127.0.0.1:8480";
  std::string seller;
  bool as_json = false;

  void Show(const amazon_sim::Response& answer) const {
    const json::value body = json::parse(answer.body);
    if (answer.status != 200) {
      const json::value* error = body.is_object() ? body.get_object().if_contains("error") : nullptr;
      throw std::runtime_error(error && error->is_string() ? std::string(error->get_string()) : answer.body);
    }
    std::cout << (as_json ? answer.body + "\n" : amazon_sim::AsTables(body));
  }
  void Look(const std::string& target) const {
    Show(amazon_sim::HttpClient(url).Ask({"GET", "/sim/v1/" + target, {}, ""}));
  }
  void Act(const std::string& command, json::object arguments) const {
    if (!seller.empty() && !arguments.contains("seller")) arguments["seller"] = seller;
    Show(amazon_sim::HttpClient(url).Ask(
        {"POST", "/sim/v1/" + command, {{"Content-Type", "application/json"}}, json::serialize(arguments)}));
  }
};

// Collects the options of a subcommand into the JSON object of its request: an option not given is not sent.
class Arguments {
 public:
  explicit Arguments(CLI::App* command) : command_(command) {}

  template <typename T>
  Arguments& Option(const std::string& flags, const std::string& field, const std::string& help,
                    bool required = false) {
    auto value = std::make_shared<T>();
    CLI::Option* option = command_->add_option(flags, *value, help);
    if (required) option->required();
    writers_.push_back([option, value, field](json::object& out) {
      if (option->count() > 0) out[field] = json::value_from(*value);
    });
    return *this;
  }
  Arguments& Flag(const std::string& flags, const std::string& field, const std::string& help) {
    CLI::Option* option = command_->add_flag(flags, help);
    writers_.push_back([option, field](json::object& out) {
      if (option->count() > 0) out[field] = true;
    });
    return *this;
  }
  json::object Collect() const {
    json::object out;
    for (const auto& write : writers_) write(out);
    return out;
  }
  void RunAs(const Remote& remote, const std::string& path) const {
    command_->callback([*this, &remote, path] { remote.Act(path, Collect()); });
  }

 private:
  CLI::App* command_;
  std::vector<std::function<void(json::object&)>> writers_;
};

using Texts = std::vector<std::string>;

void AddServe(CLI::App& app) {
  auto options = std::make_shared<amazon_sim::ServeOptions>();
  CLI::App* serve = app.add_subcommand("serve", "Serve the simulated Amazon on a loopback port until SIGTERM");
  serve->add_option("--scenario", options->scenario, "JSON file that describes the world")->check(CLI::ExistingFile);
  serve->add_option("--port", options->port, "Port; 0 takes a free one");
  serve->add_option("--port-file", options->port_file, "File to write the port to once it answers");
  serve->add_option("--speed", options->speed, "Simulated seconds per second; overrides the scenario");
  serve->add_option("--seed", options->seed, "Seed of all randomness; overrides the scenario");
  serve->callback([options] { amazon_sim::Serve(*options); });
}

void AddOrderCommands(CLI::App& app, const Remote& remote) {
  CLI::App* place = app.add_subcommand("place-orders", "Buyers order something");
  Arguments arguments(place);
  arguments.Option<std::int64_t>("--count", "count", "How many orders")
      .Option<Texts>("--sku", "skus", "Only these SKUs")
      .Option<std::int64_t>("--quantity", "quantity", "Units per line")
      .Option<std::int64_t>("--lines", "lines_per_order", "Lines per order")
      .Option<std::string>("--marketplace", "marketplace", "UK, DE, ... or a marketplace id")
      .Option<std::string>("--status", "status", "PENDING, UNSHIPPED (default), ...")
      .Option<std::string>("--fulfilled-by", "fulfilled_by", "MERCHANT or AMAZON")
      .Option<std::string>("--channel", "channel", "AMAZON or NON_AMAZON")
      .Option<std::string>("--order-id", "order_id", "An order id of your own")
      .Option<double>("--visible-after", "visible_after_s", "Seconds until searches show it")
      .Flag("--prime", "prime", "Prime orders")
      .Option<Texts>("--program", "programs", "A program of Amazon's, such as FBM_SHIP_PLUS")
      .Flag("--force", "force", "Sell even what is not in stock");
  auto buyer = std::make_shared<std::string>();
  place->add_option("--buyer", *buyer, "The buyer's name");
  place->callback([arguments, buyer, &remote] {
    json::object body = arguments.Collect();
    if (!buyer->empty()) body["buyer"] = json::object{{"name", *buyer}};
    remote.Act("place-orders", std::move(body));
  });
  const auto change = [&](const std::string& name, const std::string& help) {
    Arguments each(app.add_subcommand(name, help));
    each.Option<Texts>("orders", "order_ids", "Order ids").Flag("--all", "all", "Every order in a fitting state");
    return each;
  };
  change("pay", "PENDING orders become UNSHIPPED").RunAs(remote, "pay");
  change("ship", "Ship what is left of orders")
      .Option<std::string>("--carrier", "carrier", "Carrier")
      .Option<std::string>("--tracking", "tracking", "Tracking number")
      .Flag("--label", "label", "With a label bought at Amazon")
      .RunAs(remote, "ship");
  change("cancel", "Cancel orders")
      .Option<std::string>("--by", "by", "BUYER, MERCHANT or AMAZON")
      .Option<std::string>("--reason", "reason", "NO_INVENTORY does not put the units back")
      .RunAs(remote, "cancel");
  change("request-cancel", "The buyer asks the merchant to cancel").RunAs(remote, "request-cancel");
}

void AddListingCommands(CLI::App& app, const Remote& remote) {
  Arguments(app.add_subcommand("set-quantity", "Change a quantity behind the client's back"))
      .Option<std::string>("sku", "sku", "SKU", true)
      .Option<std::int64_t>("quantity", "quantity", "New quantity", true)
      .RunAs(remote, "change-quantity");
  CLI::App* set = app.add_subcommand("set-listing", "Create or change a listing in Seller Central");
  Arguments arguments(set);
  arguments.Option<std::string>("sku", "sku", "SKU", true)
      .Option<std::string>("--asin", "asin", "ASIN")
      .Option<std::string>("--title", "title", "Title")
      .Option<Texts>("--marketplace", "marketplaces", "Where it is offered (new listings)")
      .Option<double>("--price", "price", "Price")
      .Option<std::int64_t>("--quantity", "quantity", "Merchant quantity")
      .Option<bool>("--fba", "fba", "true: Amazon fulfils it")
      .Option<std::int64_t>("--lead-time", "lead_time_days", "Handling time in days")
      .Option<bool>("--suppressed", "suppressed", "true: neither found nor bought");
  arguments.RunAs(remote, "set-listing");
  Arguments(app.add_subcommand("delete-listing", "Delete a listing"))
      .Option<std::string>("sku", "sku", "SKU", true)
      .RunAs(remote, "delete-listing");
}

void AddWarehouseCommands(CLI::App& app, const Remote& remote) {
  const auto shelf = [&](const std::string& name, const std::string& help) {
    Arguments each(app.add_subcommand(name, help));
    each.Option<std::string>("sku", "sku", "SKU", true)
        .Option<std::string>("--pool", "pool", "uk, eu, us, ...; default that of the first marketplace");
    return each;
  };
  shelf("set-fba-stock", "Say what lies in Amazon's warehouses")
      .Option<std::int64_t>("--fulfillable", "fulfillable", "Units that can be shipped")
      .Option<std::int64_t>("--inbound", "inbound_shipped", "Units on the way to Amazon")
      .Option<std::int64_t>("--transfer", "reserved_transfer", "Units between two warehouses")
      .Option<std::int64_t>("--unfulfillable", "unfulfillable", "Damaged units")
      .Option<std::int64_t>("--researching", "researching", "Units that are looked for")
      .Option<bool>("--listed", "listed", "false: missing from the list of all SKUs")
      .RunAs(remote, "set-fba-stock");
  shelf("receive-fba-stock", "Units arrive on the shelf")
      .Option<std::int64_t>("quantity", "quantity", "How many", true)
      .Option<std::string>("--from", "from", "outside (default), inbound, transfer, processing or researching")
      .RunAs(remote, "receive-fba-stock");
  shelf("remove-fba-stock", "A SKU vanishes from Amazon's figures").RunAs(remote, "remove-fba-stock");
  const auto change = [&](const std::string& name, const std::string& help) {
    Arguments each(app.add_subcommand(name, help));
    each.Option<Texts>("orders", "order_ids", "Outbound ids").Flag("--all", "all", "Every one that is not over");
    return each;
  };
  change("ship-outbound", "Outbound orders leave the warehouse now")
      .Option<std::string>("--carrier", "carrier", "Carrier")
      .Option<std::string>("--tracking", "tracking", "Tracking number")
      .RunAs(remote, "ship-outbound");
  change("cancel-shipments", "The warehouse cancels pending shipments of its own accord")
      .Option<bool>("--replan", "replan", "true (default): it plans the units anew")
      .Option<bool>("--lost", "lost", "true: the units cannot be found")
      .RunAs(remote, "cancel-shipments");
  change("set-outbound", "Hold outbound orders in planning, or end them")
      .Option<bool>("--stuck", "stuck", "true: stays in planning; false: goes on")
      .Option<std::string>("--status", "status", "Cancelled, Unfulfillable or Invalid")
      .RunAs(remote, "set-outbound");
}

void AddJobCommands(CLI::App& app, const Remote& remote) {
  const auto change = [&](const std::string& kind, const std::string& help) {
    Arguments each(app.add_subcommand("set-" + kind, help));
    each.Option<std::string>("id", kind + "_id", "Its id; default the newest that is not over")
        .Option<std::string>("--status", "status", "End it now as DONE, FATAL or CANCELLED")
        .Option<double>("--delay", "delay_s", "Seconds longer")
        .Option<bool>("--hang", "hang", "true: stays IN_PROGRESS; false: goes on");
    return each;
  };
  change("report", "Hold, hurry or spoil a report").RunAs(remote, "set-report");
  change("feed", "Hold, hurry or spoil a feed")
      .Option<std::string>("--applied", "applied", "With FATAL: none, some or all of it takes effect")
      .RunAs(remote, "set-feed");
  Arguments(app.add_subcommand("other-program", "Another program eats of an operation's allowance"))
      .Option<std::string>("operation", "operation", "createReport, patchListingsItem, ...", true)
      .Option<double>("per_s", "per_s", "Calls per simulated second; 0 ends it", true)
      .RunAs(remote, "other-program");
}

void AddFaultCommands(CLI::App& app, const Remote& remote) {
  Arguments(app.add_subcommand("fault", "Make something go wrong"))
      .Option<std::string>("name", "fault", "See `amazon-sim faults`", true)
      .Option<std::string>("--operation", "operation", "searchOrders, patchListingsItem, token, ...; default all")
      .Option<double>("--probability", "probability", "Chance per call")
      .Option<std::int64_t>("--count", "count", "Only this many times")
      .Option<std::int64_t>("--skip", "skip", "Let this many calls pass first")
      .Option<std::int64_t>("--hold-ms", "hold_ms", "Wait before dropping or answering")
      .Option<std::int64_t>("--bytes", "bytes", "Bytes sent, per piece, or in all")
      .Option<double>("--gigabytes", "gigabytes", "Size of a huge body")
      .Option<std::int64_t>("--interval-ms", "interval_ms", "Pause between pieces")
      .Option<double>("--seconds", "seconds", "Skew, lateness or delay")
      .Option<std::string>("--variant", "variant", "Which kind of it")
      .RunAs(remote, "faults");
  Arguments(app.add_subcommand("clear-faults", "Let everything work again"))
      .Option<std::int64_t>("--id", "id", "Only this rule")
      .RunAs(remote, "clear-faults");
  app.add_subcommand("faults", "List the faults there are")->callback([] {
    for (const auto& info : amazon_sim::AllFaults()) {
      std::cout << info.name << std::string(20 - info.name.size(), ' ') << info.explanation << "\n";
    }
  });
}

void AddLookCommands(CLI::App& app, const Remote& remote) {
  CLI::App* clock = app.add_subcommand("clock", "Show or change the simulated time");
  auto speed = std::make_shared<double>();
  auto advance = std::make_shared<double>();
  CLI::Option* set_speed = clock->add_option("--speed", *speed, "Simulated seconds per second; 0 stops the clock");
  CLI::Option* set_advance = clock->add_option("--advance", *advance, "Seconds to jump ahead");
  clock->callback([=, &remote] {
    json::object body;
    if (set_speed->count() > 0) body["speed"] = *speed;
    if (set_advance->count() > 0) body["advance_s"] = *advance;
    body.empty() ? remote.Look("clock") : remote.Act("clock", std::move(body));
  });

  // Commands that only look: options become query parameters.
  const auto look = [&](const std::string& name, const std::string& path, const std::string& help,
                        const std::vector<std::pair<std::string, std::string>>& options) {
    CLI::App* command = app.add_subcommand(name, help);
    auto values = std::make_shared<std::vector<std::pair<std::string, std::string>>>();
    values->reserve(options.size());
    for (const auto& [flag, field] : options) {
      auto& slot = values->emplace_back(field, "");
      command->add_option(flag, slot.second, field);
    }
    command->callback([=, &remote] {
      std::string target = path + "?";
      if (!remote.seller.empty()) target += "seller=" + amazon_sim::PercentEncode(remote.seller) + "&";
      for (const auto& [field, value] : *values) {
        if (!value.empty()) target += field + "=" + amazon_sim::PercentEncode(value) + "&";
      }
      remote.Look(target);
    });
  };
  look("ledger", "ledger", "What really happened",
       {{"--section", "section"}, {"--sku", "sku"}, {"--after", "after"}, {"--limit", "limit"}});
  look("listing", "listings", "One listing as it is", {{"sku", "sku"}});
  look("listings", "listings", "Listings as they are", {{"--after", "after"}, {"--limit", "limit"}});
  look("orders", "orders", "Orders as they are, newest first",
       {{"--status", "status"}, {"--order-id", "order_id"}, {"--after", "after"}, {"--limit", "limit"}});
  look("reports", "reports", "Reports, newest first",
       {{"--id", "id"}, {"--status", "status"}, {"--type", "type"}, {"--after", "after"}, {"--limit", "limit"}});
  look("feeds", "feeds", "Feeds and what they did, newest first",
       {{"--id", "id"}, {"--status", "status"}, {"--type", "type"}, {"--after", "after"}, {"--limit", "limit"}});
  look("documents", "documents", "Documents and how often they were read",
       {{"--id", "id"}, {"--after", "after"}, {"--limit", "limit"}});
  look("state", "state", "Sums", {});
  look("accounts", "accounts", "Accounts and their credentials", {});
  look("settings", "settings", "Rate limits and other settings", {});
}

}  // namespace

int main(int argc, char** argv) {
  Remote remote;
  CLI::App app("A simulated Amazon: Login with Amazon and the Selling Partner API");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--url", remote.url, "The simulator to talk to")->envname("AMAZON_SIM_URL")->capture_default_str();
  app.add_option("--seller", remote.seller, "The seller meant; default the first");
  app.add_flag("--json", remote.as_json, "JSON instead of tables");
  AddServe(app);
  AddOrderCommands(app, remote);
  AddListingCommands(app, remote);
  AddWarehouseCommands(app, remote);
  AddJobCommands(app, remote);
  AddFaultCommands(app, remote);
  AddLookCommands(app, remote);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const boost::system::system_error& error) {
    // Its what() names the line in Boost that threw.
    std::cerr << "amazon-sim: " << error.code().message() << "\n";
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "amazon-sim: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
