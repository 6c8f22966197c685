// One data folder through several crashes: started, checked, written to, killed, and in the end
// asked for everything it promised.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "tests/crash/kill_check.hpp"
#include "tests/crash/kill_ledger.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {

// Where a run ends. `handler` and `preload` are what the handler and the kill switch are told,
// without the count; without both, the harness kills after the count-th acknowledgement.
struct Moment {
    const char* name;
    const char* handler;
    const char* preload;
    const char* path;  // the part of a path that the preload's count is about
    unsigned count_max;
};

struct Tools {
    std::string program;  // millbeck
    std::string preload;  // libkill_switch.so
    std::string handler;  // kill_handler
};

// Threads: one. Every method throws BrokenPromise with the promise that was broken.
class Life {
  public:
    Life(const Tools& tools, std::uint64_t seed);

    // Starts, checks what the run before left, writes, dies. True when it died at the moment
    // itself, false when the writes ended before and the harness killed it.
    bool round(const Moment& moment);

    // The last start: everything that was promised must be there. Returns how many records the
    // stream has.
    std::size_t end();

    [[nodiscard]] std::string folder() const { return folder_.path(); }

  private:
    [[nodiscard]] base::Path file(const char* name) const { return folder_.path() / name; }
    void write_config() const;
    std::unique_ptr<ServerProcess> start(std::map<std::string, std::string> environment);
    void wait_for_handlers_to_go() const;
    bool resolve(const ServerProcess& server);
    bool survives_writes(const ServerProcess& server);
    bool write(const ServerProcess& server, unsigned writer, std::uint64_t seed);
    std::vector<Operation> make_operations(base::Random& random, unsigned writer);

    const Tools& tools_;
    TempFolder folder_;
    std::unique_ptr<base::Random> random_;
    std::vector<Ledger> ledgers_;          // one for each writer
    std::vector<Checkpoints> started_at_;  // one for each run
    std::atomic<std::uint64_t> last_value_{0};
    std::atomic<long> acknowledgements_left_{0};  // until the harness kills; below 0: never
};

}  // namespace millbeck::tests
