// ExpressionAttributeNames and ExpressionAttributeValues of one request, shared by all its
// expressions: what stands behind `#n` and `:v`, and which of them was used.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/item.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::capture::expression {

// Limits of the service, in bytes. Source: ServiceQuotas, "Expression parameters".
inline constexpr std::size_t kPlaceholderBytesMax = 255;
inline constexpr std::size_t kPlaceholdersBytesMax = 2u << 20;  // all names and values together

struct PlaceholderName {
    std::string key;   // `#n`
    std::string name;  // the attribute's name
};

// What stands behind the placeholders; immutable, shared with all that is bound to it.
struct PlaceholderTable {
    struct Name {
        std::string key;
        std::string plain;    // UTF-8
        std::string escaped;  // as it stands in canonical text, without quotes
    };
    std::vector<Name> names;  // by key
    shardlog::Item values;    // its attributes are `:v`, ...

    // Where the key stands in names or values; nullopt when it is not defined.
    [[nodiscard]] std::optional<std::uint32_t> find_name(std::string_view key) const;
    [[nodiscard]] std::optional<std::uint32_t> find_value(std::string_view key) const;
};

// Invariants: keys are well formed, values canonical.
// Threads:    one; the table may be read by any.
// Errors:     Invalid and Malformed, with the service's texts.
class Placeholders {
  public:
    Placeholders();  // the request has none

    // Absent: the request did not have the parameter. `values` is what shardlog::parse_item made of
    // ExpressionAttributeValues, whose "attribute names" are the keys.
    static base::Result<Placeholders> make(std::optional<std::vector<PlaceholderName>> names,
                                           std::optional<shardlog::Item> values);

    // From the parameters of a parsed request (null pointer: absent). Wire types are checked
    // already. A bad value is named: `ExpressionAttributeValues contains invalid value: ...`.
    static base::Result<Placeholders> parse(const simdjson::dom::element* names,
                                            const simdjson::dom::element* values);

    // After all expressions of the request are bound: `Value provided in ... unused`.
    [[nodiscard]] base::Status check_all_used() const;

    [[nodiscard]] const std::shared_ptr<const PlaceholderTable>& table() const { return table_; }
    void use_name(std::uint32_t index) { used_names_[index] = 1; }
    void use_value(std::uint32_t index) { used_values_[index] = 1; }

  private:
    explicit Placeholders(std::shared_ptr<const PlaceholderTable> table);

    std::shared_ptr<const PlaceholderTable> table_;
    std::vector<std::uint8_t> used_names_;
    std::vector<std::uint8_t> used_values_;
};

// One parameter of a call and whether the request has it.
struct GivenParameter {
    std::string_view name;
    bool given = false;
};

// Old and new parameters may not be mixed, and placeholders need an expression that may use them.
// `expressions`: those of the call, in the order of the service's texts; `legacy`: those they
// replace. Invalid: `Can not use both expression and non-expression parameters ...`, ... .
base::Status check_parameters(std::span<const GivenParameter> expressions,
                              std::span<const GivenParameter> legacy, bool names_given,
                              bool values_given);

}  // namespace millbeck::capture::expression
