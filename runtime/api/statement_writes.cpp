#include "runtime/api/statement_writes.hpp"

#include <utility>

namespace millbeck::runtime {
namespace {

namespace partiql = capture::expression::partiql;
using base::Code;

capture::ReturnValues return_values(partiql::Returning returning) {
    switch (returning) {
        case partiql::Returning::Nothing:
            return capture::ReturnValues::None;
        case partiql::Returning::AllOld:
            return capture::ReturnValues::AllOld;
        case partiql::Returning::ModifiedOld:
            return capture::ReturnValues::UpdatedOld;
        case partiql::Returning::AllNew:
            return capture::ReturnValues::AllNew;
        case partiql::Returning::ModifiedNew:
            return capture::ReturnValues::UpdatedNew;
    }
    return capture::ReturnValues::None;
}

}  // namespace

base::Status check_single_attributes(const capture::KeySchema& index) {
    return index.has_single_attributes()
               ? base::Status{}
               : base::fail(Code::Invalid,
                            "PartiQL statements cannot be executed on tables with multi-attribute "
                            "HASH keys or multi-attribute RANGE keys.");
}

base::Result<capture::Write> make_write(TableKeys& tables, const StatementCall& call) {
    const partiql::Statement& statement = call.statement;
    MB_TRY(const capture::KeySchema* keys, tables.find(statement.table()));
    if (statement.verb() == partiql::Verb::Insert) {
        MB_TRY(auto insertion, statement.insertion(*keys));
        return capture::PutWrite{statement.table(),
                                 std::move(insertion.item),
                                 capture::ReturnValues::None,
                                 {std::move(insertion.absent)}};
    }
    MB_TRY(auto target, statement.target(*keys));
    capture::WriteCondition condition{std::move(target.condition), call.on_failure};
    const auto returned = return_values(statement.returning());
    if (statement.verb() == partiql::Verb::Delete) {
        return capture::DeleteWrite{statement.table(), std::move(target.key), returned,
                                    std::move(condition)};
    }
    if (statement.verb() == partiql::Verb::Exists) {
        return capture::CheckWrite{statement.table(), std::move(target.key), std::move(condition)};
    }
    MB_TRY(auto update, statement.update());
    MB_TRY_STATUS(update.check_keys(*keys));
    return capture::UpdateWrite{statement.table(), std::move(target.key), std::move(update),
                                returned, std::move(condition)};
}

base::Result<SingleRead> make_single_read(TableKeys& tables, const StatementCall& call,
                                          const std::string& of) {
    const partiql::Statement& statement = call.statement;
    MB_TRY(const capture::KeySchema* keys, tables.find(statement.table()));
    for (const capture::IndexPlan& index : tables.all(statement.table()).plans) {
        if (statement.index() == index.name()) {
            MB_TRY_STATUS(check_single_attributes(index.keys()));
        }
    }
    MB_TRY(auto selection, statement.selection(*keys));
    if (statement.index() || !selection.key_only) {
        return base::fail(Code::Invalid, "Select statements within " + of +
                                             " must specify the primary key in the where clause.");
    }
    MB_TRY(auto projection, statement.projection());
    if (projection) {
        MB_TRY_STATUS(projection->check_key_paths(*keys));
    }
    return SingleRead{{statement.table(), std::move(*selection.ranges->front().key)},
                      std::move(projection)};
}

}  // namespace millbeck::runtime
