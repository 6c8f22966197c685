// What `millbeck replay` was told, and what it asks the server for with that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cli/client.hpp"

namespace millbeck::runtime::cli {

struct ReplayFlags {
    ClientFlags client;
    std::string table;
    std::string from = "start";
    std::string to = "now";
    std::vector<std::string> key;
    std::vector<std::string> filters;
    std::string failed;
    std::string into;
    std::string name;
    std::string rate;  // "100/s"
    std::uint32_t batch_size = 0;
    std::optional<std::uint32_t> retries;
    std::string compare;
    bool dry_run = false;
    bool detach = false;
};

// Records a second of "100/s", "100" or "" (0). Invalid: anything else.
base::Result<std::uint64_t> parse_rate(const std::string& text);

// The body of a request, as runtime/replay/replay_request.hpp has it.
std::string request_text(const ReplayFlags& flags, std::uint64_t rate);

// Counts the records, delivers none. The exit code.
int count_replay(Terminal& terminal, Client& client, const ReplayFlags& flags);

// Takes the records itself: `into` is "stdout" or "file:PATH". The exit code.
int read_replay(Terminal& terminal, Client& client, const ReplayFlags& flags);

}  // namespace millbeck::runtime::cli
