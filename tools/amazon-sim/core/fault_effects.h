// What a fault does to a call.
#pragma once

#include <functional>

#include "core/faults.h"
#include "core/http_message.h"

namespace amazon_sim {

// Whose errors an answer's look like.
enum class ErrorStyle { kSellingPartnerApi, kObjectStore };

// Runs the call as the fault allows and spoils the answer. `act` does the real thing; it is not called by faults that
// strike before anything has happened. Faults that change what the operation itself answers (repeated-page,
// malformed-order, expired-token, expired-address, clock-skew) pass through unchanged.
Response WithFault(const FaultRule& fault, ErrorStyle style, const std::function<Response()>& act);

}  // namespace amazon_sim
