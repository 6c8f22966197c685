#include "runtime/lambda/route_table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kPlace = "{}";

std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> parts;
    if (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    if (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    while (true) {
        const std::size_t end = path.find('/');
        parts.push_back(path.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        path = path.substr(end + 1);
    }
}

// The values of the pattern's places; nullopt when the path does not fit.
std::optional<std::vector<std::string>> fit(std::string_view pattern,
                                            const std::vector<std::string_view>& path) {
    const auto wanted = segments(pattern);
    if (wanted.size() != path.size()) {
        return std::nullopt;
    }
    std::vector<std::string> places;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] != kPlace) {
            if (wanted[i] != path[i]) {
                return std::nullopt;
            }
            continue;
        }
        auto decoded = percent_decode(path[i], Plus::IsPlus);
        if (!decoded || decoded->empty()) {
            return std::nullopt;
        }
        places.push_back(std::move(*decoded));
    }
    return places;
}

}  // namespace

std::string LambdaCall::parameter(std::string_view name) const {
    const auto found = std::find_if(query.begin(), query.end(),
                                    [&](const auto& each) { return each.first == name; });
    return found == query.end() ? std::string() : found->second;
}

std::vector<std::string> LambdaCall::parameters(std::string_view name) const {
    std::vector<std::string> all;
    for (const auto& [key, text] : query) {
        if (key == name) {
            all.push_back(text);
        }
    }
    return all;
}

LambdaResult<std::optional<std::int64_t>> LambdaCall::number(const char* name, std::int64_t least,
                                                             std::int64_t most) const {
    const std::string text = parameter(name);
    if (text.empty()) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return refuse(kValidation, fmt::format("{}={} is no whole number", name, text));
    }
    const Json body{{name, value}};
    MemberReader reader(body);
    reader.number(name, {.min = least, .max = most});
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    return std::optional(value);
}

LambdaResult<Json> LambdaCall::json() const {
    if (request.body().empty()) {
        return Json::object();
    }
    Json body = Json::parse(request.body(), nullptr, false);
    if (!body.is_object()) {
        return refuse(kInvalidRequestContent,
                      "Could not parse request body into json: the body must be a JSON object");
    }
    return body;
}

std::optional<RouteTable::Match> RouteTable::find(std::string_view method,
                                                  std::string_view path) const {
    const auto parts = segments(path);
    for (const LambdaRoute& route : routes_) {
        if (route.method == method) {
            if (auto places = fit(route.pattern, parts)) {
                return Match{&route, std::move(*places)};
            }
        }
    }
    return std::nullopt;
}

bool is_lambda_path(std::string_view path) {
    constexpr std::string_view kShape = "/dddd-dd-dd/";
    return path.size() > kShape.size() &&
           std::equal(kShape.begin(), kShape.end(), path.begin(), [](char shape, char c) {
               return shape == 'd' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : shape == c;
           });
}

}  // namespace millbeck::runtime::lambda
