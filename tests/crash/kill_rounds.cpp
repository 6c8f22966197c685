// Kills the released program again and again under load, at the moments where a lost or doubled
// change would hide, and checks after every restart that it kept its promises:
// every acknowledged write is there; every acknowledged write reached the handler at least once and
// in order per key; repeats come only from after the last checkpoint; the table is what the stream
// adds up to.
//
// Usage: kill_rounds --program PATH [--rounds N] [--seed S] [--keep]
// Prints the seed; the same seed makes the same writes and the same choice of moments. With --keep
// the data folder of a failure stays.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "tests/crash/kill_life.hpp"

namespace millbeck::tests {
namespace {

constexpr unsigned kRoundsPerLife = 10;  // crashes of one data folder

constexpr std::array kMoments{
    Moment{"at an acknowledgement", "", "", "", 250},
    Moment{"in the middle of an append", "", "write:half", "/log/", 120},
    Moment{"after the append, before the sync", "", "sync:before", "/log/", 120},
    Moment{"after the sync, before the tables", "", "sync:after", "/log/", 120},
    Moment{"after the tables, before the answer", "", "send:before", "socket:", 250},
    Moment{"before the handler's work", "before-work", "", "", 8},
    Moment{"after the handler's work, before its reply", "after-work", "", "", 8},
    Moment{"after the handler's reply", "after-reply", "", "", 8},
    Moment{"in the middle of a checkpoint", "", "write:half", "/triggers.db-wal", 60},
    Moment{"after a checkpoint", "", "write:after", "/triggers.db-wal", 60},
};
constexpr unsigned kEnoughTries = 4;  // after as many, a moment must have been met once

struct Options {
    Tools tools;
    unsigned rounds = 40;
    std::uint64_t seed = 0;
    bool keep = false;
};

struct Tally {
    std::array<unsigned, kMoments.size()> tries{};
    std::array<unsigned, kMoments.size()> hits{};
    std::size_t records = 0;
};

// False when a promise was broken.
bool live(const Options& options, unsigned first_round, Tally& tally) {
    Life life(options.tools, options.seed + first_round);
    unsigned round = first_round;
    try {
        for (; round < std::min(options.rounds, first_round + kRoundsPerLife); ++round) {
            // Each folder meets the moments in another order.
            const std::size_t i = (round * 3 + first_round / kRoundsPerLife) % kMoments.size();
            ++tally.tries.at(i);
            tally.hits.at(i) += life.round(kMoments.at(i)) ? 1U : 0U;
        }
        tally.records += life.end();
        return true;
    } catch (const std::exception& error) {
        std::cout << "FAILED in round " << round << " of seed " << options.seed << ": "
                  << error.what() << std::endl;
        if (options.keep) {
            std::cout << "The folder is " << life.folder() << std::endl;
            std::_Exit(1);  // no destructor takes the folder away
        }
        return false;
    }
}

int run(const Options& options) {
    std::cout << "seed " << options.seed << ", " << options.rounds << " rounds" << std::endl;
    Tally tally;
    for (unsigned first = 0; first < options.rounds; first += kRoundsPerLife) {
        if (!live(options, first, tally)) {
            return 1;
        }
    }
    bool all_met = true;
    for (std::size_t i = 0; i < kMoments.size(); ++i) {
        std::cout << tally.hits.at(i) << " of " << tally.tries.at(i) << " " << kMoments.at(i).name
                  << "\n";
        all_met = all_met && (tally.tries.at(i) < kEnoughTries || tally.hits.at(i) > 0);
    }
    std::cout << tally.records << " changes: all there, all delivered, in order" << std::endl;
    if (!all_met) {
        std::cout << "FAILED: a moment was never met, so nothing was shown about it" << std::endl;
    }
    return all_met ? 0 : 1;
}

Options parse(const std::vector<std::string>& words) {
    const std::filesystem::path own = std::filesystem::canonical("/proc/self/exe").parent_path();
    Options options;
    options.tools.preload = own / "libkill_switch.so";
    options.tools.handler = own / "kill_handler";
    options.seed = base::system_random()->next_u64() % 1'000'000;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--keep") {
            options.keep = true;
            continue;
        }
        if (i + 1 == words.size()) {
            throw std::runtime_error(words[i] + " is unknown or needs a value");
        }
        const std::string& value = words[i + 1];
        if (words[i] == "--program") {
            options.tools.program = value;
        } else if (words[i] == "--rounds") {
            options.rounds = static_cast<unsigned>(std::stoul(value));
        } else if (words[i] == "--seed") {
            options.seed = std::stoull(value);
        } else {
            throw std::runtime_error("unknown option " + words[i]);
        }
        ++i;
    }
    if (options.tools.program.empty()) {
        throw std::runtime_error("--program is missing");
    }
    return options;
}

}  // namespace
}  // namespace millbeck::tests

int main(int count, char** arguments) {
    try {
        return millbeck::tests::run(millbeck::tests::parse({arguments + 1, arguments + count}));
    } catch (const std::exception& error) {
        std::cerr << "kill_rounds: " << error.what() << "\n";
        return 2;
    }
}
