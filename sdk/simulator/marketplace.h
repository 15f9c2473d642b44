// The marketplace as a function from requests to answers: faults, then the credential, then the allowance, then the
// route. Sockets are the server's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>

#include "core/http_message.h"
#include "core/url.h"
#include "sdk/simulator/collection.h"
#include "sdk/simulator/script.h"
#include "sdk/simulator/trouble.h"

namespace quayside::simulator {

// Not thread-safe: the server makes one call at a time.
class Marketplace {
 public:
  // UTC microseconds.
  using Now = std::function<int64_t()>;

  // The script was parsed at the time `now` reads.
  Marketplace(Script script, Now now, uint64_t seed);

  // Paths below /sim/v1/ are the control API (README.md).
  [[nodiscard]] amazon_sim::Response Handle(const amazon_sim::Request& request);

 private:
  [[nodiscard]] amazon_sim::Response Control(const amazon_sim::Request& request, const amazon_sim::Target& target);
  [[nodiscard]] amazon_sim::Response ShowState(const amazon_sim::Target& target) const;
  [[nodiscard]] amazon_sim::Response ShowCalls() const;
  [[nodiscard]] amazon_sim::Response PutItem(const boost::json::value& body);
  [[nodiscard]] amazon_sim::Response AddFault(const boost::json::value& body);

  [[nodiscard]] amazon_sim::Response Trade(const Route& route, const amazon_sim::Request& request,
                                           const amazon_sim::Target& target);
  [[nodiscard]] amazon_sim::Response Do(const Route& route, const amazon_sim::Request& request,
                                        const amazon_sim::Target& target);
  [[nodiscard]] amazon_sim::Response DoList(const Route& route, const Parameters& parameters) const;
  [[nodiscard]] amazon_sim::Response DoItem(const Route& route, const std::string& body, const Parameters& parameters);
  [[nodiscard]] amazon_sim::Response DoPut(const Route& route, const std::string& body,
                                           const amazon_sim::Target& target);
  [[nodiscard]] bool IsSignedIn(const amazon_sim::Request& request, const amazon_sim::Target& target) const;
  void LetEventsHappen();

  std::optional<Credential> credential_;
  std::map<std::string, Collection> collections_;
  std::vector<Route> routes_;
  std::vector<Event> events_;
  size_t next_event_ = 0;
  Now now_;
  int64_t began_us_;
  Allowances allowances_;
  Faults faults_;
  // Method, operation, status (0 = the line dropped) -> calls.
  std::map<std::tuple<std::string, std::string, int>, int64_t> calls_;
};

}  // namespace quayside::simulator
