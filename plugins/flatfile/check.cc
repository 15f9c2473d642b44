#include "check.h"

#include <string>

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;

void CheckPlace(const std::string& place, pb::CheckReply& reply, sdk::Step& step) {
  if (place.empty()) return;
  pb::CheckFinding& finding = *reply.add_findings();
  finding.set_subject("place:" + place);
  pb::ListFiles request;
  request.set_place(place);
  request.set_max_files(1);
  const auto list = step.ListFiles(request);
  finding.set_ok(list.ok() || list.error().status == QS_UNSUPPORTED);
  if (!list.ok()) finding.set_message(finding.ok() ? "not asked: " + list.error().message : list.error().message);
}

}  // namespace

pb::CheckReply CheckPlaces(const Settings& settings, sdk::Step& step) {
  pb::CheckReply reply;
  for (const std::string& place :
       {settings.orders.place, settings.listings.place, settings.quantities.place, settings.despatches.place,
        settings.stock.place, settings.outbound.place, settings.shipments.place})
    CheckPlace(place, reply, step);
  return reply;
}

}  // namespace quayside::flatfile
