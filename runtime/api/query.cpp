#include "runtime/api/query.hpp"

#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Result;

Result<std::string> percent_decode(std::string_view text, Plus plus) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus == Plus::IsBlank) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            unsigned value = 0;
            const std::string_view digits = text.substr(i + 1, 2);
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
                return base::fail(Code::Invalid, "the query has a bad escape");
            }
            out += static_cast<char>(value);
            i += 2;
        }
    }
    return out;
}

std::string Target::text(const std::string& name, std::string_view fallback) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string(fallback) : found->second;
}

Result<std::uint64_t> Target::number(const std::string& name, std::uint64_t fallback,
                                     std::uint64_t most) const {
    const auto found = parameters.find(name);
    if (found == parameters.end()) {
        return fallback;
    }
    const std::string& written = found->second;
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), value);
    if (error != std::errc{} || end != written.data() + written.size() || value > most) {
        return base::fail(Code::Invalid, fmt::format("{}=\"{}\" is not a whole number from 0 to {}",
                                                     name, written, most));
    }
    return value;
}

Result<Parameters> parse_parameters(std::string_view query) {
    Parameters parameters;
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? "" : query.substr(end + 1);
        const std::size_t equals = pair.find('=');
        MB_TRY(auto name, percent_decode(pair.substr(0, equals), Plus::IsBlank));
        MB_TRY(auto text,
               percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1),
                              Plus::IsBlank));
        parameters.emplace_back(std::move(name), std::move(text));
    }
    return parameters;
}

Result<Target> parse_target(std::string_view target) {
    Target parsed;
    const std::size_t mark = target.find('?');
    parsed.path = target.substr(0, mark);
    MB_TRY(auto parameters,
           parse_parameters(mark == std::string_view::npos ? "" : target.substr(mark + 1)));
    for (auto& [name, text] : parameters) {
        if (!parsed.parameters.emplace(name, std::move(text)).second) {
            return base::fail(Code::Invalid, fmt::format("\"{}\" is there twice", name));
        }
    }
    return parsed;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", byte);
        }
    }
    return out;
}

}  // namespace millbeck::runtime
