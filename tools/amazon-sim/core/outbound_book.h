// All outbound orders of one seller in one region.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/outbound_order.h"
#include "core/sim_clock.h"

namespace amazon_sim {

class OutboundBook {
 public:
  using TimeIndex = std::set<std::pair<Micros, std::uint32_t>>;  // (time, index)

  OutboundOrder& Add(OutboundTerms terms, Micros now);
  OutboundOrder* Find(std::string_view id);
  OutboundOrder* Find(std::uint32_t index);
  OutboundOrder* FindPackage(std::int32_t number);
  // A number no other package of the seller has; the order is found by it.
  std::int32_t NumberPackage(const OutboundOrder& order);

  // Both move the order's times, by at least a millisecond.
  void SetStatus(OutboundOrder& order, OutboundStatus status, Micros now);
  void Touch(OutboundOrder& order, Micros now);
  // Orders that ended before `time`; their ids are free again.
  void ForgetEnded(Micros before);

  const std::map<std::uint32_t, OutboundOrder>& orders() const { return orders_; }
  std::map<std::uint32_t, OutboundOrder>& orders() { return orders_; }
  const TimeIndex& by_updated() const { return by_updated_; }
  const TimeIndex& by_touched() const { return by_touched_; }

 private:
  std::map<std::uint32_t, OutboundOrder> orders_;  // in the order of creation
  std::map<std::string, std::uint32_t, std::less<>> of_id_;
  std::map<std::int32_t, std::uint32_t> of_package_;
  TimeIndex by_updated_;
  TimeIndex by_touched_;
  std::uint32_t next_index_ = 1;
  std::int32_t next_package_ = 1'000'000;
};

}  // namespace amazon_sim
