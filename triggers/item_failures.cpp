#include "triggers/item_failures.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

namespace millbeck::triggers {

namespace {

namespace dom = simdjson::dom;
using sinks::Outcome;

constexpr std::string_view kBlanks = " \t\r\n";

Outcome refused(Outcome outcome, std::string_view why) {
    outcome.kind = Outcome::Kind::Failed;
    outcome.failed.clear();
    outcome.error = {base::Code::Malformed,
                     "the function's reply does not report batch item "
                     "failures as it should: " +
                         std::string(why)};
    return outcome;
}

Outcome read_list(Outcome outcome, const dom::array& failures) {
    for (const dom::element failure : failures) {
        std::string_view id;
        if (failure["itemIdentifier"].get(id) != simdjson::SUCCESS || id.empty()) {
            return refused(std::move(outcome),
                           "each failure needs an \"itemIdentifier\", the "
                           "SequenceNumber of a record, as a string");
        }
        outcome.failed.emplace_back(id);
    }
    if (!outcome.failed.empty()) {
        outcome.kind = Outcome::Kind::PartlyFailed;
    }
    return outcome;
}

Outcome read_object(Outcome outcome, const dom::object& reply) {
    dom::element failures;
    if (reply["batchItemFailures"].get(failures) != simdjson::SUCCESS || failures.is_null()) {
        return outcome;
    }
    dom::array list;
    if (failures.get(list) != simdjson::SUCCESS) {
        return refused(std::move(outcome), "\"batchItemFailures\" must be a list");
    }
    return read_list(std::move(outcome), list);
}

bool says_nothing(const dom::element& reply) {
    dom::array list;
    std::string_view text;
    return reply.is_null() || (reply.get(list) == simdjson::SUCCESS && list.size() == 0) ||
           (reply.get(text) == simdjson::SUCCESS && text.empty());
}

}  // namespace

Outcome read_item_failures(Outcome outcome) {
    if (outcome.kind != Outcome::Kind::Delivered ||
        outcome.reply.find_first_not_of(kBlanks) == std::string::npos) {
        return outcome;
    }
    dom::parser parser;
    dom::element reply;
    if (parser.parse(outcome.reply).get(reply) != simdjson::SUCCESS) {
        return refused(std::move(outcome), "it is not JSON");
    }
    dom::object object;
    if (reply.get(object) == simdjson::SUCCESS) {
        return read_object(std::move(outcome), object);
    }
    if (says_nothing(reply)) {
        return outcome;
    }
    return refused(std::move(outcome), "it must be an object with \"batchItemFailures\"");
}

}  // namespace millbeck::triggers
