// The body of a request to inject: a JSON object whose members are all known.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Errors: Invalid, in a sentence that names the member. nullopt: the member is not there.
class InjectBody {
  public:
    static base::Result<InjectBody> parse(std::string_view text,
                                          std::initializer_list<std::string_view> known);

    [[nodiscard]] base::Result<std::optional<std::string>> text(const std::string& name) const;
    // Invalid also when it is not there, or empty.
    [[nodiscard]] base::Result<std::string> needed_text(const std::string& name) const;
    [[nodiscard]] base::Result<std::optional<std::uint64_t>> count(const std::string& name) const;
    // As people write them: "500ms".
    [[nodiscard]] base::Result<std::optional<base::Milliseconds>> duration(
        const std::string& name) const;

  private:
    explicit InjectBody(std::shared_ptr<const nlohmann::json> json) : json_(std::move(json)) {}

    std::shared_ptr<const nlohmann::json> json_;
};

}  // namespace millbeck::runtime
