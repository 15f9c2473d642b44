#include "host/orders/order_page.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;
using google::protobuf::internal::WireFormatLite;

// Objects take about three times their encoded size.
google::protobuf::ArenaOptions RoomFor(size_t encoded_size) {
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::clamp<size_t>(3 * encoded_size, 4096, size_t{1} << 20);
  options.max_block_size = std::max<size_t>(options.start_block_size, size_t{64} << 10);
  return options;
}

}  // namespace

OrderPage::OrderPage(std::string bytes)
    : bytes_(std::move(bytes)),
      arena_(RoomFor(bytes_.size())),
      reply_(google::protobuf::Arena::CreateMessage<pb::PullOrdersReply>(&arena_)) {}

std::unique_ptr<OrderPage> OrderPage::Parse(std::string bytes) {
  auto page = std::unique_ptr<OrderPage>(new OrderPage(std::move(bytes)));
  if (!page->reply_->ParseFromString(page->bytes_)) return nullptr;
  page->FindOrders();
  return static_cast<int>(page->orders_.size()) == page->reply_->orders_size() ? std::move(page) : nullptr;
}

// After the whole was parsed: what is walked over here is well-formed.
void OrderPage::FindOrders() {
  constexpr uint32_t kOrderTag =
      WireFormatLite::MakeTag(pb::PullOrdersReply::kOrdersFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  orders_.reserve(static_cast<size_t>(reply_->orders_size()));
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes_.data()),
                                            static_cast<int>(bytes_.size()));
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != kOrderTag) {
      if (!WireFormatLite::SkipField(&in, tag)) return;
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return;
    const auto at = static_cast<size_t>(in.CurrentPosition());
    if (!in.Skip(static_cast<int>(size))) return;
    orders_.push_back(std::string_view(bytes_).substr(at, size));
  }
}

}  // namespace quayside
