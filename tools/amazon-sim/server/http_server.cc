#include "server/http_server.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "server/wire.h"

namespace amazon_sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint64_t kMaxRequestBody = 64u << 20;
constexpr std::size_t kPiece = 256u << 10;

// The handler, one call at a time.
struct Gate {
  HttpServer::Handler handler;
  HttpServer::Ticker ticker;
  std::mutex mutex;

  Response Answer(const Request& request) {
    const std::lock_guard lock(mutex);
    return handler(request);
  }
  void Tick() {
    const std::lock_guard lock(mutex);
    if (ticker) ticker();
  }
};

// One connection. Runs in its strand; lives as long as an operation holds it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Gate& gate) : socket_(std::move(socket)), timer_(socket_.get_executor()), gate_(gate) {}

  void Read() {
    parser_.emplace();
    parser_->body_limit(kMaxRequestBody);
    // A client that hangs up or talks nonsense gets its connection closed by the end of the session.
    http::async_read_header(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      if (beast::iequals(self->parser_->get()[http::field::expect], "100-continue")) {
        self->Write("HTTP/1.1 100 Continue\r\n\r\n", [](Session& session) { session.ReadBody(); });
      } else {
        self->ReadBody();
      }
    });
  }

 private:
  void ReadBody() {
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->Answer();
    });
  }

  void Answer() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    Request request{.method = std::string(message.method_string()), .target = std::string(message.target())};
    for (const auto& field : message.base()) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    response_ = gate_.Answer(request);
    After(response_.transport.delay_ms, [](Session& session) { session.StartAnswer(); });
  }

  // Goes on after a pause, or at once for none.
  void After(std::int64_t ms, void (*next)(Session&)) {
    if (ms <= 0) return next(*this);
    timer_.expires_after(std::chrono::milliseconds(ms));
    timer_.async_wait([self = shared_from_this(), next](error_code error) {
      if (!error) next(*self);
    });
  }

  void StartAnswer() {
    const Transport& how = response_.transport;
    if (how.drop) return Close();
    chunked_ = how.hide_length;
    filler_left_ = how.filler_bytes;
    sent_ = 0;
    const std::uint64_t body_size = response_.body_size();
    cut_ = how.drop_after_body >= 0;
    body_end_ = cut_ ? std::min(body_size, static_cast<std::uint64_t>(how.drop_after_body)) : body_size;
    std::string out = HeadText(response_, body_size + how.filler_bytes + how.tail.size(), keep_alive_, chunked_);
    // An ordinary answer leaves in one piece.
    if (how.drip_bytes == 0 && !AppendBodyPiece(out)) return Close();
    if (sent_ == body_end_ && filler_left_ == 0 && !cut_) {
      Write(std::move(out) + Ending(), [](Session& session) { session.Finish(); });
    } else {
      Write(std::move(out), [](Session& session) { session.GoOn(); });
    }
  }

  // The rest of the answer: body, then filler, then the ending.
  void GoOn() {
    if (sent_ < body_end_) {
      std::string piece;
      if (!AppendBodyPiece(piece)) return Close();
      Write(std::move(piece), [](Session& session) {
        session.After(session.response_.transport.drip_ms, [](Session& later) { later.GoOn(); });
      });
    } else if (cut_) {
      Close();
    } else if (filler_left_ > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(filler_left_, kPiece));
      filler_left_ -= size;
      Write(Piece(std::string(size, ' ')), [](Session& session) { session.GoOn(); });
    } else {
      Write(Ending(), [](Session& session) { session.Finish(); });
    }
  }

  // False when the body cannot be read.
  bool AppendBodyPiece(std::string& out) {
    const std::size_t most = response_.transport.drip_bytes > 0 ? response_.transport.drip_bytes : kPiece;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, body_end_ - sent_));
    try {
      out += Piece(response_.stream ? response_.stream->Read(sent_, size)
                                    : response_.body.substr(static_cast<std::size_t>(sent_), size));
    } catch (const std::system_error&) {
      return false;
    }
    sent_ += size;
    return true;
  }

  std::string Ending() const { return Piece(response_.transport.tail) + (chunked_ ? "0\r\n\r\n" : ""); }

  std::string Piece(const std::string& bytes) const {
    if (!chunked_ || bytes.empty()) return bytes;
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
  }

  void Write(std::string bytes, void (*next)(Session&)) {
    outgoing_ = std::move(bytes);
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this(), next](error_code error, std::size_t) {
                        if (!error) next(*self);
                      });
  }

  void Finish() {
    if (keep_alive_) return Read();
    Close();
  }

  void Close() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  Gate& gate_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
  std::string outgoing_;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool cut_ = false;  // the connection closes after body_end_
  std::uint64_t body_end_ = 0;
  std::uint64_t sent_ = 0;  // of the body
  std::uint64_t filler_left_ = 0;
};

}  // namespace

struct HttpServer::Impl {
  Impl(std::uint16_t port, int threads, Handler handler, Ticker ticker)
      : gate{.handler = std::move(handler), .ticker = std::move(ticker)},
        context(threads),
        acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), port)),
        tick_timer(context) {
    Accept();
    if (gate.ticker) WaitForTick();
    for (int i = 0; i < threads; ++i) workers.emplace_back([this] { context.run(); });
  }

  ~Impl() {
    context.stop();
    for (std::thread& worker : workers) worker.join();
  }

  void Accept() {
    acceptor.async_accept(asio::make_strand(context), [this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Session>(std::move(socket), gate)->Read();
      }
      Accept();
    });
  }

  void WaitForTick() {
    tick_timer.expires_after(std::chrono::milliseconds(250));
    tick_timer.async_wait([this](error_code error) {
      if (error) return;
      gate.Tick();
      WaitForTick();
    });
  }

  Gate gate;  // outlives the context, whose handlers use it
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer tick_timer;
  std::vector<std::thread> workers;
};

HttpServer::HttpServer(std::uint16_t port, int threads, Handler handler, Ticker ticker)
    : impl_(std::make_unique<Impl>(port, threads, std::move(handler), std::move(ticker))) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string HttpServer::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

}  // namespace amazon_sim
