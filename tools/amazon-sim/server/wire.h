// An answer as bytes: the head, and the plan for sending the body.
#pragma once

#include <cstdint>
#include <string>

#include "core/http_message.h"

namespace amazon_sim {

std::string_view ReasonPhrase(int status);
// Status line and headers, with Content-Length or Transfer-Encoding and Connection. `body_size` counts what is
// announced.
std::string HeadText(const Response& response, std::uint64_t body_size, bool keep_alive, bool chunked);

}  // namespace amazon_sim
