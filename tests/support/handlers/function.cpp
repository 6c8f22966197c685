// A Lambda function for tests: a client of the Runtime API as simple as one can be. What it does
// is its first argument:
//   ack                 answers {}
//   echo                answers the event
//   headers             answers with the head of its event
//   environment         answers with its environment, a line each
//   keep FILE           appends the event to FILE, answers {}
//   refuse              posts an error
//   say TEXT            answers TEXT
//   hang                never answers
//   exit CODE           ends without an answer
//   signal NUMBER       kills itself
//   answer-then-die N   answers {} to N events, then ends on the next with 1
//   answer-and-exit     answers {} and ends
//   answer-and-hang     answers {} and never asks again
//   talk TEXT           writes TEXT to stdout and to stderr before each answer
//   huge BYTES          answers that much
//   chunked TEXT        answers TEXT in chunks, with trailers announced and none sent, as Go does
//   stream-error JSON   streams, and fails in the trailers with JSON (base64 already)
//   bad-mode            answers in a mode that does not exist
//   cut                 announces a long answer and closes in the middle
//   reconnect           opens a connection for each call, answers the event
//   ask-twice           asks for the event on two connections, answers both texts
//   wrong-id            answers to another request id first, answers the status it got
//   family FILE         starts a child that waits, writes its process id to FILE, answers {}; hangs
//                       at the next event
//   init-error JSON     says that it cannot start
//   init-exit CODE      ends before it asks
//   init-hang           never asks
//   init-once FILE      ends before it asks, unless FILE exists; makes FILE
//   farewell FILE       registers an extension; at SIGTERM makes FILE and ends
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void die(int code) {
    ::_exit(code);
}

[[noreturn]] void hang() {
    for (;;) {
        ::pause();
    }
}

void make_file(const std::string& path, const std::string& text = "") {
    std::ofstream(path, std::ios::app) << text;
}

struct Message {
    std::string head;
    std::string body;
};

class Connection {
  public:
    Connection() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const std::string api = std::getenv("AWS_LAMBDA_RUNTIME_API");
        const std::size_t colon = api.find(':');
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(api.substr(colon + 1))));
        ::inet_pton(AF_INET, api.substr(0, colon).c_str(), &address.sin_addr);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            die(90);
        }
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd_); }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                die(91);
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    Message receive() {
        std::size_t end = 0;
        while ((end = data_.find("\r\n\r\n")) == std::string::npos) {
            read_some();
        }
        Message message{data_.substr(0, end), ""};
        const std::size_t at = message.head.find("Content-Length: ");
        const std::size_t length = std::stoul(message.head.substr(at + 16));
        while (data_.size() < end + 4 + length) {
            read_some();
        }
        message.body = data_.substr(end + 4, length);
        data_.erase(0, end + 4 + length);
        return message;
    }

    Message call(std::string_view request) {
        send(request);
        return receive();
    }

  private:
    void read_some() {
        std::string part(1 << 16, '\0');
        const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
        if (got <= 0) {
            die(92);
        }
        data_.append(part, 0, static_cast<std::size_t>(got));
    }

    int fd_;
    std::string data_;
};

constexpr std::string_view kNext =
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& path, std::string_view body, const std::string& headers = "") {
    return "POST /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: x\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string request_id(const Message& event) {
    const std::string name = "Lambda-Runtime-Aws-Request-Id: ";
    const std::size_t at = event.head.find(name) + name.size();
    return event.head.substr(at, event.head.find('\r', at) - at);
}

std::string status_of(const Message& message) {
    return message.head.substr(9, 3);
}

std::string environment() {
    std::string text;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        text += std::string(*entry) + "\n";
    }
    return text;
}

std::string chunk(std::string_view text) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    return size + std::string(text) + "\r\n";
}

std::string chunked_answer(const std::string& id, const std::string& text,
                           const std::string& trailers, const std::string& headers) {
    const std::size_t half = text.size() / 2;
    return "POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\nHost: x\r\n" +
           headers +
           "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           chunk(text.substr(0, half)) + chunk(text.substr(half)) + "0\r\n" + trailers + "\r\n";
}

std::string g_farewell_file;  // NOLINT: a signal handler needs it

void on_terminate(int /*signal*/) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open(2) is one.
    ::open(g_farewell_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    die(0);
}

void start(const std::string& mode, const std::string& argument, Connection& api) {
    if (mode == "init-error") {
        api.call(post("init/error", argument));
        die(1);
    } else if (mode == "init-exit") {
        die(std::stoi(argument));
    } else if (mode == "init-hang") {
        hang();
    } else if (mode == "init-once" && !std::ifstream(argument)) {
        make_file(argument);
        die(1);
    } else if (mode == "farewell") {
        g_farewell_file = argument;
        ::signal(SIGTERM, on_terminate);
        const Message reply = api.call(
            "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\nLambda-Extension-Name: "
            "me\r\nContent-Length: 13\r\n\r\n{\"events\":[]}");
        if (status_of(reply) != "200") {
            die(93);
        }
    }
}

// The answer's whole request; ends or hangs where the mode says so.
std::string answer_of(const std::string& mode, const std::string& argument, const Message& event,
                      unsigned number) {
    const std::string id = request_id(event);
    const std::string path = "invocation/" + id + "/response";
    if (mode == "echo" || mode == "reconnect") {
        return post(path, event.body);
    } else if (mode == "headers") {
        return post(path, event.head);
    } else if (mode == "environment") {
        return post(path, environment());
    } else if (mode == "keep") {
        make_file(argument, event.body + "\n");
    } else if (mode == "refuse") {
        return post("invocation/" + id + "/error",
                    R"({"errorMessage":"no thanks","errorType":"Refusal","stackTrace":[]})",
                    "Lambda-Runtime-Function-Error-Type: Refusal\r\n");
    } else if (mode == "say") {
        return post(path, argument);
    } else if (mode == "hang") {
        hang();
    } else if (mode == "exit") {
        die(std::stoi(argument));
    } else if (mode == "signal") {
        ::signal(std::stoi(argument), SIG_DFL);
        ::kill(::getpid(), std::stoi(argument));
        hang();
    } else if (mode == "answer-then-die" && number > std::stoul(argument)) {
        die(1);
    } else if (mode == "talk") {
        const std::string line = argument + "\n";
        (void)!::write(STDOUT_FILENO, line.data(), line.size());
        (void)!::write(STDERR_FILENO, line.data(), line.size());
    } else if (mode == "huge") {
        return post(path, std::string(std::stoul(argument), 'h'));
    } else if (mode == "chunked") {
        return chunked_answer(id, argument, "", "");
    } else if (mode == "stream-error") {
        return chunked_answer(id, "half an answer",
                              "Lambda-Runtime-Function-Error-Type: Late\r\n"
                              "Lambda-Runtime-Function-Error-Body: " +
                                  argument + "\r\n",
                              "Lambda-Runtime-Function-Response-Mode: streaming\r\n");
    } else if (mode == "bad-mode") {
        return post(path, "{}", "Lambda-Runtime-Function-Response-Mode: buffered\r\n");
    } else if (mode == "cut") {
        return "POST /2018-06-01/runtime/" + path +
               " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{";
    } else if (mode == "family") {
        if (number > 1) {
            hang();
        }
        const pid_t child = ::fork();
        if (child == 0) {
            hang();
        }
        make_file(argument, std::to_string(child) + "\n");
    }
    return post(path, "{}");
}

// Modes that talk in another order. Returns whether the event is answered.
bool special(const std::string& mode, Connection& api, const Message& event) {
    const std::string path = "invocation/" + request_id(event) + "/response";
    if (mode == "wrong-id") {
        const Message refused = api.call(post("invocation/other/response", "{}"));
        api.call(post(path, status_of(refused) + " " + refused.body));
        return true;
    }
    if (mode == "ask-twice") {
        Connection other;
        const Message again = other.call(kNext);
        api.call(post(path, request_id(event) + " " + request_id(again) + " " +
                                (event.body == again.body ? "same" : "different")));
        return true;
    }
    return false;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string mode = count > 1 ? arguments[1] : "ack";
    const std::string argument = count > 2 ? arguments[2] : "";
    auto* api = new Connection;
    start(mode, argument, *api);
    for (unsigned number = 1;; ++number) {
        const Message event = api->call(kNext);
        if (special(mode, *api, event)) {
            continue;
        }
        const std::string answer = answer_of(mode, argument, event, number);
        if (mode == "reconnect") {
            delete api;
            api = new Connection;
        }
        api->send(answer);
        if (mode == "cut") {
            delete api;
            hang();
        }
        api->receive();
        if (mode == "answer-and-exit") {
            die(0);
        } else if (mode == "answer-and-hang") {
            hang();
        } else if (mode == "reconnect") {
            delete api;
            api = new Connection;
        }
    }
}
