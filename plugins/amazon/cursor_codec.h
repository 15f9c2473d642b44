// How positions become the bytes of a cursor: a checksum over the lane and the text, then compact JSON. A cursor of
// another account, marketplace or contract, a damaged one and one that somebody edited are told apart from ours before
// anything in them is believed. The checksum guards against mistakes, not against the host, which could do what it
// likes anyway.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "quayside/plugin/v1/types.pb.h"
#include "quayside/result.h"

namespace quayside::amazon {

// A first call: no cursor, or one without state.
[[nodiscard]] bool IsFirstCall(const plugin::v1::Cursor& cursor);

// `lane` names whose position it is, e.g. "orders/eu/A1EXAMPLE"; `schema` is its contract's `cursor_schema`. INTERNAL
// when the state is over 64 KiB.
[[nodiscard]] sdk::Result<plugin::v1::Cursor> EncodeCursor(uint32_t schema, std::string_view lane,
                                                           const boost::json::object& state, int64_t watermark_us);

// INVALID CURSOR_INVALID.
[[nodiscard]] sdk::Result<boost::json::object> DecodeCursor(uint32_t schema, std::string_view lane,
                                                            const plugin::v1::Cursor& cursor);

// The position in a cursor of any lane, for whoever upgrades it without knowing the lane: nothing says that it is not
// damaged. INVALID CURSOR_INVALID.
[[nodiscard]] sdk::Result<boost::json::object> PeekCursor(const plugin::v1::Cursor& cursor);

[[nodiscard]] sdk::Error BadCursor(std::string what);

}  // namespace quayside::amazon
