#include "core/settings.h"

#include "core/json_fields.h"

namespace amazon_sim {

namespace json = boost::json;

namespace {

void ChangeLedgerLimit(Ledger& ledger, const json::object& wanted) {
  RefuseUnknown(wanted, {"limit"}, "ledger");
  const std::int64_t limit = IntField(wanted, "limit", static_cast<std::int64_t>(ledger.limit()));
  if (limit < 0) throw InputError("limit cannot be negative");
  ledger.SetLimit(static_cast<std::size_t>(limit));
}

json::array OtherProgramsJson(const World& world) {
  json::array programs;
  world.rate_limits.ForEachOtherProgram([&](std::size_t account, Operation operation, const auto& program) {
    programs.push_back({{"seller", world.accounts.all()[account].seller_id()},
                        {"operation", Name(operation)},
                        {"per_s", PlainNumber(program.per_second)},
                        {"served", program.served},
                        {"refused", program.refused}});
  });
  return programs;
}

}  // namespace

boost::json::object AddFault(World& world, const boost::json::object& arguments, Micros, std::string_view) {
  world.faults.Add(ParseFaultRule(arguments));
  return ToJson(world.faults.rules().back());
}

boost::json::object ClearFaults(World& world, const boost::json::object& arguments, Micros, std::string_view) {
  const std::size_t before = world.faults.rules().size();
  if (arguments.contains("id")) {
    world.faults.Remove(static_cast<std::uint64_t>(IntField(arguments, "id")));
  } else {
    world.faults.Clear();
  }
  return json::object{{"cleared", before - world.faults.rules().size()}};
}

boost::json::object SettingsJson(const World& world) {
  json::object limits;
  for (const OperationInfo& info : AllOperations()) {
    const UsagePlan& plan = world.rate_limits.Plan(info.operation);
    limits[info.name] = {{"rate", PlainNumber(plan.rate)},
                         {"burst", PlainNumber(plan.burst)},
                         {"advertised", PlainNumber(plan.advertised.value_or(plan.rate))}};
  }
  return {{"rate_limits", std::move(limits)},
          {"rate_limits_enabled", world.rate_limits.enabled()},
          {"rate_limit_header", world.rate_limit_header},
          {"other_programs", OtherProgramsJson(world)},
          {"documents", world.documents.SettingsJson()},
          {"reports", ToJson(world.report_settings)},
          {"feeds", ToJson(world.feed_settings)},
          {"outbound", ToJson(world.outbound_settings)},
          {"ledger", {{"limit", world.ledger.limit()}}},
          {"packages_show_after_s", SecondsNumber(world.packages_show_after())},
          {"date_skew_s", PlainNumber(static_cast<double>(world.date_skew) / kSecond)}};
}

boost::json::object ChangeSettings(World& world, const boost::json::object& arguments, Micros, std::string_view) {
  if (const json::object* limits = ObjectField(arguments, "rate_limits")) {
    for (const auto& [name, value] : *limits) {
      const auto operation = ParseOperation(name);
      if (!operation) throw InputError("no operation " + std::string(name));
      const json::object& fields = AsObject(value, "a rate limit");
      UsagePlan plan = world.rate_limits.Plan(*operation);
      plan.rate = NumberField(fields, "rate", plan.rate);
      plan.burst = NumberField(fields, "burst", plan.burst);
      if (fields.contains("advertised")) plan.advertised = NumberField(fields, "advertised");
      world.rate_limits.SetPlan(*operation, plan);
    }
  }
  world.rate_limits.SetEnabled(BoolField(arguments, "rate_limits_enabled", world.rate_limits.enabled()));
  world.rate_limit_header = BoolField(arguments, "rate_limit_header", world.rate_limit_header);
  if (arguments.contains("date_skew_s")) {
    world.date_skew = static_cast<Micros>(NumberField(arguments, "date_skew_s") * kSecond);
  }
  if (arguments.contains("packages_show_after_s")) {
    const double seconds = NumberField(arguments, "packages_show_after_s");
    if (!(seconds >= 0 && seconds <= 86'400)) throw InputError("packages_show_after_s must be 0..86400");
    world.SetPackagesShowAfter(static_cast<Micros>(seconds * kSecond));
  }
  if (arguments.contains("token_life_s")) {
    world.accounts.set_token_life(static_cast<Micros>(NumberField(arguments, "token_life_s") * kSecond));
  }
  if (const json::object* documents = ObjectField(arguments, "documents")) world.documents.ChangeSettings(*documents);
  if (const json::object* reports = ObjectField(arguments, "reports")) {
    ChangeReportSettings(world.report_settings, *reports);
  }
  if (const json::object* feeds = ObjectField(arguments, "feeds")) ChangeFeedSettings(world.feed_settings, *feeds);
  world.ApplyJobSettings();
  if (const json::object* outbound = ObjectField(arguments, "outbound")) {
    ChangeOutboundSettings(world.outbound_settings, *outbound);
  }
  if (const json::object* ledger = ObjectField(arguments, "ledger")) ChangeLedgerLimit(world.ledger, *ledger);
  return SettingsJson(world);
}

boost::json::object SetOtherProgram(World& world, const boost::json::object& arguments, Micros now, std::string_view) {
  const Account& account = world.AccountOf(TextField(arguments, "seller"));
  const std::string name = TextField(arguments, "operation");
  const auto operation = ParseOperation(name);
  if (!operation) throw InputError("no operation " + name);
  const double per_second = NumberField(arguments, "per_s");
  if (per_second < 0) throw InputError("per_s cannot be negative");
  world.rate_limits.SetOtherProgram(account.index, *operation, per_second, now);
  return json::object{{"other_programs", OtherProgramsJson(world)}};
}

boost::json::object AccountJson(const Account& account) {
  json::array marketplaces;
  for (const Marketplace* marketplace : account.marketplaces) marketplaces.emplace_back(marketplace->id);
  return {{"seller_id", account.seller_id()},       {"region", account.book->region()},
          {"store_name", account.store_name},       {"marketplaces", std::move(marketplaces)},
          {"client_id", account.client_id},         {"client_secret", account.client_secret},
          {"refresh_token", account.refresh_token}, {"fba", account.fba}};
}

boost::json::object PutAccount(World& world, const boost::json::object& arguments, Micros, std::string_view) {
  const std::string seller_id = TextField(arguments, "seller_id");
  const std::string region = TextField(arguments, "region", "EU");
  const std::string client_id = TextField(arguments, "client_id");
  if (seller_id.empty() || client_id.empty()) throw InputError("seller_id and client_id are needed");
  Account fields{.client_id = client_id,
                 .client_secret = TextField(arguments, "client_secret"),
                 .refresh_token = TextField(arguments, "refresh_token"),
                 .store_name = TextField(arguments, "store_name", seller_id),
                 .fba = BoolField(arguments, "fba", true)};
  if (const json::array* names = ArrayField(arguments, "marketplaces")) {
    for (const json::value& name : *names) {
      const Marketplace* marketplace = name.is_string() ? FindMarketplace(name.get_string()) : nullptr;
      if (!marketplace || marketplace->region != region)
        throw InputError("marketplaces must be of the region " + region);
      fields.marketplaces.push_back(marketplace);
    }
  }
  for (Account& known : world.accounts.all()) {
    if (known.client_id != client_id || known.seller_id() != seller_id || known.book->region() != region) continue;
    if (!fields.client_secret.empty()) known.client_secret = fields.client_secret;
    if (!fields.refresh_token.empty()) known.refresh_token = fields.refresh_token;
    if (!fields.marketplaces.empty()) known.marketplaces = fields.marketplaces;
    known.fba = BoolField(arguments, "fba", known.fba);
    if (arguments.contains("store_name")) known.store_name = fields.store_name;
    return AccountJson(known);
  }
  if (fields.marketplaces.empty()) throw InputError("a new account needs marketplaces");
  return AccountJson(world.AddAccount(std::move(fields), seller_id, region));
}

}  // namespace amazon_sim
