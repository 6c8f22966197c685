// ProjectionExpression and AttributesToGet: the part of an item that was asked for, as text spliced
// from the item's.
#pragma once

#include <memory>
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

    // Of a PartiQL statement: each path becomes an attribute of its own, named by its last step, or
    // by its first index with the name before it: `l[0]`. Invalid: two have the same name.
    static base::Result<Projection> bind_columns(std::shared_ptr<const Syntax> syntax,
                                                 Placeholders& placeholders);

    // Appends the canonical text of what `item` has at the paths; "{}" when it has nothing. Maps
    // and lists around a path stay, entries of a list move together.
    void append(std::string& out, std::string_view item) const;

    [[nodiscard]] base::Status check_key_paths(const KeySchema& keys) const;

    // Unescaped names of the attributes it needs, each once, in byte order or, of columns, in
    // theirs: for indexes that hold only some attributes.
    [[nodiscard]] std::vector<std::string_view> attributes() const;

  private:
    // A path of a statement: what stands at its first `depth` steps is shown as `name`.
    struct Column {
        std::string plain;
        std::string escaped;
        std::size_t depth = 0;
        std::size_t path = 0;  // of paths_
    };

    explicit Projection(Bindings bindings) : bindings_(std::move(bindings)) {}
    void append_columns(std::string& out, std::string_view item) const;

    Bindings bindings_;
    std::vector<Steps> paths_;  // in the order in which they stand in an item; of columns, theirs
    std::vector<Column> columns_;  // by name; none: the paths stay where they are
};

// As Projection::append; `paths` in the order in which they stand in an item, no two meeting.
void append_projected(std::string& out, std::string_view item, const std::vector<Steps>& paths);

}  // namespace millbeck::capture::expression
