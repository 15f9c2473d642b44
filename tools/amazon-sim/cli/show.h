// Answers of the control API as tables for people.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace amazon_sim {

// A list of objects as a table with one column per field; nested values as compact JSON. Objects that hold lists show
// each list as a table under its name, and the rest as name: value lines.
std::string AsTables(const boost::json::value& answer);

}  // namespace amazon_sim
