#include "report_lines.h"

#include <charconv>
#include <vector>

#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;

constexpr std::string_view kMerchantCode = "DEFAULT";
constexpr std::string_view kAmazonCodePrefix = "AMAZON";

class Fields {
 public:
  explicit Fields(std::string_view line) {
    for (;;) {
      const size_t end = line.find('\t');
      fields_.push_back(line.substr(0, end));
      if (end == std::string_view::npos) return;
      line.remove_prefix(end + 1);
    }
  }
  [[nodiscard]] size_t size() const { return fields_.size(); }
  [[nodiscard]] std::string_view At(int32_t column) const {
    return column == kNoColumn ? std::string_view() : fields_[static_cast<size_t>(column)];
  }

 private:
  std::vector<std::string_view> fields_;
};

bool Holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

pb::FulfilmentChannel ReadChannel(std::string_view code) {
  if (code.substr(0, kAmazonCodePrefix.size()) == kAmazonCodePrefix) return pb::FULFILMENT_CHANNEL_MARKETPLACE;
  return code == kMerchantCode ? pb::FULFILMENT_CHANNEL_MERCHANT : pb::FULFILMENT_CHANNEL_UNSPECIFIED;
}

std::string ReadSku(std::string_view sku, pb::Listing& listing) {
  if (sku.empty()) return "the SKU is empty";
  if (Holds(sku, kReplacementCharacter)) return "the SKU has characters the document's charset does not";
  listing.set_sku(std::string(sku));
  return {};
}

std::string ReadQuantity(std::string_view text, pb::Listing& listing) {
  if (text.empty()) return {};
  int32_t quantity = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity);
  if (error != std::errc() || end != text.data() + text.size() || quantity < 0) return "the quantity is no number";
  listing.set_quantity(quantity);
  return {};
}

}  // namespace

bool LineCutter::Next(std::string_view& line) {
  const size_t end = rest_.find('\n');
  if (end == std::string_view::npos && (!last_ || rest_.empty())) return false;
  line = rest_.substr(0, end);
  const size_t length = end == std::string_view::npos ? rest_.size() : end + 1;
  rest_.remove_prefix(length);
  taken_ += length;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return true;
}

std::string ReadReportLine(std::string_view line, const ReportColumns& columns, pb::Listing& listing) {
  if (!IsUtf8(line)) return "the line is no valid UTF-8";
  const Fields fields(line);
  if (fields.size() != static_cast<size_t>(columns.count)) {
    return "the line has " + std::to_string(fields.size()) + " fields, the header " + std::to_string(columns.count);
  }
  if (std::string problem = ReadSku(fields.At(columns.sku), listing); !problem.empty()) return problem;
  listing.set_fulfilment(ReadChannel(fields.At(columns.channel)));
  // As elsewhere: the quantity of what Amazon ships is Amazon's affair.
  if (listing.fulfilment() == pb::FULFILMENT_CHANNEL_MERCHANT) {
    if (std::string problem = ReadQuantity(fields.At(columns.quantity), listing); !problem.empty()) return problem;
  }
  const std::string_view title = fields.At(columns.title);
  listing.set_title(std::string(title));
  listing.set_title_unknown(title.empty() || Holds(title, "?") || Holds(title, kReplacementCharacter));
  listing.set_product_type_unknown(true);
  listing.set_product_id(std::string(fields.At(columns.asin)));
  if (const std::string_view status = fields.At(columns.status); !status.empty())
    listing.add_statuses(std::string(status));
  return {};
}

}  // namespace quayside::amazon
