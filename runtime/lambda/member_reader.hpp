// Reads a request's members and collects what is wrong with them, in the service's words.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// What a text must be. Bytes, not characters; the service's texts are ASCII where it matters.
struct TextRule {
    std::size_t min = 0;
    std::size_t max = SIZE_MAX;
    bool (*fits)(std::string_view) = nullptr;
    std::string_view pattern = {};              // how `fits` is worded
    std::vector<std::string_view> values = {};  // when not empty, one of these
};

struct NumberRule {
    std::int64_t min = INT64_MIN;
    std::int64_t max = INT64_MAX;
};

// A member that is null counts as absent. The first value of a wrong type hides everything else,
// as on the service. Threads: one.
class MemberReader {
  public:
    // Borrows `body`, a JSON object. `prefix`: "code." for a structure inside of a request.
    explicit MemberReader(const nlohmann::json& body, std::string prefix = {})
        : body_(body), prefix_(std::move(prefix)) {}

    std::optional<std::string> text(const char* name, const TextRule& rule = {});
    std::optional<std::int64_t> number(const char* name, const NumberRule& rule = {});
    std::optional<bool> flag(const char* name);
    // A map of texts.
    std::optional<std::map<std::string, std::string>> texts(const char* name);
    // A list of texts.
    std::optional<std::vector<std::string>> list(const char* name);
    // A structure; null when it is absent.
    const nlohmann::json* object(const char* name);

    void require(const char* name);
    // More that is wrong: `Value '...' at '...' failed to satisfy constraint: <constraint>`.
    void add(std::string_view value, std::string_view path, std::string_view constraint);
    // What a reader of a structure inside has found.
    void take(MemberReader&& inside);

    // `2 validation errors detected: ...; ...`, or SerializationException.
    [[nodiscard]] LambdaResult<void> verdict() const;

  private:
    [[nodiscard]] const nlohmann::json* find(const char* name) const;
    void wrong_type(const nlohmann::json& value, std::string_view wanted);
    [[nodiscard]] std::string path_of(const char* name) const;

    const nlohmann::json& body_;
    const std::string prefix_;
    std::vector<std::string> violations_;
    std::optional<std::string> wrong_type_;
};

// One violation as the whole error.
LambdaError violation(std::string_view value, std::string_view path, std::string_view constraint);

}  // namespace millbeck::runtime::lambda
