// Contract despatch/1: what left, package by package. Messages: quayside/plugin/v1/despatch.proto.
#pragma once

#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/step.h"

namespace quayside::sdk {

class Despatch {
 public:
  virtual ~Despatch() = default;
  // One outcome per intent. A package number that was confirmed before is edited, never doubled. [worker]
  virtual Result<pb::ConfirmDespatchReply> ConfirmDespatch(const pb::ConfirmDespatchRequest& request, Step& step) = 0;
  // What the marketplace shows of the packages; one finding per intent. [worker]
  virtual Result<pb::ReconcileDespatchReply> ReconcileDespatch(const pb::ReconcileDespatchRequest& request,
                                                               Step& step) = 0;
  // Outcomes of accepted handles; those still in work are absent. Optional ("poll" in the manifest): needed by whoever
  // answers `accepted`. [worker]
  virtual Result<pb::PollDespatchReply> PollDespatch(const pb::PollDespatchRequest& request, Step& step) {
    (void)request, (void)step;
    return Error::NotOffered("despatch/1 poll");
  }
};

}  // namespace quayside::sdk
