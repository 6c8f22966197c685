// What the service's front layer says of values that break their shape, all of them in one message:
// `2 validation errors detected: Value '0' at 'batchSize' failed to satisfy constraint: ...; ...`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// Reads the members of one request and collects what is wrong with them. A member that is null
// counts as absent.
// Usage:      ShapeChecks shape(body); const auto size = shape.integer("BatchSize", 1, 10'000); ...
//             MB_LAMBDA_TRY_STATUS(shape.result());
// Lifetime:   borrows the body.
class ShapeChecks {
  public:
    explicit ShapeChecks(const nlohmann::json& body) : body_(body) {}

    // nullopt: absent, or wrong and noted. `path` names a member, or one of a member's members:
    // "DestinationConfig.OnFailure.Destination"; on the wire of errors, "destinationConfig..." .
    std::optional<std::int64_t> integer(std::string_view path, std::int64_t least,
                                        std::int64_t most);
    std::optional<bool> flag(std::string_view path);
    std::optional<std::string> text(std::string_view path, std::size_t most = 10'000,
                                    std::string_view pattern = {});
    std::optional<std::string> choice(std::string_view path,
                                      const std::vector<std::string_view>& values);
    // A list of texts, each one of `values`.
    std::optional<std::vector<std::string>> choices(std::string_view path, std::size_t most,
                                                    const std::vector<std::string_view>& values);
    std::optional<std::vector<std::string>> texts(std::string_view path, std::size_t most);
    // The member as it is; nullptr when absent. Noted when it is no object, no list.
    const nlohmann::json* object(std::string_view path);
    const nlohmann::json* list(std::string_view path);

    [[nodiscard]] bool has(std::string_view path) const { return find(path) != nullptr; }

    // The value at `path` (as errors name it) breaks `constraint` ("Member must not be null").
    void note(std::string_view path, std::string_view value, std::string_view constraint);

    // What was noted: a wrong JSON type as InvalidRequestContentException, else one
    // ValidationException for all.
    [[nodiscard]] LambdaResult<void> result() const;

  private:
    [[nodiscard]] const nlohmann::json* find(std::string_view path) const;
    void wrong_type(std::string_view path, std::string_view wanted);

    const nlohmann::json& body_;
    std::vector<std::string> problems_;
    std::string wrong_type_;
};

// "DestinationConfig.OnFailure" is "destinationConfig.onFailure" in an error.
std::string wire_path(std::string_view path);

}  // namespace millbeck::runtime::lambda
