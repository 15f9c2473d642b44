// What a warehouse says of an order, with any content: it is answered, it is either nothing or of that order, and
// asking again gives the same.
#include <string>

#include "outbound.h"
#include "quayside/testing/fake_host.h"
#include "shipments.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(flatfile_shipments) {
  namespace pb = quayside::plugin::v1;
  pb::InstanceConfig config;
  (*config.mutable_options())["outbound_address"] = "file:///out";
  (*config.mutable_options())["shipments_address"] = "file:///in";
  (*config.mutable_options())["stable_seconds"] = "0";
  const flatfile::Settings settings = flatfile::ReadSettings(config);
  sdk::testing::FakeHost host;
  host.files()["shipments/QS-1.csv"] = std::string(input);
  pb::ReconcileOutboundRequest request;
  request.add_outbound_ids("QS-1");
  const auto reply = flatfile::ReconcileOutbound(settings, request, host.step());
  Require(reply.ok(), "no content fails a step");
  Require(reply.value().states_size() + reply.value().not_found_size() == 1, "the order is told of once");
  Require(host.documents().empty(), "what was copied is released");
  for (const pb::OutboundState& state : reply.value().states()) {
    Require(state.outbound_id() == "QS-1", "it is of the order that its name says");
    Require(state.status() != pb::OUTBOUND_STATUS_UNSPECIFIED && !state.raw_status().empty(), "it has a status");
    for (const pb::OutboundShipment& shipment : state.shipments()) {
      for (const pb::OutboundPackage& package : shipment.packages()) {
        Require(!package.package_id().empty() && !package.lines().empty(), "a package has an id and lines");
        for (const pb::OutboundPackageLine& line : package.lines())
          Require(!line.line_id().empty() && line.quantity() > 0, "a line has an id and units");
      }
    }
  }
  const auto again = flatfile::ReconcileOutbound(settings, request, host.step());
  Require(again.ok() && again.value().SerializeAsString() == reply.value().SerializeAsString(),
          "asking again gives the same");
}
