// millbeck tail: the changes of a table, as they happen.
#include <csignal>
#include <ctime>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/api/query.hpp"
#include "runtime/cli/change_text.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck tail music                      from now on
  millbeck tail music --from start         from the oldest change kept
  millbeck tail music --json | jq .dynamodb.NewImage

One line a change: time, what happened, the item's key, and what is new. Ctrl-C ends it.)";

constexpr int kWaitMs = 20'000;
constexpr base::Milliseconds kPollTimeout{30'000};

struct TailFlags {
    ClientFlags client;
    std::string table;
    std::string from = "now";
    std::uint64_t count = 0;  // 0: for ever
};

class TailPrinter {
  public:
    explicit TailPrinter(Terminal& terminal) : terminal_(terminal) {}

    [[nodiscard]] std::string line(const Json& record) const {
        const Json& change = record.at("dynamodb");
        const auto event = record.at("eventName").get<std::string>();
        const std::time_t seconds =
            static_cast<std::time_t>(change.at("ApproximateCreationDateTime").get<double>());
        std::tm local{};
        ::localtime_r(&seconds, &local);
        return fmt::format("{:%H:%M:%S} {} {}{}\n", local, event_text(event, terminal_),
                           json_text(change.at("Keys")), news(change));
    }

  private:
    // The item that came, what changed of it where both images are shown, or what went.
    static std::string news(const Json& change) {
        const bool has_new = change.contains("NewImage");
        const bool has_old = change.contains("OldImage");
        if (has_new && has_old) {
            return differences_text(change.at("OldImage"), change.at("NewImage"));
        }
        if (has_new) {
            return rest(" ", change.at("NewImage"), change.at("Keys"));
        }
        return has_old ? rest(" was ", change.at("OldImage"), change.at("Keys")) : "";
    }

    // The image without the key, which stands in front already.
    static std::string rest(std::string_view title, const Json& image, const Json& keys) {
        Json shown = Json::object();
        for (const auto& [name, value] : image.items()) {
            if (!keys.contains(name)) {
                shown[name] = value;
            }
        }
        return shown.empty() ? "" : fmt::format("{}{}", title, json_text(shown));
    }

    Terminal& terminal_;
};

void end_quietly(int /*signal*/) {
    ::_exit(kExitOk);
}

// A page is printed whole and flushed: what was read is seen before the next wait.
int tail(Terminal& terminal, const TailFlags& flags) {
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    std::signal(SIGINT, end_quietly);
    std::signal(SIGTERM, end_quietly);
    const TailPrinter printer(terminal);
    std::string from = flags.from;
    std::uint64_t printed = 0;
    while (flags.count == 0 || printed < flags.count) {
        const std::uint64_t limit =
            flags.count == 0 ? 1'000 : std::min<std::uint64_t>(1'000, flags.count - printed);
        const auto body = client->get(
            fmt::format("tail?table={}&from={}&limit={}&wait_ms={}", percent_encode(flags.table),
                        percent_encode(from), limit, kWaitMs),
            kPollTimeout);
        if (!body) {
            return report_client(terminal, body.error());
        }
        const Json page = Json::parse(*body);
        if (page.at("trimmed").get<bool>()) {
            terminal.err << "millbeck: changes are missing here: retention took them\n";
        }
        for (const Json& record : page.at("records")) {
            terminal.out << (flags.client.json ? record.dump() + "\n" : printer.line(record));
            ++printed;
        }
        terminal.out.flush();
        if (!terminal.out) {
            return kExitOk;  // nobody reads any more
        }
        from = page.at("cursor").get<std::string>();
    }
    return kExitOk;
}

}  // namespace

void add_tail(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("tail", "Shows the changes of a table as they happen");
    command->footer(kFooter);
    auto flags = std::make_shared<TailFlags>();
    command->add_option("TABLE", flags->table, "The table")->required()->type_name("");
    command
        ->add_option("--from", flags->from,
                     "now, start (the oldest change kept) or a sequence number (default: now)")
        ->type_name("POSITION");
    command->add_option("--count", flags->count, "Ends after so many changes")->type_name("N");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return tail(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
