// A tiny HTTP server for tests: blocking sockets on loopback, one thread per connection, and a handler that writes
// whatever bytes it likes, so that every way a server can misbehave is one line.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace quayside {

class LoopbackServer {
 public:
  struct Request {
    std::string head;  // with the empty line
    std::string body;
  };

  class Connection {
   public:
    Connection(LoopbackServer& server, int fd) : server_(server), fd_(fd) {}
    ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The next request of this connection; nullopt when the client is gone.
    std::optional<Request> Read() {
      size_t end = 0;
      while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!Fill()) return std::nullopt;
      }
      Request request{buffer_.substr(0, end + 4), {}};
      buffer_.erase(0, end + 4);
      const size_t at = request.head.find("Content-Length: ");
      const size_t length = at == std::string::npos ? 0 : std::strtoull(request.head.c_str() + at + 16, nullptr, 10);
      while (buffer_.size() < length) {
        if (!Fill()) return std::nullopt;
      }
      request.body = buffer_.substr(0, length);
      buffer_.erase(0, length);
      ++server_.requests_;
      return request;
    }
    // Some bytes of a request, without waiting for its end.
    bool ReadSome() { return Fill(); }
    // False when the client is gone.
    bool Write(std::string_view bytes) {
      while (!bytes.empty()) {
        const ssize_t written = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(written));
      }
      return true;
    }
    // Until the client is gone or the server ends.
    void WaitForEnd() {
      while (Fill()) buffer_.clear();
    }
    // The connection ends with a reset instead of an orderly close.
    void ResetAtEnd() {
      const linger now{.l_onoff = 1, .l_linger = 0};
      setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

   private:
    bool Fill() {
      char bytes[4096];
      const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      buffer_.append(bytes, static_cast<size_t>(got));
      return true;
    }
    LoopbackServer& server_;
    const int fd_;
    std::string buffer_;
  };

  // `handler` serves one connection, on a thread of its own; the connection closes when it returns.
  explicit LoopbackServer(std::function<void(Connection&)> handler)
      : handler_(std::move(handler)), listener_(Listen(16)) {
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~LoopbackServer() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    close(listener_);
  }

  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(PortOf(listener_)) + std::string(path);
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] bool ending() const { return ending_; }

  static int Listen(int backlog) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, backlog) != 0)
      std::abort();
    return fd;
  }
  static sockaddr_in Loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static uint16_t PortOf(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

 private:
  void Accept() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0 || ending_) {
        if (fd >= 0) close(fd);
        return;
      }
      ++connections_;
      const std::lock_guard<std::mutex> guard(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] {
        Connection connection(*this, fd);
        handler_(connection);
        const std::lock_guard<std::mutex> end(mutex_);
        open_.remove(fd);
      });
    }
  }

  const std::function<void(Connection&)> handler_;
  const int listener_;
  std::atomic<bool> ending_{false};
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::list<int> open_;
  std::vector<std::thread> threads_;  // touched by the acceptor until it has ended
  std::thread acceptor_;
};

}  // namespace quayside
