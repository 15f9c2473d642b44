// The operations of Amazon that are simulated.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace amazon_sim {

enum class Operation : std::uint8_t {
  kToken,
  kSearchOrders,
  kGetOrder,
  kGetListingsItem,
  kPatchListingsItem,
  kSearchListingsItems,
  kGetMarketplaceParticipations,
};
inline constexpr std::array<std::string_view, 7> kOperationNames{"token",
                                                                 "searchOrders",
                                                                 "getOrder",
                                                                 "getListingsItem",
                                                                 "patchListingsItem",
                                                                 "searchListingsItems",
                                                                 "getMarketplaceParticipations"};

constexpr std::string_view Name(Operation operation) { return kOperationNames[static_cast<std::size_t>(operation)]; }

constexpr std::optional<Operation> ParseOperation(std::string_view name) {
  for (std::size_t i = 0; i < kOperationNames.size(); ++i) {
    if (kOperationNames[i] == name) return static_cast<Operation>(i);
  }
  return std::nullopt;
}

}  // namespace amazon_sim
