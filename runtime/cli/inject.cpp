// millbeck inject: faults that people make happen, to see what their own handlers do.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/inject_json.hpp"
#include "runtime/cli/client.hpp"
#include "runtime/cli/columns.hpp"
#include "runtime/cli/commands.hpp"
#include "runtime/cli/inject_request.hpp"
#include "runtime/cli/shard_text.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

constexpr const char* kFooter = R"(Examples: is your handler idempotent, and does it take failures?
  millbeck dev --allow-inject
  millbeck inject duplicate-batch orders-on-order           the next batch comes twice
  millbeck inject fail-handler orders-on-order --times 2    two calls fail, untried; then it is retried
  millbeck inject fail-handler orders-on-order --partial 3  three records succeed, the rest fails
  millbeck inject delay orders-on-order --by 500ms --for 1m
  millbeck inject crash-after-reply orders-on-order         the server dies before the checkpoint;
                                                            start it again: the batch comes again
And a reader of the stream?
  millbeck inject split-shard orders          the widest shard; roll-shard: every open one
  millbeck inject expire-iterators orders     ExpiredIteratorException; new ones work
  millbeck inject trim orders --to 10m        what is older is gone for readers and triggers
Afterwards:
  millbeck inject                             what is armed, and how often it happened
  millbeck inject clear

Sinks are triggers here, by their names. A fault happens once unless --times or --for says more.
A restart forgets everything, also trims and expired iterators; "clear" disarms faults of triggers.)";

struct InjectFlags {
    ClientFlags client;
    InjectWords words;
};

std::string left_text(const Json& fault) {
    if (!fault.at("is_armed").get<bool>()) {
        return "over";
    }
    return fault.at("left").is_number()
               ? fmt::format("{} more", fault.at("left").get<std::uint64_t>())
               : fmt::format("{:.1f} s more", fault.at("left_ms").get<double>() / 1000);
}

std::string details_text(const Json& fault) {
    std::vector<std::string> parts;
    if (fault.at("by_ms").is_number()) {
        parts.push_back(fmt::format("by {} ms", fault.at("by_ms").get<std::uint64_t>()));
    }
    if (fault.at("partial").is_number()) {
        parts.push_back(
            fmt::format("{} records succeed", fault.at("partial").get<std::uint64_t>()));
    }
    if (fault.at("error").is_string()) {
        parts.push_back(fault.at("error").get<std::string>());
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string streams_text(const Json& streams) {
    std::string text;
    for (const Json& stream : streams) {
        const auto table = stream.at("table").get<std::string>();
        if (stream.at("trimmed_to").is_string()) {
            text += fmt::format("{}: trimmed to {}\n", table,
                                stream.at("trimmed_to").get<std::string>());
        }
        if (stream.at("iterators_expired_through").is_string()) {
            text += fmt::format("{}: iterators issued until {} are expired\n", table,
                                stream.at("iterators_expired_through").get<std::string>());
        }
    }
    return text;
}

std::string inject_text(const std::string& answer) {
    const Json reply = Json::parse(answer);
    if (reply.contains("shards")) {
        return shards_text(answer);
    }
    if (!reply.at("allowed").get<bool>()) {
        return fmt::format("{}\n", kInjectIsOff);
    }
    std::vector<std::vector<std::string>> rows{{"TRIGGER", "FAULT", "HAPPENED", "LEFT", "DETAILS"}};
    for (const Json& fault : reply.at("faults")) {
        rows.push_back({fault.at("trigger").get<std::string>(),
                        fault.at("fault").get<std::string>(),
                        std::to_string(fault.at("used").get<std::uint64_t>()), left_text(fault),
                        details_text(fault)});
    }
    return (rows.size() == 1 ? "no faults\n" : columns(rows)) + streams_text(reply.at("streams"));
}

// That the server was not started for it is a matter of its configuration, not of this request.
base::Result<std::string> ask(Client& client, const InjectRequest& request) {
    if (request.route.empty()) {
        return client.get("inject");
    }
    auto answer = client.post(request.route, request.body);
    if (!answer && answer.error().message == kInjectIsOff) {
        return base::fail(base::Code::Invalid, std::move(answer).error().message);
    }
    return answer;
}

int inject(Terminal& terminal, const InjectFlags& flags) {
    const auto request = inject_request(flags.words);
    if (!request) {
        terminal.err << fmt::format("millbeck inject: {}\n", request.error().message);
        return kExitUsage;
    }
    return ask_once(
        terminal, flags.client, [&](Client& client) { return ask(client, *request); },
        [](const std::string& answer, const Client&) { return inject_text(answer); });
}

void add_flag(CLI::App& command, InjectWords& words, const std::string& name,
              const std::string& help, const std::string& type) {
    command
        .add_option_function<std::string>(
            "--" + name, [&words, name](const std::string& text) { words.flags[name] = text; },
            help)
        ->type_name(type);
}

}  // namespace

void add_inject(CLI::App& root, Commands& commands) {
    auto* command = root.add_subcommand(
        "inject", "Makes faults happen, for your tests (needs a server with --allow-inject)");
    command->footer(kFooter);
    auto flags = std::make_shared<InjectFlags>();
    InjectWords& words = flags->words;
    command
        ->add_option("ACTION", words.action,
                     fmt::format("{}; without it: list", fmt::join(inject_actions(), ", ")))
        ->type_name("");
    command->add_option("NAME", words.target, "A trigger, a sink or a table")->type_name("");
    command->add_option("SHARD", words.shard, "Of split-shard and roll-shard")->type_name("");
    add_flag(*command, words, "times", "How often it happens, 1 to 1000000 (default: 1)", "NUMBER");
    add_flag(*command, words, "for", "delay: for so long, up to 24h, instead", "DURATION");
    add_flag(*command, words, "by", "delay: what each delivery waits, up to 15m", "DURATION");
    add_flag(*command, words, "error", "fail-handler: what the failure says", "TEXT");
    add_flag(*command, words, "partial",
             "fail-handler: so many records are delivered, the rest is reported as failed",
             "RECORDS");
    add_flag(*command, words, "to", "trim: before this; 2h ago, a time, a sequence number, now",
             "MOMENT");
    add_client_flags(*command, flags->client, JsonFlag::Offered);
    command->callback([flags, &commands] {
        commands.chosen = [flags, &commands] { return inject(commands.terminal, *flags); };
    });
}

}  // namespace millbeck::runtime::cli
