#include "runtime/api/inject_body.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/config/quantity.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using Json = nlohmann::json;

Result<InjectBody> InjectBody::parse(std::string_view text,
                                     std::initializer_list<std::string_view> known) {
    auto body = std::make_shared<Json>(Json::parse(text, nullptr, false));
    if (body->is_discarded() || !body->is_object()) {
        return base::fail(Code::Invalid, "the body must be a JSON object");
    }
    for (const auto& [name, value] : body->items()) {
        if (std::ranges::find(known, name) == known.end()) {
            return base::fail(Code::Invalid, fmt::format("\"{}\" is not known here", name));
        }
    }
    return InjectBody(std::move(body));
}

Result<std::optional<std::string>> InjectBody::text(const std::string& name) const {
    const auto found = json_->find(name);
    if (found == json_->end()) {
        return std::nullopt;
    }
    if (!found->is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    return std::optional(found->get<std::string>());
}

Result<std::string> InjectBody::needed_text(const std::string& name) const {
    MB_TRY(auto found, text(name));
    if (!found || found->empty()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" is missing", name));
    }
    return std::move(*found);
}

Result<std::optional<std::uint64_t>> InjectBody::count(const std::string& name) const {
    const auto found = json_->find(name);
    if (found == json_->end()) {
        return std::nullopt;
    }
    if (!found->is_number_unsigned()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a whole number", name));
    }
    return std::optional(found->get<std::uint64_t>());
}

Result<std::optional<base::Milliseconds>> InjectBody::duration(const std::string& name) const {
    MB_TRY(const auto found, text(name));
    if (!found) {
        return std::nullopt;
    }
    auto parsed = parse_duration(*found);
    if (!parsed) {
        return base::with_context(fmt::format("\"{}\"", name), std::move(parsed).error());
    }
    return std::optional(*parsed);
}

}  // namespace millbeck::runtime
