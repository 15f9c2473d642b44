// Carries a handler over HTTP/1.1 on a loopback port, with keep-alive, and does to answers what their Transport asks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/http_message.h"

namespace amazon_sim {

class HttpServer {
 public:
  // Called from several threads, one call at a time.
  using Handler = std::function<Response(const Request&)>;
  // Called about four times a second, never together with the handler: lets due events happen between requests.
  using Ticker = std::function<void()>;

  // Listens on 127.0.0.1; port 0 takes a free one. Throws boost::system::system_error when it cannot.
  HttpServer(std::uint16_t port, int threads, Handler handler, Ticker ticker = {});
  // Stops and joins.
  ~HttpServer();

  std::uint16_t port() const;
  std::string url() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace amazon_sim
