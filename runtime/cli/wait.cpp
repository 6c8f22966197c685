// millbeck wait --drained: until everything written so far has been delivered.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/client.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/config/quantity.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples:
  millbeck wait --drained
  millbeck wait --drained --timeout 1m && pytest

Everything that was written before the call counts, on every trigger. Exit code 0 when all of it is
acknowledged, 1 when that takes longer than the timeout.)";

constexpr base::Milliseconds kTimeoutMax{3'600'000};
constexpr base::Milliseconds kAnswerGrace{10'000};

struct WaitFlags {
    ClientFlags client;
    bool drained = false;
    std::string timeout = "10s";
};

int wait(Terminal& terminal, const WaitFlags& flags) {
    const auto timeout = parse_duration(flags.timeout);
    if (!timeout || *timeout > kTimeoutMax) {
        terminal.err << fmt::format(
            "millbeck wait: --timeout: {}\n",
            timeout ? fmt::format("{} is more than 1h", flags.timeout) : timeout.error().message);
        return kExitUsage;
    }
    auto client = Client::open(flags.client, terminal.environment);
    if (!client) {
        return report_client(terminal, client.error());
    }
    const auto body =
        client->post("wait-drained", fmt::format(R"({{"timeout_ms":{}}})", timeout->count()),
                     *timeout + kAnswerGrace);
    if (!body) {
        return report_client(terminal, body.error());
    }
    const bool drained = Json::parse(*body).at("drained").get<bool>();
    if (flags.client.json) {
        terminal.out << *body;
    } else if (drained) {
        terminal.out << "all is delivered\n";
    }
    if (!drained) {
        terminal.err << fmt::format(
            "millbeck: not everything was delivered within {}; \"millbeck triggers\" says what is "
            "behind\n",
            flags.timeout);
    }
    return drained ? kExitOk : kExitFailed;
}

}  // namespace

void add_wait(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand("wait", "Waits until everything written is delivered");
    command->footer(kFooter);
    auto flags = std::make_shared<WaitFlags>();
    command->add_flag("--drained", flags->drained, "What to wait for: all triggers up to now")
        ->required();
    command->add_option("--timeout", flags->timeout, "How long to wait, up to 1h (default: 10s)")
        ->type_name("DURATION");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return wait(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
