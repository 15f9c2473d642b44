// Commands about the simulator itself: accounts, faults, limits.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "core/world.h"

namespace amazon_sim {

// A fault rule (see ParseFaultRule) -> the rule with its id.
boost::json::object AddFault(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);
// {id?}: that rule, or all of them.
boost::json::object ClearFaults(World& world, const boost::json::object& arguments, Micros now,
                                std::string_view origin);
// {rate_limits?: {operation: {rate?, burst?, advertised?}}, rate_limits_enabled?, rate_limit_header?, date_skew_s?,
//  packages_show_after_s?, token_life_s?, documents?: {expire_s?, base_url?}, reports?: (see
//  ChangeReportSettings), feeds?: (see ChangeFeedSettings), ledger?: {limit?}}
// -> all settings
boost::json::object ChangeSettings(World& world, const boost::json::object& arguments, Micros now,
                                   std::string_view origin);
boost::json::object SettingsJson(const World& world);
// {seller?, operation, per_s}: another program with the same application and seller asks so often from now on; 0 ends
// it -> {"other_programs": [...]}
boost::json::object SetOtherProgram(World& world, const boost::json::object& arguments, Micros now,
                                    std::string_view origin);
// {seller_id, region, marketplaces, client_id, client_secret, refresh_token, store_name?}: a new account, or new
// credentials for the one with this seller, region and client id.
boost::json::object PutAccount(World& world, const boost::json::object& arguments, Micros now, std::string_view origin);
boost::json::object AccountJson(const Account& account);

}  // namespace amazon_sim
