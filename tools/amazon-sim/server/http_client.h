// A blocking HTTP/1.1 client for talking to a simulator's control API.
#pragma once

#include <string>

#include "core/http_message.h"

namespace amazon_sim {

// One connection to http://host:port. Not thread-safe.
class HttpClient {
 public:
  // Throws std::runtime_error for a URL that is not plain http.
  explicit HttpClient(const std::string& base_url);

  // Opens a connection, asks, closes. Throws boost::system::system_error when the answer does not come whole.
  Response Ask(const Request& request) const;

 private:
  std::string host_;
  std::string port_;
};

}  // namespace amazon_sim
