#include "core/outbound_book.h"

#include <algorithm>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

void MoveTime(OutboundBook::TimeIndex& index, Micros& time, std::uint32_t order, Micros now) {
  index.erase({time, order});
  time = std::max(CutToMillis(now), time + kMillisecond);
  index.emplace(time, order);
}

}  // namespace

OutboundOrder& OutboundBook::Add(OutboundTerms terms, Micros now) {
  const std::uint32_t index = next_index_++;
  OutboundOrder& order = orders_[index];
  order.terms = std::move(terms);
  order.index = index;
  order.received = order.updated = order.touched = order.visible_from = CutToMillis(now);
  of_id_.emplace(order.terms.id, index);
  by_updated_.emplace(order.updated, index);
  by_touched_.emplace(order.touched, index);
  return order;
}

OutboundOrder* OutboundBook::Find(std::string_view id) {
  const auto found = of_id_.find(id);
  return found == of_id_.end() ? nullptr : Find(found->second);
}

OutboundOrder* OutboundBook::Find(std::uint32_t index) {
  const auto found = orders_.find(index);
  return found == orders_.end() ? nullptr : &found->second;
}

OutboundOrder* OutboundBook::FindPackage(std::int32_t number) {
  const auto found = of_package_.find(number);
  return found == of_package_.end() ? nullptr : Find(found->second);
}

std::int32_t OutboundBook::NumberPackage(const OutboundOrder& order) {
  of_package_.emplace(next_package_, order.index);
  return next_package_++;
}

void OutboundBook::SetStatus(OutboundOrder& order, OutboundStatus status, Micros now) {
  order.status = status;
  MoveTime(by_updated_, order.updated, order.index, now);
  Touch(order, now);
}

void OutboundBook::Touch(OutboundOrder& order, Micros now) { MoveTime(by_touched_, order.touched, order.index, now); }

void OutboundBook::ForgetEnded(Micros before) {
  for (auto at = by_touched_.begin(); at != by_touched_.end() && at->first < before;) {
    const auto found = orders_.find(at->second);
    if (!IsOver(found->second.status)) {
      ++at;
      continue;
    }
    for (const OutboundShipment& shipment : found->second.shipments) of_package_.erase(shipment.package_number);
    by_updated_.erase({found->second.updated, found->first});
    of_id_.erase(found->second.terms.id);
    orders_.erase(found);
    at = by_touched_.erase(at);
  }
}

}  // namespace amazon_sim
