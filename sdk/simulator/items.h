// Items as a script writes them, and as they are: repeated, numbered, with times told from now.
#pragma once

#include "sdk/simulator/script.h"

namespace quayside::simulator {

// {"$repeat": 3, "item": {"id": "A-{n}"}} is three items, n from 1; any other object is one. In them
// {"$ago_s": 60, "every_s": 10, "form": "us"} is the time a minute before `now_us`, plus 10 s for each number after the
// first, as whole "us" (the default), "ms" or "s" since 1970, or as "iso" text in UTC ("2026-01-31T09:30:00Z"). Throws
// std::exception.
[[nodiscard]] Items ExpandItems(const boost::json::array& written, int64_t now_us, const std::string& where);

// One item that is not repeated.
[[nodiscard]] Item ExpandItem(const Item& written, int64_t now_us);

}  // namespace quayside::simulator
