// fulfilment/1 quote, submit and cancel: orders of other channels that a warehouse is to ship. An order is one file,
// named by its id, and so is the wish to have it back: sent again it is the same file.
#pragma once

#include <string>
#include <string_view>

#include "quayside/plugin/v1/fulfilment.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

// [A-Za-z0-9-]{1,40}: what may be part of a file's name.
[[nodiscard]] bool IsOutboundId(std::string_view id);
[[nodiscard]] bool IsOutboundFile(std::string_view name);
[[nodiscard]] std::string OutboundFileOf(const std::string& outbound_id);
[[nodiscard]] std::string TakeBackFileOf(const std::string& outbound_id);

// Whether it can be told. What the warehouse has is in its stock files, which the host knows better.
[[nodiscard]] sdk::Result<plugin::v1::QuoteOutboundReply> QuoteOutbound(
    const Settings& settings, const plugin::v1::QuoteOutboundRequest& request);

[[nodiscard]] sdk::Result<plugin::v1::SubmitOutboundReply> SubmitOutbound(
    const Settings& settings, const plugin::v1::SubmitOutboundRequest& request, sdk::Step& step);

// `accepted` until the warehouse says what became of it.
[[nodiscard]] sdk::Result<plugin::v1::CancelOutboundReply> CancelOutbound(
    const Settings& settings, const plugin::v1::CancelOutboundRequest& request, sdk::Step& step);

}  // namespace quayside::flatfile
