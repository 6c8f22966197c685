// Lambda's REST API as a table: method and path on the left, the call on the right.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/http_server.hpp"
#include "runtime/api/query.hpp"
#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// One request, as far as HTTP goes. Borrows it: valid until the answer was given.
struct LambdaCall {
    const base::HttpRequest& request;
    std::vector<std::string> places;  // what stood at each {} of the pattern, decoded
    Parameters query;                 // decoded, in their order
    std::string request_id{};         // what the answer will carry

    // The first of that name; "" when there is none.
    [[nodiscard]] std::string parameter(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> parameters(std::string_view name) const;
    // nullopt when it is not there. ValidationException for what is no number of the range.
    [[nodiscard]] LambdaResult<std::optional<std::int64_t>> number(const char* name,
                                                                   std::int64_t least,
                                                                   std::int64_t most) const;
    // The body as a JSON object; an empty body is `{}`. InvalidRequestContentException.
    [[nodiscard]] LambdaResult<nlohmann::json> json() const;
};

struct LambdaAnswer {
    unsigned status = 200;
    std::string body{};  // JSON; may be empty
    std::vector<std::pair<std::string, std::string>> headers{};
};

// Called exactly once, from any thread.
using LambdaResponder = std::function<void(LambdaResult<LambdaAnswer>)>;

// Runs on one lane, one after another: may wait for the disk.
using LambdaHandler = std::function<LambdaResult<LambdaAnswer>(const LambdaCall&)>;
// Runs on the connection's thread: must not wait; answers whenever it likes. The call lives until
// the answer was given.
using LambdaStarter = std::function<void(std::shared_ptr<const LambdaCall>, LambdaResponder)>;

struct LambdaRoute {
    std::string_view method;
    std::string_view pattern;  // `/2015-03-31/functions/{}/code`; a text that lives for ever
    LambdaHandler handle{};    // one of the two
    LambdaStarter start{};
};

// Invariants: no two routes fit one request, but for literals, which come before {}.
class RouteTable {
  public:
    void add(LambdaRoute route) { routes_.push_back(std::move(route)); }

    struct Match {
        const LambdaRoute* route;
        std::vector<std::string> places;
    };
    // `path` without its query, still escaped; one slash at its end is ignored.
    [[nodiscard]] std::optional<Match> find(std::string_view method, std::string_view path) const;

  private:
    std::vector<LambdaRoute> routes_;
};

// True for `/2015-03-31/...`: all of Lambda's paths begin with the date of their version.
bool is_lambda_path(std::string_view path);

}  // namespace millbeck::runtime::lambda
