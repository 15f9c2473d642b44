// getReportDocument and getFeedDocument: what they say of a document.
#pragma once

#include <boost/json/object.hpp>
#include <initializer_list>

#include "core/call.h"
#include "core/documents.h"

namespace amazon_sim {

// {url, compressionAlgorithm?} of the document the path names, which must be the account's and of one of these uses.
boost::json::object DescribeDocument(Call& call, std::initializer_list<DocumentUse> uses);
// The address the client called, for addresses that lead back to it.
std::string_view CalledHost(const Call& call);

}  // namespace amazon_sim
