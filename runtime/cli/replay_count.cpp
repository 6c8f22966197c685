// millbeck replay --dry-run: how much it would be.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/progress.hpp"
#include "runtime/cli/replay_flags.hpp"

namespace millbeck::runtime::cli {

using base::Result;
using Json = nlohmann::json;

namespace {

Result<Json> count(Client& client, const ReplayFlags& flags, Progress& bar) {
    Json request = Json::parse(request_text(flags, 0));
    request.erase("into");
    request.erase("name");
    MB_TRY(const auto resolved, client.post("replays/resolve", request.dump()));
    Json range = Json::parse(resolved);
    request["from"] = range.at("from");
    request["to"] = range.at("to");
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    while (true) {
        MB_TRY(const auto answer, client.post("replays/count", request.dump()));
        const Json part = Json::parse(answer);
        records += part.at("records").get<std::uint64_t>();
        bytes += part.at("bytes").get<std::uint64_t>();
        bar.show(records, part.at("done").get<double>());
        if (part.at("end").get<bool>()) {
            range["records"] = records;
            range["bytes"] = bytes;
            return range;
        }
        request["cursor"] = part.at("cursor");
    }
}

}  // namespace

int count_replay(Terminal& terminal, Client& client, const ReplayFlags& flags) {
    Progress bar(terminal, "records");
    const auto counted = count(client, flags, bar);
    bar.wipe();
    if (!counted) {
        return report_client(terminal, counted.error());
    }
    terminal.out << (flags.client.json
                         ? counted->dump() + "\n"
                         : fmt::format("{} records, {} bytes, from {} to {}; nothing was "
                                       "delivered\n",
                                       grouped(counted->at("records").get<std::uint64_t>()),
                                       grouped(counted->at("bytes").get<std::uint64_t>()),
                                       counted->at("from").get<std::string>(),
                                       counted->at("to").get<std::string>()));
    return kExitOk;
}

}  // namespace millbeck::runtime::cli
