#include "runtime/api/restore_answers.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/restored_tables.hpp"
#include "runtime/config/names.hpp"
#include "runtime/past_position.hpp"
#include "runtime/restore/restored_spec.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::TableName;
using Json = nlohmann::ordered_json;

namespace {

Result<std::string> text_member(const Json& body, const std::string& name) {
    if (!body.is_object() || !body.contains(name) || !body[name].is_string()) {
        return base::fail(Code::Invalid, fmt::format("\"{}\" must be a text", name));
    }
    return body[name].get<std::string>();
}

// When the position was written; of one that the log does not tell, now.
base::WallTime time_of(const ApiContext& context, shardlog::SequenceNumber as_of) {
    const auto told = context.log.history().time_of(as_of);
    return told ? *told : context.clock.wall();
}

}  // namespace

Result<std::string> begin_restore(const ApiContext& context, const std::string& body) {
    if (context.restores == nullptr) {
        return base::fail(Code::Unsupported, "nothing is restored here");
    }
    const Json asked = Json::parse(body, nullptr, false);
    MB_TRY(const std::string table, text_member(asked, "table"));
    MB_TRY(const std::string moment, text_member(asked, "as_of"));
    MB_TRY(const std::string to, text_member(asked, "to"));
    MB_TRY(const TableName target, parse_new_table_name(to));
    const TableName name{table};
    const auto source = context.store.describe_table(name);
    if (!source) {
        return base::fail(Code::NotFound, fmt::format("there is no table \"{}\"", table));
    }
    MB_TRY(const auto as_of, position_through(moment, context.log.history(), context.clock.wall()));
    MB_TRY(auto spec, restored_spec(*source, target, {}));
    MB_TRY(const auto begun,
           context.restores->begin(
               {.target = std::move(spec),
                .note = {shardlog::table_arn(context.identity, name), "", time_of(context, as_of)},
                .open = image_opener(context, name, as_of)}));
    return Json({{"as_of", as_of.to_string()}}).dump() + "\n";
}

Result<RestoreAnswer> restore_progress(const ApiContext& context, const std::string& name) {
    const auto progress =
        context.restores == nullptr ? std::nullopt : context.restores->progress(TableName{name});
    if (!progress) {
        return base::fail(Code::NotFound, fmt::format("nothing is restored to \"{}\"", name));
    }
    using State = RestoreProgress::State;
    const char* state = progress->state == State::Running ? "running"
                        : progress->state == State::Done  ? "done"
                                                          : "failed";
    return RestoreAnswer{
        Json({{"state", state}, {"rows", progress->rows}, {"error", progress->error}}).dump() +
            "\n",
        progress->state != State::Running};
}

}  // namespace millbeck::runtime
