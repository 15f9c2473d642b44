#include "host/plugin/job_contract.h"

#include "host/plugin/manifest.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

bool OffersMethod(const pb::Manifest& manifest, std::string_view contract, std::string_view method) {
  const pb::Contract* declared = FindContract(manifest, contract);
  return declared != nullptr && OffersMethod(*declared, method);
}

bool OffersJob(const pb::Manifest& manifest, Job job) {
  const std::string_view contract = ContractOf(job);
  if (FindContract(manifest, contract) == nullptr) return false;
  switch (job) {
    case Job::kReconcile:
      return FindContract(manifest, ContractOf(Job::kListings)) != nullptr;
    case Job::kCompleteness:
      return OffersMethod(manifest, contract, "enumerate") && OffersMethod(manifest, contract, "get");
    default:
      return true;
  }
}

}  // namespace quayside
