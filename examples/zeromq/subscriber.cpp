// Listens to a ZeroMQ sink: `zeromq_subscriber sub ENDPOINT TABLE` or `... work ENDPOINT`.
#include <chrono>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace {

constexpr const char* kCredit = "1000";  // messages under way to us, unacknowledged
constexpr std::chrono::milliseconds kSignOfLife{1'000};

using Message = std::vector<zmq::message_t>;

// Does the work. Whatever it writes must be safe when it returns.
void take(const Message& message) {
    for (std::size_t frame : {0u, 2u, 1u, 3u}) {
        std::cout << message.at(frame).to_string_view() << (frame == 3 ? "\n" : " ");
    }
    std::cout << std::flush;
}

Message receive(zmq::socket_t& socket) {
    Message message;
    static_cast<void>(zmq::recv_multipart(socket, std::back_inserter(message)));
    return message;
}

void say(zmq::socket_t& socket, std::string_view word, std::string_view what) {
    static_cast<void>(socket.send(zmq::buffer(word), zmq::send_flags::sndmore));
    static_cast<void>(socket.send(zmq::buffer(what), zmq::send_flags::none));
}

[[noreturn]] void feed(zmq::context_t& context, const char* endpoint, const char* table) {
    zmq::socket_t socket(context, zmq::socket_type::sub);
    socket.set(zmq::sockopt::subscribe, table);
    socket.connect(endpoint);
    for (;;) {
        take(receive(socket));
    }
}

[[noreturn]] void work(zmq::context_t& context, const char* endpoint) {
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.connect(endpoint);
    for (;;) {
        say(socket, "CREDIT", kCredit);
        zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
        if (zmq::poll(&item, 1, kSignOfLife) == 1) {
            const Message message = receive(socket);
            take(message);
            say(socket, "ACK", message.back().to_string_view());
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    zmq::context_t context;
    if (what == "sub" && argc == 4) {
        feed(context, argv[2], argv[3]);
    }
    if (what == "work" && argc == 3) {
        work(context, argv[2]);
    }
    std::cerr << "usage: zeromq_subscriber sub ENDPOINT TABLE | work ENDPOINT\n";
    return 2;
}
