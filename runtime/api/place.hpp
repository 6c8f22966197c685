// Where in a request a value stands. Its text is made only when something is wrong there: a request
// of a hundred items has hundreds of places, and nearly always none of them is ever named.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millbeck::runtime {

// A step of a way from the request inwards. Borrows the step before it, which must live as long.
class Place {
  public:
    Place() = default;  // the request itself

    // Of a structure: `KeySchema`.
    [[nodiscard]] Place member(std::string_view name) const {
        return {this, name, 0, /*in_collection=*/false};
    }
    // Of a list, counted from 1.
    [[nodiscard]] Place element(std::size_t position) const {
        return {this, {}, position, /*in_collection=*/true};
    }
    // Of a map.
    [[nodiscard]] Place entry(std::string_view key) const {
        return {this, key, 0, /*in_collection=*/true};
    }

    // `keySchema.1.member.keyType`
    [[nodiscard]] std::string text() const;
    // With members as requests have them: `RequestItems.orders.member.Keys`.
    [[nodiscard]] std::string written() const;

  private:
    enum class Names { Camel, Written };
    [[nodiscard]] std::string text(Names names) const;

    Place(const Place* parent, std::string_view name, std::size_t position, bool in_collection)
        : parent_(parent), name_(name), position_(position), in_collection_(in_collection) {}

    const Place* parent_ = nullptr;
    std::string_view name_;     // of a member or an entry
    std::size_t position_ = 0;  // of an element; 0: it is none
    bool in_collection_ = false;
};

// `keyType` of `KeyType`.
std::string camel(std::string_view name);

}  // namespace millbeck::runtime
