// How the commands that ask a running server find it and talk to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/http_client.hpp"
#include "base/result.hpp"
#include "runtime/cli/command_line.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}  // namespace CLI

namespace millbeck::runtime::cli {

// What a client command was told. `--endpoint`, else AWS_ENDPOINT_URL, else the default.
struct ClientFlags {
    std::string endpoint;
    bool json = false;
};
enum class JsonFlag { Offered, NotOffered };
void add_client_flags(CLI::App& command, ClientFlags& flags, JsonFlag json);

inline constexpr std::string_view kDefaultEndpoint = "http://127.0.0.1:8000";

// Threads: one. Errors: Unavailable (nobody there, or it does not answer in time), NotFound (what
// answers is no Millbeck), Internal (Millbeck said no; the message is its own).
class Client {
  public:
    static base::Result<Client> open(const ClientFlags& flags,
                                     const std::map<std::string, std::string>& environment);

    // The body of the answer; paths below /_millbeck/v1/.
    base::Result<std::string> get(std::string_view path, base::Milliseconds timeout = kTimeout);
    base::Result<std::string> post(std::string_view path, std::string_view body,
                                   base::Milliseconds timeout = kTimeout);

    // The same of the service's own APIs. Internal: the service's words.
    base::Result<std::string> dynamodb(std::string_view operation, std::string_view body);
    base::Result<std::string> lambda(std::string_view method, std::string_view target,
                                     std::string_view body);

    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  private:
    static constexpr base::Milliseconds kTimeout{30'000};

    Client(std::string endpoint, std::unique_ptr<base::HttpClient> http)
        : endpoint_(std::move(endpoint)), http_(std::move(http)) {}
    using Headers = std::vector<std::pair<std::string, std::string>>;

    base::Result<std::string> send(std::string_view method, std::string_view path,
                                   std::string_view body, base::Milliseconds timeout);
    base::Result<base::HttpClientResponse> exchange(std::string_view method,
                                                    std::string_view target, std::string_view body,
                                                    const Headers& headers,
                                                    base::Milliseconds timeout);
    base::Result<std::string> service(std::string_view method, std::string_view target,
                                      std::string_view body, Headers headers);

    std::string endpoint_;
    std::unique_ptr<base::HttpClient> http_;
};

// Says the sentence on err. Exit code 3 when the server is not there, 2 for a wrong endpoint, else
// 1.
int report_client(Terminal& terminal, const base::Error& error);

// What most commands do: ask the server once, print `text` of its answer, or with --json the answer
// itself. Returns the exit code.
int ask_once(Terminal& terminal, const ClientFlags& flags,
             const std::function<base::Result<std::string>(Client&)>& ask,
             const std::function<std::string(const std::string& answer, const Client&)>& text);

}  // namespace millbeck::runtime::cli
