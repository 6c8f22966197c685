// Names for plain values, so that a table name is not a shard id and a count is not a position.
#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <utility>

namespace millbeck::base {

// A value of T that converts to nothing by itself: explicit both ways, ordered, printable,
// hashable, no arithmetic. `struct TableTag; using TableName = StrongType<std::string, TableTag>;`
template <typename T, typename Tag>
class StrongType {
  public:
    using Value = T;

    StrongType() = default;
    explicit StrongType(T value) : value_(std::move(value)) {}

    [[nodiscard]] const T& value() const { return value_; }
    // NOLINTNEXTLINE(modernize-use-nullptr): the check takes the comparison's own zero for one.
    friend auto operator<=>(const StrongType&, const StrongType&) = default;
    friend bool operator==(const StrongType&, const StrongType&) = default;
    friend std::ostream& operator<<(std::ostream& out, const StrongType& strong) {
        return out << strong.value_;
    }

  private:
    T value_{};
};

}  // namespace millbeck::base

template <typename T, typename Tag>
struct std::hash<millbeck::base::StrongType<T, Tag>> {
    std::size_t operator()(const millbeck::base::StrongType<T, Tag>& strong) const {
        return std::hash<T>{}(strong.value());
    }
};
