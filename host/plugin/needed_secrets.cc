#include "host/plugin/needed_secrets.h"

#include <set>

namespace quayside {

namespace pb = quayside::plugin::v1;

std::vector<std::string> NeededSecrets(const pb::Manifest& manifest) {
  std::set<std::string> of_places;
  for (const pb::Place& place : manifest.places()) {
    of_places.insert(place.password_secret());
    of_places.insert(place.private_key_secret());
  }
  for (const pb::Credential& credential : manifest.credentials()) {
    for (const auto& [part, secret] : credential.secrets()) of_places.erase(secret);
  }
  std::vector<std::string> needed;
  for (const pb::Secret& secret : manifest.secrets()) {
    if (!of_places.contains(secret.name())) needed.push_back(secret.name());
  }
  return needed;
}

}  // namespace quayside
