#include "runtime/past_position.hpp"

#include <variant>

#include <fmt/format.h>

#include "runtime/config/moment.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::fail;
using base::Milliseconds;
using base::Result;
using base::WallTime;
using shardlog::LogHistory;
using shardlog::SequenceNumber;

Result<Moment> parse(std::string_view text, WallTime now) {
    auto moment = parse_moment(text, now);
    if (!moment) {
        return fail(Code::Invalid,
                    fmt::format("\"{}\" is no moment: say 2h (ago), 2026-01-31T14:00:00Z, a "
                                "sequence number, start or now",
                                text));
    }
    return moment;
}

Result<SequenceNumber> written(SequenceNumber position, const LogHistory& history) {
    if (position > history.newest()) {
        return fail(Code::Invalid,
                    fmt::format("nothing is written at {} yet; the newest change is {}",
                                position.to_string(), history.newest().to_string()));
    }
    return position;
}

}  // namespace

Result<SequenceNumber> position_through(std::string_view text, const LogHistory& history,
                                        WallTime now) {
    if (text == "now") {
        return history.newest();
    }
    if (text == "start") {
        return SequenceNumber{history.oldest().position() - 1};
    }
    MB_TRY(const Moment moment, parse(text, now));
    if (const auto* position = std::get_if<SequenceNumber>(&moment)) {
        return written(*position, history);
    }
    return history.position_at(std::get<WallTime>(moment));
}

Result<SequenceNumber> position_from(std::string_view text, const LogHistory& history,
                                     WallTime now) {
    if (text == "now") {
        return history.newest().next();
    }
    if (text == "start") {
        return history.oldest();
    }
    MB_TRY(const Moment moment, parse(text, now));
    if (const auto* position = std::get_if<SequenceNumber>(&moment)) {
        return written(*position, history);
    }
    MB_TRY(const SequenceNumber before,
           history.position_at(std::get<WallTime>(moment) - Milliseconds{1}));
    return before.next();
}

}  // namespace millbeck::runtime
