// Presigned addresses as the object store behind Amazon's documents answers them: no access token, errors in XML.
#pragma once

#include <string>
#include <string_view>

#include "core/documents.h"
#include "core/http_message.h"
#include "core/ledger.h"
#include "core/sim_clock.h"
#include "core/url.h"

namespace amazon_sim {

// <Error><Code>...</Code><Message>...</Message>...</Error>; `more` are further elements.
Response StoreError(int status, std::string_view code, std::string_view message, std::string_view more = "");
// What an address answers once its time is over.
Response ExpiredAddress(const Query& query, Micros now);

// GET, with Range and If-Range, or PUT. Credentials sent along are refused and recorded: an address is its own
// credential, and whoever answers it must not learn another.
Response AnswerDocumentRequest(DocumentStore& store, Ledger& ledger, const Request& request, const Target& target,
                               Micros now);

}  // namespace amazon_sim
