// PartiQL for DynamoDB: one statement and its parameters, as the writes, conditions, updates and
// ranges of keys that the expression calls are made of. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/condition.hpp"
#include "capture/expression/key_condition.hpp"
#include "capture/expression/projection.hpp"
#include "capture/expression/update.hpp"
#include "capture/table.hpp"

namespace millbeck::capture::expression::partiql {

struct Tree;

enum class Verb : std::uint8_t { Select, Insert, Update, Delete, Exists };
enum class Returning : std::uint8_t { Nothing, AllOld, ModifiedOld, AllNew, ModifiedNew };

// The item of an INSERT, and that there must be none like it.
struct Insertion {
    shardlog::Item item;
    Condition absent;
};

// The one item that an UPDATE, DELETE or EXISTS is about.
struct Target {
    shardlog::Item key;
    // What else the item must be like, which includes that it is there where the service asks so.
    std::optional<Condition> condition;
    bool key_only = false;  // WHERE says nothing but the key
};

// A range of one partition.
struct KeyRange {
    std::vector<KeyTerm> terms;         // one, or with the sort key two
    std::optional<shardlog::Item> key;  // of the table, when it can be one item only
};

// What a SELECT reads: a scan where there are no ranges.
struct Selection {
    std::optional<std::vector<KeyRange>> ranges;  // at least one; no two have an item in common
    std::optional<Condition> filter;              // what the ranges do not say
    // The filter stands beside the keys in one AND, so it is applied to what the keys found.
    bool filters_keyed = false;
    std::vector<std::string> filter_attributes;  // each once, in their order; of keyed filters
    bool key_only = false;  // one item of the table by its whole key, and no more is said
    bool descending = false;
};

// Copies freely. Threads: any. Errors: Invalid, with the service's texts.
class Statement {
  public:
    // `parameters`: canonical values, as many as there are question marks.
    // Checks all that needs no table: grammar, what the service does not support, the source.
    static base::Result<Statement> parse(std::string_view text,
                                         std::vector<std::string> parameters);

    [[nodiscard]] Verb verb() const { return verb_; }
    [[nodiscard]] const shardlog::TableName& table() const { return table_; }
    [[nodiscard]] const std::optional<std::string>& index() const { return index_; }
    [[nodiscard]] Returning returning() const;

    // Of an INSERT. Its key attributes are there and of their types.
    [[nodiscard]] base::Result<Insertion> insertion(const KeySchema& keys) const;
    // Of an UPDATE, DELETE or EXISTS.
    [[nodiscard]] base::Result<Target> target(const KeySchema& keys) const;
    // Of an UPDATE.
    [[nodiscard]] base::Result<Update> update() const;

    // Of a SELECT. `keys`: of the table or the index that is read.
    [[nodiscard]] base::Result<Selection> selection(const KeySchema& keys) const;
    // Absent: everything.
    [[nodiscard]] base::Result<std::optional<Projection>> projection() const;

  private:
    Statement() = default;
    base::Status read_source();

    std::shared_ptr<const Tree> tree_;
    std::vector<std::string> parameters_;
    Verb verb_ = Verb::Select;
    shardlog::TableName table_;
    std::optional<std::string> index_;
};

}  // namespace millbeck::capture::expression::partiql
