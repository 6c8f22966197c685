#include "tests/crash/kill_life.hpp"

#include <csignal>
#include <exception>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/crash/kill_table.hpp"
#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {
namespace {

constexpr unsigned kWriters = 6;
constexpr unsigned kKeysPerWriter = 16;
constexpr unsigned kRequestsPerWriter = 60;  // of a run; then the server is killed anyhow
constexpr unsigned kBatchMax = 6;
constexpr long kNever = -1;
constexpr int kDeathPatience = 10'000;  // ms

std::string key_name(unsigned writer, unsigned key) {
    return "w" + std::to_string(writer) + "-k" + std::to_string(key);
}

void expect_killed(ServerProcess& server) {
    const int status = server.wait();
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
        throw BrokenPromise("it ended by itself:\n" + server.output());
    }
}

base::Result<base::HttpClientResponse> wait_drained(DynamoClient& client) {
    return client.http().send("POST", "/_millbeck/v1/wait-drained", R"({"timeout_ms": 30000})", {},
                              base::Milliseconds{40'000});
}

}  // namespace

Life::Life(const Tools& tools, std::uint64_t seed)
    : tools_(tools), random_(base::seeded_random(seed)), ledgers_(kWriters) {
    write_config();
}

bool Life::round(const Moment& moment) {
    const std::string handler = moment.handler;
    const std::string preload = moment.preload;
    const unsigned count = 1 + static_cast<unsigned>(random_->next_u64() % moment.count_max);
    const std::string counted = ":" + std::to_string(count);
    std::map<std::string, std::string> environment;
    if (!preload.empty()) {
        environment["LD_PRELOAD"] = tools_.preload;
        environment["MILLBECK_TEST_KILL"] = preload + counted + ":" + moment.path;
    }
    if (!handler.empty()) {
        environment["KILL_HANDLER"] = handler + counted;
    }
    acknowledgements_left_ = handler.empty() && preload.empty() ? static_cast<long>(count) : kNever;
    const auto server = start(environment);
    // Whoever cannot connect, or whose connection breaks, has a dying server.
    const bool died = server->endpoint().empty() || !resolve(*server) || !survives_writes(*server);
    if (died && !server->ends_within(kDeathPatience)) {
        throw BrokenPromise("it broke a connection and lives on");
    }
    server->signal(SIGKILL);
    expect_killed(*server);
    return died;
}

std::size_t Life::end() {
    acknowledgements_left_ = kNever;
    const auto server = start({});
    if (server->endpoint().empty() || !resolve(*server)) {
        throw BrokenPromise("it does not start again:\n" + server->output());
    }
    DynamoClient client(server->endpoint());
    const auto drained = wait_drained(client);
    if (!drained || drained->body.find(R"("drained":true)") == std::string::npos) {
        throw BrokenPromise("the trigger does not drain: " +
                            (drained ? drained->body : drained.error().message));
    }
    const auto stream = read_whole_stream(client);
    check_stream(ledgers_, stream);
    check_fold(ledgers_, stream);
    check_deliveries(stream, read_deliveries(file("deliveries")), started_at_);
    server->signal(SIGTERM);
    const int status = server->wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw BrokenPromise("it does not stop cleanly:\n" + server->output());
    }
    return stream.size();
}

void Life::write_config() const {
    std::ofstream(file("millbeck.yaml"))
        << "segment_bytes: 2MB\n"
           "shard_roll_after: 1s\n"  // so that children follow parents through crashes
           "tables:\n"
           "  - {name: killed, keys: {hash: id S}, stream: NEW_AND_OLD_IMAGES, shards: 3}\n"
           "functions:\n"
           "  - {name: notes, command: ["
        << tools_.handler
        << "], timeout: 30s}\n"
           "triggers:\n"
           "  - {table: killed, function: notes, batch_size: 10}\n";
}

std::unique_ptr<ServerProcess> Life::start(std::map<std::string, std::string> environment) {
    wait_for_handlers_to_go();
    started_at_.push_back(read_checkpoints(file("data"), file("scratch")));
    environment["KILL_RUN"] = std::to_string(started_at_.size() - 1);
    environment["KILL_FILE"] = file("deliveries");
    environment["KILL_LOCK"] = file("handlers.lock");
    return std::make_unique<ServerProcess>(
        std::vector<std::string>{tools_.program, "serve", "--data", file("data"), "--listen",
                                 "127.0.0.1:0", "--config", file("millbeck.yaml")},
        environment);
}

// The handlers of a killed server end when their stdin does; what they still write belongs to their
// own run.
void Life::wait_for_handlers_to_go() const {
    const int lock = ::open(file("handlers.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || ::flock(lock, LOCK_EX) != 0) {
        throw std::runtime_error("cannot lock the handlers' file");
    }
    ::close(lock);
}

// Compares what the server holds with what was acknowledged; false when it died meanwhile.
bool Life::resolve(const ServerProcess& server) {
    DynamoClient client(server.endpoint());
    for (unsigned writer = 0; writer < kWriters; ++writer) {
        std::vector<std::string> keys;
        for (unsigned key = 0; key < kKeysPerWriter; ++key) {
            keys.push_back(key_name(writer, key));
        }
        const auto found = read_items(client, keys);
        if (!found) {
            return false;
        }
        ledgers_[writer].resolve(*found);
    }
    return true;
}

// Writes from all sides; false when the server died of it.
bool Life::survives_writes(const ServerProcess& server) {
    std::exception_ptr broken;
    std::atomic<bool> died{false};
    std::mutex mutex;
    {
        std::vector<std::jthread> threads;
        for (unsigned writer = 0; writer < kWriters; ++writer) {
            threads.emplace_back([&, writer, seed = random_->next_u64()] {
                try {
                    if (!write(server, writer, seed)) {
                        died = true;
                    }
                } catch (...) {
                    const std::scoped_lock lock(mutex);
                    broken = std::current_exception();
                }
            });
        }
    }
    if (broken) {
        std::rethrow_exception(broken);
    }
    if (died) {
        return false;
    }
    // The moment may come with the last deliveries and checkpoints.
    DynamoClient client(server.endpoint());
    return wait_drained(client).has_value();
}

// False when the server died meanwhile.
bool Life::write(const ServerProcess& server, unsigned writer, std::uint64_t seed) {
    const auto random = base::seeded_random(seed);
    DynamoClient client(server.endpoint());
    for (unsigned request = 0; request < kRequestsPerWriter; ++request) {
        const std::vector<Operation> operations = make_operations(*random, writer);
        ledgers_[writer].begin(operations);
        if (!send_operations(client, operations)) {
            return false;  // what became of these, the next start tells
        }
        ledgers_[writer].acknowledged();
        if (acknowledgements_left_ > 0 && acknowledgements_left_.fetch_sub(1) == 1) {
            server.signal(SIGKILL);
            return false;
        }
    }
    return true;
}

// Three singles for each batch; a fifth of the writes are deletes.
std::vector<Operation> Life::make_operations(base::Random& random, unsigned writer) {
    const auto below = [&](unsigned limit) {
        return static_cast<unsigned>(random.next_u64() % limit);
    };
    const unsigned count = below(4) == 0 ? 2 + below(kBatchMax - 1) : 1;
    const unsigned first = below(kKeysPerWriter);
    std::vector<Operation> operations;
    for (unsigned i = 0; i < count; ++i) {
        const Value value = below(5) == 0 ? Value() : Value(++last_value_);
        operations.push_back({key_name(writer, (first + i) % kKeysPerWriter), value});
    }
    return operations;
}

}  // namespace millbeck::tests
