#include "tests/crash/kill_check.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/sqlite.hpp"

namespace millbeck::tests {
namespace {

std::string text(const Change& change) {
    return change.event + " " + Ledger::text(change.value);
}

std::string text(const std::vector<Change>& changes, std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < changes.size() && i < from + 4; ++i) {
        all += (all.empty() ? "" : ", ") + text(changes[i]);
    }
    return all.empty() ? "nothing more" : all;
}

}  // namespace

Checkpoints read_checkpoints(const base::Path& data_folder, const base::Path& scratch) {
    std::filesystem::create_directories(scratch);
    // A copy: opening the file itself would recover it, which is the server's business.
    bool exists = false;
    for (const char* name : {"triggers.db", "triggers.db-wal"}) {
        std::filesystem::remove(scratch / name);
        if (std::filesystem::exists(data_folder / name)) {
            std::filesystem::copy_file(data_folder / name, scratch / name);
            exists = true;
        }
    }
    Checkpoints found;
    if (!exists) {
        return found;
    }
    auto database = base::Database::open(scratch / "triggers.db", base::Durability::Normal);
    if (!database) {
        throw BrokenPromise("checkpoints: " + database.error().message);
    }
    auto rows = database->prepare("SELECT shard, next FROM checkpoints");
    if (!rows) {
        return found;  // killed before the schema was made
    }
    for (;;) {
        const auto more = rows->step();
        if (!more) {
            throw BrokenPromise("checkpoints: " + more.error().message);
        }
        if (!*more) {
            return found;
        }
        found[rows->column_text(0)] = rows->column_text(1);
    }
}

std::vector<Delivery> read_deliveries(const base::Path& file) {
    std::vector<Delivery> found;
    std::ifstream input(file);
    for (std::string line; std::getline(input, line);) {
        std::istringstream fields(line);
        Delivery one;
        std::string value;
        if (!(fields >> one.run >> one.sequence >> one.key >> one.change.event >> value)) {
            throw BrokenPromise("the handler wrote half a line: " + line);
        }
        if (value != "-") {
            one.change.value = std::stoull(value);
        }
        found.push_back(std::move(one));
    }
    return found;
}

void check_stream(const std::vector<Ledger>& ledgers, const std::vector<StreamRecord>& stream) {
    std::map<std::string, std::vector<Change>> streamed;
    std::map<std::string, std::string> last;
    for (const StreamRecord& record : stream) {
        streamed[record.key].push_back(record.change);
        if (std::exchange(last[record.key], record.sequence) >= record.sequence) {
            throw BrokenPromise("stream: out of order for key " + record.key + " at " +
                                record.sequence);
        }
    }
    std::size_t keys = 0;
    for (const Ledger& ledger : ledgers) {
        for (const auto& [key, changes] : ledger.history()) {
            ++keys;
            const std::vector<Change>& found = streamed[key];
            std::size_t same = 0;
            while (same < changes.size() && same < found.size() && changes[same] == found[same]) {
                ++same;
            }
            if (same < changes.size() || same < found.size()) {
                throw BrokenPromise("stream: after " + std::to_string(same) + " changes of key " +
                                    key + " it has " + text(found, same) + "; written was " +
                                    text(changes, same));
            }
        }
    }
    if (keys != streamed.size()) {
        throw BrokenPromise("stream: it has keys that were never written");
    }
}

void check_fold(const std::vector<Ledger>& ledgers, const std::vector<StreamRecord>& stream) {
    std::map<std::string, Value> folded;
    for (const StreamRecord& record : stream) {
        folded[record.key] = record.change.value;
    }
    for (const Ledger& ledger : ledgers) {
        for (const auto& [key, value] : ledger.state()) {
            const auto at = folded.find(key);
            if ((at == folded.end() ? Value() : at->second) != value) {
                throw BrokenPromise("table: key " + key + " is not what its stream adds up to");
            }
        }
    }
}

void check_deliveries(const std::vector<StreamRecord>& stream,
                      const std::vector<Delivery>& deliveries,
                      const std::vector<Checkpoints>& started_at) {
    std::map<std::string, const StreamRecord*> by_sequence;
    for (const StreamRecord& record : stream) {
        by_sequence[record.sequence] = &record;
    }
    std::map<std::string, unsigned> last_run;                      // of a sequence number
    std::map<std::string, std::pair<unsigned, std::string>> last;  // of a key: run, sequence
    for (const Delivery& one : deliveries) {
        const auto at = by_sequence.find(one.sequence);
        if (at == by_sequence.end() || at->second->key != one.key ||
            at->second->change != one.change) {
            throw BrokenPromise("handler: " + one.sequence + " (" + one.key + " " +
                                text(one.change) + ") is not in the stream like that");
        }
        const auto [seen, first] = last_run.try_emplace(one.sequence, one.run);
        if (!first) {
            if (seen->second == one.run) {
                throw BrokenPromise("handler: " + one.sequence + " came twice in run " +
                                    std::to_string(one.run));
            }
            seen->second = one.run;
        }
        const Checkpoints& start = started_at.at(one.run);
        const auto checkpoint = start.find(at->second->shard);
        if (checkpoint != start.end() && one.sequence < checkpoint->second) {
            throw BrokenPromise("handler: run " + std::to_string(one.run) + " delivered " +
                                one.sequence + ", before its checkpoint " + checkpoint->second);
        }
        // Within a run order holds per key, and a first delivery never comes after a later one.
        auto& before = last[one.key];
        if ((before.first == one.run || first) && before.second >= one.sequence) {
            throw BrokenPromise("handler: key " + one.key + " out of order at " + one.sequence);
        }
        before = {one.run, one.sequence};
    }
    for (const auto& [sequence, record] : by_sequence) {
        if (!last_run.contains(sequence)) {
            throw BrokenPromise("handler: " + sequence + " (" + record->key + " " +
                                text(record->change) + ") never came");
        }
    }
}

}  // namespace millbeck::tests
