// What a client may say of a listing's attributes, by patchListingsItem or in a feed, and what that does to it.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/ledger.h"
#include "core/listing.h"
#include "core/seller_book.h"
#include "core/sim_clock.h"

namespace amazon_sim {

enum class PatchOp { kAdd, kReplace, kMerge, kDelete };

// Where a change comes from and where it is noted.
struct ChangeOrigin {
  SellerBook& book;
  Ledger& ledger;
  QuantityCause cause;
  const std::string& reference;  // submission id or feed id
  Micros now;
};

class ListingChange {
 public:
  // Of a list of JSON patches. Throws ApiError 400 for what is no patch at all; a patch with a bad value is a change
  // with issues.
  static ListingChange FromPatches(const boost::json::array& patches);
  // Of attributes that replace those of the same name; with `forget_rest` all others are gone. Throws ApiError 400 for
  // an attribute that is not a list of objects.
  static ListingChange FromAttributes(const boost::json::object& attributes, bool forget_rest);

  // {code, message, severity, attributeNames, categories} each; the change is valid when there are none.
  const boost::json::array& issues() const { return issues_; }
  void Apply(const ChangeOrigin& origin, Listing& listing) const;

 private:
  // What a valid element of fulfillment_availability says.
  struct Availability {
    std::string channel;
    std::optional<std::int64_t> quantity;
    std::optional<std::int16_t> lead_time_days;
    std::optional<std::string> restock_date;
  };
  struct Patch {
    PatchOp op;
    std::string attribute;
    boost::json::array value;
    std::vector<Availability> availability;  // of fulfillment_availability
  };

  void Add(Patch patch);
  Availability ReadAvailability(const boost::json::object& element);
  static Patch ReadPatch(const boost::json::value& element);
  static void ApplyAvailability(const ChangeOrigin& origin, Listing& listing, PatchOp op, const Availability& wanted);
  static void ApplyOther(const ChangeOrigin& origin, Listing& listing, const Patch& patch);

  std::vector<Patch> patches_;
  boost::json::array issues_;
  bool forget_rest_ = false;
};

}  // namespace amazon_sim
