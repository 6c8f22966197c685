// ProjectionExpression and AttributesToGet: the part of an item that was asked for, as text spliced
// from the item's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/bindings.hpp"
#include "capture/expression/expression_cache.hpp"
#include "capture/table.hpp"

namespace millbeck::capture::expression {

// Threads: any.
// Errors:  Invalid, with the service's text.
class Projection {
  public:
    static base::Result<Projection> parse(std::string_view text, ExpressionCache& cache,
                                          Placeholders& placeholders);
    static base::Result<Projection> bind(std::shared_ptr<const Syntax> syntax,
                                         Placeholders& placeholders);

    // Appends the canonical text of what `item` has at the paths; "{}" when it has nothing. Maps
    // and lists around a path stay, entries of a list move together.
    void append(std::string& out, std::string_view item) const;

    [[nodiscard]] base::Status check_key_paths(const KeySchema& keys,
                                               std::span<const KeySchema> index_keys = {}) const;

    // Unescaped names of the attributes it needs, in byte order, each once: for indexes that hold
    // only some attributes.
    [[nodiscard]] std::vector<std::string_view> attributes() const;

  private:
    Projection(Bindings bindings, std::vector<Steps> paths);

    Bindings bindings_;
    std::vector<Steps> paths_;  // in the order in which they stand in an item
};

// As Projection::append; `paths` in the order in which they stand in an item, no two meeting.
void append_projected(std::string& out, std::string_view item, const std::vector<Steps>& paths);

}  // namespace millbeck::capture::expression
